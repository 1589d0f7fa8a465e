"""One person of an audit as a record: the same columns in CSV, JSON Lines and the workbook.

Values are codes, equal in every language; times are UTC in ISO 8601; None means unknown.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from troubleshooter.diagnose.audit_result_types import PersonRow

COLUMNS: dict[str, str] = {
    "id": "Entra object id.",
    "user_principal_name": "Sign-in name.",
    "display_name": "Name as shown to colleagues; hostile input.",
    "mail": "Primary mail address.",
    "state": "problem, on_its_way, fine or undecided.",
    "cause": "Rule id; empty when undecided without a known obstacle.",
    "actor": "Who acts: user, admin, developer, microsoft or nobody.",
    "confidence": "high, medium or low; already lowered by earlier open rules.",
    "wait_from": "Start of the wait clock.",
    "wait_until": "Until then waiting is normal.",
    "stuck_at": "After that an administrator acts.",
    "accepted": "accepted, or expired when it counts again; empty otherwise.",
    "department": "Department.",
    "usage_location": "Two-letter country of use.",
    "user_type": "member or guest.",
    "exchange_plan": "enabled, disabled or missing.",
    "on_premises_synced": "Synchronised from on premises.",
    "mailbox_location": "cloud, on_premises or none.",
    "photo_present": "Microsoft 365 serves a photo.",
    "sharepoint_picture": "Picture address in the SharePoint profile: set, empty, dead or elsewhere.",
    "same_picture": "SharePoint shows the same picture as Microsoft 365.",
    "true_rules": "Ids of all true rules, in order.",
    "undecided_rules": "Ids of the open rules that would change the verdict.",
}
"""Columns in order, with their meaning."""


def record(row: PersonRow) -> dict[str, Any]:
    """The person as JSON data, by column."""
    lists = {"true_rules": list(row.true_rules), "undecided_rules": list(row.undecided)}
    return {name: lists[name] if name in lists else _plain(getattr(row, name)) for name in COLUMNS}


def iso(moment: datetime | None) -> str | None:
    """A time in UTC, whole seconds unless it has parts."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _plain(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value
