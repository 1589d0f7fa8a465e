"""docs/facts.md: every fact a rule can read, made from the schema. `python docs/generate.py` writes it."""

from __future__ import annotations

from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.schema import FACTS, GROUPS, SCHEMA, FactInfo

_REASONS = {
    GapReason.DENIED: "A permission, a role or a policy is in the way (401, 403).",
    GapReason.THROTTLED: "The service asked us to wait for longer than we do (429).",
    GapReason.SERVICE_ERROR: "The service failed (5xx), or no answer came.",
    GapReason.UNREADABLE: "An answer came but made no sense.",
    GapReason.NOT_COLLECTED: "This run did not ask.",
    GapReason.NOT_AVAILABLE: "This cloud does not offer the call.",
    GapReason.NOT_APPLICABLE: "The fact has no meaning here, such as the width of no photo.",
    GapReason.NOT_ASKED: "Only people know, and nobody was asked.",
}
_KINDS = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "yes or no",
    "datetime": "time (UTC)",
    "list": "list of texts",
}
_HEAD = """# Facts

Made from `troubleshooter/evidence/schema.py`; do not edit. Schema `{schema}`, {count} facts.

A rule reads facts as `group.name`, such as `photo.present`. A fact is known, or it is a gap with a reason;
unknown is never absent and never false. What is *known to be empty* has its own value: `''`, `false`, or a
word such as `empty`.

## Why a fact can be unknown

| reason | meaning |
|---|---|
"""


def facts_page() -> str:
    """The whole page as Markdown."""
    reasons = "".join(f"| `{reason.value}` | {meaning} |\n" for reason, meaning in _REASONS.items())
    sections = "".join(_section(name, cls) for name, cls in GROUPS.items())
    return _HEAD.format(schema=SCHEMA, count=len(FACTS)) + reasons + sections


def _section(name: str, cls: type) -> str:
    head = f"\n## {name}\n\n{(cls.__doc__ or '').strip()}\n\n"
    table = "| fact | kind | meaning | read from | permission |\n|---|---|---|---|---|\n"
    return head + table + "".join(_row(info) for info in FACTS.values() if info.group == name)


def _row(info: FactInfo) -> str:
    kind = ", ".join(f"`{choice}`" for choice in info.choices) or _KINDS[info.kind]
    unit = f" ({info.unit})" if info.unit else ""
    cells = (f"`{info.path}`", kind + unit, info.doc, info.source, info.permission or "none")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
