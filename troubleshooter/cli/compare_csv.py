"""Everybody of a comparison as a CSV file, written in one step and person by person."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from troubleshooter.cli.output import streamed
from troubleshooter.render.csv import MARK, cell

if TYPE_CHECKING:
    from troubleshooter.diagnose.changes import PersonChange

COLUMNS = (
    "id", "user_principal_name", "display_name", "class", "old_state", "old_cause", "new_state",
    "new_cause", "changed_photo",
)  # fmt: skip
"""`changed_photo` is true, false, or empty when it cannot be told."""


def write_csv(path: Path, people: Iterable[PersonChange]) -> None:
    """Write the file for its owner alone, whole or not at all. WriteFailed when the disk refuses."""
    with streamed(path) as file:
        file.write(MARK)
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(one) for one in people)


def _row(one: PersonChange) -> list[str]:
    texts = (one.person_id, one.user_principal_name, one.display_name, one.change.value)
    verdicts = (one.old_state, one.old_cause, one.new_state, one.new_cause)
    return [cell(value) for value in (*texts, *verdicts, one.changed_photo)]
