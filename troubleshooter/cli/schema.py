"""`schema`: the contracts of what we read and write, for other people's programs."""

from __future__ import annotations

import json

import click

from troubleshooter.diagnose.json_schema import result_schema
from troubleshooter.evidence.json_schema import evidence_schema


@click.command("schema")
@click.argument("which", type=click.Choice(["evidence", "result"]))
def command(which: str) -> int:
    """Print the JSON Schema (2020-12) of evidence or of the result.

    \b
    Example:
      photo-troubleshooter schema result > result.schema.json
    """
    schema = evidence_schema() if which == "evidence" else result_schema()
    click.echo(json.dumps(schema, indent=2, ensure_ascii=True))
    return 0
