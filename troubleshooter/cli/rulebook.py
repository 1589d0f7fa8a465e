"""Loading the rulebook for a command: complaints about a user's own rules go to standard error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from troubleshooter.cli.console import printable
from troubleshooter.diagnose.complaint import Complaint
from troubleshooter.diagnose.rulebook import Rulebook, load_rules
from troubleshooter.errors import fill
from troubleshooter.render.language import Language


def rulebook_from(directories: Sequence[Path], speak: Language) -> Rulebook:
    """Our rules and those of the given folders; a broken rule there is named and left out."""
    rulebook = load_rules(list(directories))
    for complaint in rulebook.complaints:
        line = speak.text("Rule left out: {complaint}", complaint=complaint_line(complaint, speak))
        click.echo(printable(line), err=True)
    return rulebook


def complaint_line(complaint: Complaint, speak: Language) -> str:
    """One complaint in the reader's language: file, line, what is wrong, what to try."""
    return speak.text(
        "{file}, line {line}: {what} {remedy}",
        file=complaint.file,
        line=complaint.line,
        what=fill(speak.text(complaint.what), dict(complaint.values)),
        remedy=fill(speak.text(complaint.remedy), dict(complaint.values)),
    )
