"""Small readers of JSON values that all collectors share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from troubleshooter.collect import details
from troubleshooter.collect.classify import Reading, gap, miss_all
from troubleshooter.evidence.record import EvidenceBuilder, GapReason, Value

UNREADABLE = gap(GapReason.UNREADABLE, details.PROPERTY_UNREADABLE)
MISSING = gap(GapReason.UNREADABLE, details.PROPERTY_MISSING)


def not_applicable(detail: str) -> Reading:
    """The fact has no meaning here."""
    return gap(GapReason.NOT_APPLICABLE, detail)


def parse_time(value: object) -> datetime | None:
    """An ISO 8601 time as UTC; None when it is none. Year 1, which .NET writes for "never", is none too."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return aware.astimezone(UTC) if aware.year > 1 else None
    except (ValueError, OverflowError):
        return None


def state(builder: EvidenceBuilder, path: str, value: Value | Reading, source: str) -> None:
    """Know the value, or miss it for the reason given instead of a value."""
    if isinstance(value, Reading):
        miss_all(builder, [path], value, source)
    else:
        builder.know(path, value, source)


def text(record: Mapping[str, Any], name: str) -> str | Reading:
    """A text property; null is '' (known to be empty), an absent one is a gap."""
    if name not in record:
        return MISSING
    value = record[name]
    if value is None:
        return ""
    return value if isinstance(value, str) else UNREADABLE


def flag(record: Mapping[str, Any], name: str) -> bool | Reading:
    """A true or false property."""
    if name not in record:
        return MISSING
    value = record[name]
    return value if isinstance(value, bool) else UNREADABLE
