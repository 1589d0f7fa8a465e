"""Everybody of a comparison as a CSV file, written in one step and person by person."""

from __future__ import annotations

import contextlib
import csv
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from troubleshooter.cli.output import WriteFailed
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
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="", errors="backslashreplace") as file:
            file.write(MARK)
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_row(one) for one in people)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as problem:
        raise WriteFailed(
            "{path} cannot be written ({reason}).",
            "Choose another place, or free space and permissions there.",
            path=str(path),
            reason=problem.strerror or type(problem).__name__,
        ) from problem
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()


def _row(one: PersonChange) -> list[str]:
    texts = (one.person_id, one.user_principal_name, one.display_name, one.change.value)
    verdicts = (one.old_state, one.old_cause, one.new_state, one.new_cause)
    return [cell(value) for value in (*texts, *verdicts, one.changed_photo)]
