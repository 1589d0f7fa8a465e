"""Loading the rulebook for a command: complaints about a user's own rules go to standard error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from troubleshooter.cli.console import printable
from troubleshooter.diagnose.rulebook import Rulebook, load_rules
from troubleshooter.render.language import Language


def rulebook_from(directories: Sequence[Path], speak: Language) -> Rulebook:
    """Our rules and those of the given folders; a broken rule there is named and left out."""
    rulebook = load_rules(list(directories))
    for complaint in rulebook.complaints:
        click.echo(printable(speak.text("Rule left out: {complaint}", complaint=str(complaint))), err=True)
    return rulebook
