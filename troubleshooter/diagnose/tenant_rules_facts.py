"""Computes the tenant-wide facts of an audit: exact, between two bounds, or unknown with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from troubleshooter.evidence.aggregates import (
    FEWEST_LOOKED_UP,
    FEWEST_PAGES,
    FEWEST_PEOPLE,
    SAME_PICTURE,
    SIZES,
    TENANT_FACTS,
    TOPICS,
    statement,
    within_a_day,
)
from troubleshooter.evidence.record import Value
from troubleshooter.evidence.store import Store

# The English name: https://github.com/pnp/PnP/tree/master/Samples/Core.ProfilePictureUploader
_DEFAULT_FOLDER = "profile pictures"
_MOST_STORED = 1.5  # a site may be somewhat over its quota; more is no share


class Why(StrEnum):
    """Why an aggregate is unknown, or known between bounds only."""

    UNFINISHED = "unfinished"  # the audit can still be resumed
    PART = "part_of_tenant"  # a sample, a filter, or a list that could not be read to its end
    TOO_FEW = "too_few_people"
    NOT_READ = "not_read"  # refused, failed or not asked for some people


@dataclass(frozen=True, slots=True)
class Known:
    """An aggregate: `value` exact, or at least so much when `at_most` is greater; None when unknown.

    `at_most` None beside a value: there is no upper bound. `why` is '' when the value is exact.
    """

    value: Value
    at_most: float | None = None
    why: str = ""

    @property
    def exact(self) -> bool:
        """Known, and not only between bounds."""
        return self.value is not None and not self.why


class _Results(dict[str, Known]):
    """Aggregates by name, while they are being gathered."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part  # why not the whole tenant was looked at; '' when it was

    def state(self, name: str, value: Value, why: str = Why.NOT_READ) -> None:
        if isinstance(value, datetime):
            value = value.replace(tzinfo=UTC)
        self[name] = Known(value, None, "" if value is not None else why)

    def count(self, name: str, known: int, unknown: int) -> None:
        """So many people at least, and `unknown` more at most."""
        if self.part:
            self[name] = Known(known, None, self.part)
        else:
            self[name] = Known(known, known + unknown, Why.NOT_READ if unknown else "")

    def share(self, name: str, low: tuple[int, int], high: tuple[int, int], base: int) -> None:
        """Bounds as fractions; unknown for a part of the tenant, or when fewer than the least are known."""
        if self.part or base < FEWEST_PEOPLE:
            self[name] = Known(None, None, self.part or Why.TOO_FEW)
            return
        least, most = low[0] / low[1], high[0] / high[1]
        self[name] = Known(least, most, "" if least == most else Why.NOT_READ)


def aggregate(store: Store) -> Mapping[str, Known]:
    """Every tenant-wide fact of an audit by path."""
    found = _Results(_part(store))
    row = _row(store, statement())
    _whole_counts(found, row)
    for topic in TOPICS:
        _topic(found, topic.name, row)
    for read in (_writes, _sizes, _blanks, _folders, _pages, _storage):
        read(found, store, row)
    _relative(found)
    for name in ("photo_source", "photo_roles_restricted"):
        found.state(name, row[name] if row[f"{name}_kinds"] == 1 else None)
    host = str(row["elsewhere_host"] or "")
    found.state("elsewhere_host", host if host or row["elsewhere_unknown"] == 0 else None)
    return MappingProxyType({path: found[info.name] for path, info in TENANT_FACTS.items()})


def _part(store: Store) -> str:
    """Why this audit speaks for a part of the tenant; '' when it speaks for the whole."""
    if store.finished_at is None:
        return Why.UNFINISHED
    settings, aside = store.get("settings"), store.get("not_looked_at")
    if not isinstance(settings, dict) or settings.get("sample") or settings.get("where"):
        return Why.PART  # a store that does not say how it was made may be a sample
    if store.get("incomplete"):
        return Why.PART
    chosen = isinstance(aside, dict) and (aside.get("sample") or aside.get("where"))
    return Why.PART if chosen else ""


def _row(store: Store, sql: str) -> dict[str, Any]:
    """The one row of a statement, by column."""
    names = [name for name, *_ in store.query(f"DESCRIBE {sql}")]
    return dict(zip(names, store.query(sql)[0], strict=True))


def _whole_counts(found: _Results, row: Mapping[str, Any]) -> None:
    found.state("whole", not found.part)
    for name in ("people", "photos_known", "profiles_known"):
        found.state(name, row[name])


def _topic(found: _Results, name: str, row: Mapping[str, Any]) -> None:
    true, unknown, base = row[f"{name}_true"], row[f"{name}_unknown"], row[f"{name}_of"]
    others, at_least = row[f"{name}_others"], row[f"{name}_not"]
    found.count(f"{name}_people", true, unknown)
    found.state(f"{name}_of", base)
    found.state(f"{name}_unknown", unknown)
    # Least: everybody who may belong to the base and is not known to have it belongs and has it not.
    # Most: everybody unknown has it, and only those certainly without it stand beside them.
    found.share(f"{name}_share", (true, true + others), (true + unknown, true + unknown + at_least), base)


def _writes(found: _Results, store: Store, row: Mapping[str, Any]) -> None:
    del store
    newest, collected = row["newest"], row["collected"]
    covered = row["members"] >= FEWEST_PEOPLE and row["looked_up"] >= FEWEST_LOOKED_UP * row["members"]
    why = found.part or ("" if covered else Why.TOO_FEW if row["members"] < FEWEST_PEOPLE else Why.NOT_READ)
    found.state("newest_thumbnail_at", None if why else newest, why or Why.NOT_READ)
    days = max((collected - newest).days, 0) if newest is not None and collected is not None else None
    found.state("days_without_write", None if why else days, why or Why.NOT_READ)


def _relative(found: _Results) -> None:
    """Counts against the newest file or the fullest folder say nothing when these may be others."""
    for topic, reference in (("tried_since", "newest_thumbnail_at"), ("other_folder", "picture_folder")):
        why = found.part or found[reference].why
        if why:
            found |= {f"{topic}_{part}": Known(None, None, why) for part in ("people", "share")}


def _sizes(found: _Results, store: Store, row: Mapping[str, Any]) -> None:
    in_a_day = within_a_day("sharepoint.thumbnail_bytes", "sharepoint.thumbnail_bytes IS NOT NULL")
    size, day, same = (_row(store, sql) for sql in (SIZES, in_a_day, SAME_PICTURE))
    most, files = size["people"] or 0, int(size["files"] or 0)
    found.count("same_size_people", most, row["sizes_unknown"])
    found.state("same_size_bytes", size["bytes"])
    total = files + row["sizes_unknown"]
    found.share("same_size_share", (most, total), (most + row["sizes_unknown"], total), files)
    found.count("same_size_in_a_day_people", day["people"] or 0, row["writes_unknown"])
    found.count("same_picture_people", same["people"] or 0, row["pictures_unknown"])


def _blanks(found: _Results, store: Store, row: Mapping[str, Any]) -> None:
    burst = _row(store, within_a_day("1", "sharepoint.thumbnail_is_blank"))
    found.count("blank_in_a_day_people", burst["people"] or 0, row["blanks_unknown"])
    found.state("blank_from", burst["first"])
    found.state("blank_until", burst["last"])


def _folders(found: _Results, store: Store, row: Mapping[str, Any]) -> None:
    del store
    main = row["picture_folder"]
    found.state("picture_folder", main)
    found.state("picture_folder_address", None if main is None else quote(main).lower())
    found.state("picture_folders", tuple(row["picture_folders"]) if row["picture_folders"] else None)
    found.state("picture_folder_count", row["picture_folder_count"] or None)
    found.state("picture_folder_localised", None if main is None else main.lower() != _DEFAULT_FOLDER)


def _pages(found: _Results, store: Store, row: Mapping[str, Any]) -> None:
    del row
    run, sample = store.get("run", {}), store.get("sample", {})
    seen = _number(run.get("run.pages_sampled", sample.get("pages")))
    default = _number(run.get("run.pages_default", sample.get("default")))
    found.state("pages_seen", seen)
    found.state("pages_default", default)
    share = default / seen if seen and default is not None and seen >= FEWEST_PAGES else None
    why = found.part or (Why.TOO_FEW if seen is not None else Why.NOT_READ)
    found.state("pages_default_share", None if found.part else share, why)


def _storage(found: _Results, store: Store, row: Mapping[str, Any]) -> None:
    del row
    usage = store.get("site_usage")
    usage = usage if isinstance(usage, dict) else {}
    share = _number(usage.get("percentage"), float)
    found.state("my_site_storage", _number(usage.get("storage")))
    found.state("my_site_storage_share", share if share is not None and share <= _MOST_STORED else None)


def _number(value: Any, kind: Callable[[Any], Any] = int) -> Any:
    """A count or a size as it should be; None for everything else."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    return kind(value) if good else None
