"""Lists of people as JSON Lines: one object for each person, every value as it was read."""

from __future__ import annotations

import json

from troubleshooter.diagnose.audit_result_types import PersonRow
from troubleshooter.render.tenant_rows import record


def line(row: PersonRow) -> str:
    """One person. Control characters and line separators are escaped, so a line is always a line."""
    text = json.dumps(record(row), ensure_ascii=False, separators=(",", ":"))
    for char, escaped in (("\u2028", "\\u2028"), ("\u2029", "\\u2029"), ("\x85", "\\u0085")):
        text = text.replace(char, escaped)
    return text + "\n"
