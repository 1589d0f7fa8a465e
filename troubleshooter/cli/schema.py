"""`schema`: the contracts of what we read and write, for other people's programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from troubleshooter.diagnose.audit_schema import audit_schema
from troubleshooter.diagnose.json_schema import result_schema
from troubleshooter.diagnose.rule_schema import rule_schema
from troubleshooter.evidence.json_schema import evidence_schema

SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "evidence": evidence_schema,
    "result": result_schema,
    "audit": audit_schema,
    "rule": rule_schema,
}


def text_of(schema: dict[str, Any]) -> str:
    """A schema as the command prints it and as files hold it."""
    return json.dumps(schema, indent=2, ensure_ascii=True) + "\n"


@click.command("schema")
@click.argument("which", type=click.Choice(list(SCHEMAS)))
def command(which: str) -> int:
    """Print a JSON Schema: evidence, the result of one person, summary.json of an audit, or a rule file.

    That of a rule file is draft 7, for editors; the others are 2020-12.

    \b
    Example:
      photo-troubleshooter schema result > result.schema.json
    """
    click.echo(text_of(SCHEMAS[which]()), nl=False)
    return 0
