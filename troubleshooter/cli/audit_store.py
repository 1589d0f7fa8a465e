"""The folder of an audit: a new store, one to go on with, or a finished one that makes room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from troubleshooter.cli.audit_conclude import warn
from troubleshooter.cli.output import private_directory
from troubleshooter.diagnose.changes_stores import EARLIER, latest_earlier
from troubleshooter.errors import UsageError
from troubleshooter.evidence.store import Store
from troubleshooter.evidence.store_file import FILE, StoreError


class OtherChoices(UsageError):
    """An unfinished audit was begun with other options."""


class OtherTenant(UsageError):
    """The audit in this folder is of another tenant."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`resumed`: it goes on. `earlier`: the last finished audit of this folder, None when there is none."""

    store: Store
    resumed: bool
    earlier: Path | None


def refuse_other_tenant(store: Store, tenant_id: str) -> None:
    """Raise OtherTenant when the audit is known to be of another tenant: its people would all seem gone."""
    kept = store.get("tenant_id", "")
    if kept and tenant_id and kept != tenant_id:
        raise OtherTenant(
            "The audit in {folder} is of another tenant ({kept}) than the one signed in to ({now}).",
            "Sign in to that tenant, or give another folder.",
            folder=str(store.path.parent),
            kept=kept,
            now=tenant_id,
        )


def open_audit(folder: Path, choices: Mapping[str, Any], tenant_id: str = "") -> Opened:
    """Open for writing. Raises StoreError (in use, damaged, of another version), OtherTenant, OtherChoices.

    An audit whose reports were not written to the end is gone on with, too.
    """
    private_directory(folder)
    path = folder / FILE
    store = Store(path)
    try:
        refuse_other_tenant(store, tenant_id)
        finished = store.finished_at
        if finished is not None and store.get("reported_at") is not None:
            store.close()
            private_directory(folder / EARLIER)
            path.replace(folder / EARLIER / f"{finished:%Y%m%dT%H%M%SZ}.duckdb")
            store = Store(path)
        begun = store.get("settings")
        if begun is not None and {**begun} != {**choices}:
            raise OtherChoices(
                "The unfinished audit in {folder} was begun with other options ({options}).",
                "Give the same options to go on with it, or another folder with --out.",
                folder=str(folder),
                options=", ".join(f"{name}={value}" for name, value in begun.items() if value),
            )
        if tenant_id:
            with store.transaction():
                store.put("tenant_id", tenant_id)
        earlier = latest_earlier(folder)
        if begun is None and earlier is not None:
            try:
                store.adopt_history(earlier)
            except StoreError as problem:  # photos are then seen for the first time
                warn(problem)
    except BaseException:
        store.close()
        raise
    return Opened(store, begun is not None, earlier)
