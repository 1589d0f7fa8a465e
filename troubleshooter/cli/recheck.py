"""`recheck`: the people of an audit whom a change concerns, asked again, and nobody else."""

# ruff: noqa: S608 - every name in a statement is written here, every value is bound

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.audit import outcome, told_how_to_go_on
from troubleshooter.cli.audit_conclude import conclude
from troubleshooter.cli.audit_connect import Governed, governed, stoppable, utc_now
from troubleshooter.cli.audit_folder import demand_finished, with_pages_there
from troubleshooter.cli.audit_output import WORKBOOK
from troubleshooter.cli.audit_store import refuse_other_tenant
from troubleshooter.cli.console import console, printable
from troubleshooter.cli.options import (
    brand_from,
    connection_from,
    connection_options,
    language_option,
    languages_from,
    rules_option,
    template_option,
)
from troubleshooter.cli.progress import Progress
from troubleshooter.cli.rulebook import rulebook_from
from troubleshooter.collect.people import collect_people
from troubleshooter.collect.resolve import PersonProblem, PersonUnknown
from troubleshooter.collect.workers import Workers
from troubleshooter.diagnose.changes_stores import latest_earlier
from troubleshooter.diagnose.tenant import VERDICTS
from troubleshooter.errors import UsageError
from troubleshooter.evidence.record import Collected, Evidence, EvidenceBuilder
from troubleshooter.evidence.store import PhotoSeen, Store, open_store
from troubleshooter.render.language import Language
from troubleshooter.transport.quota import DEFAULT_SHARE

_SLICE = 20  # people of one worker; they share their batches
_WORKERS = 6
_STATES = ("problem", "on_its_way", "fine", "undecided")


class NobodyToRecheck(UsageError):
    """Nobody of the audit fits."""


@click.command("recheck")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="AUDIT")
@click.option(
    "--cause", "causes", multiple=True, metavar="ID", help="Only people with this cause. May be repeated."
)
@click.option(
    "--person", "persons", multiple=True, metavar="NAME|ID", help="Only this person. May be repeated."
)
@click.option(
    "--limit", type=click.IntRange(1), default=None, help="At most so many people, as after a pilot."
)
@click.option("--share", type=click.FloatRange(0.05, 0.95), default=DEFAULT_SHARE, show_default=True,
              help="How much of the published request limits to use.")  # fmt: skip
@connection_options
@language_option(multiple=True)
@rules_option
@template_option
@click.option("--json", "as_json", is_flag=True, help="Print what became of them as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    folder: Path,
    causes: tuple[str, ...],
    persons: tuple[str, ...],
    limit: int | None,
    share: float,
    lang: tuple[str, ...],
    rule_directories: tuple[Path, ...],
    template_directory: Path | None,
    as_json: bool,
    quiet: bool,
    **connection: Any,
) -> int:
    """Ask again about the people of an audit whom a change concerns, and bring the report up to date.

    Without --cause or --person everybody is asked who is not fine. Each of them is looked at as closely as
    `diagnose` looks. The exit code is that of the whole audit afterwards.

    \b
    Example:
      photo-troubleshooter recheck photo-audit --cause sync-off --tenant contoso.com --client-id GUID
    """
    brand = brand_from(template_directory)
    speaks = languages_from(lang, brand)
    speak, codes = speaks[0], [one.code for one in speaks]
    rulebook = rulebook_from(rule_directories, speak)
    tenant = governed(connection_from(connection), share, 0)
    open_store(folder).close()  # opening it for writing would make one where there is none
    with open_store(folder, read_only=False) as store, stoppable(tenant.stop):
        refuse_other_tenant(store, tenant.tenant_id)
        before = dict(_concerned(store, causes, persons, limit))
        tenant.sized(int(store.get("licences", 0)))
        with told_how_to_go_on(tenant, folder, speak):
            with Progress(speak, tenant.governor, quiet=quiet or as_json) as progress:
                gone, unasked = _ask(store, tenant, list(before), progress)
            with store.transaction():
                store.put("rechecked_at", [*store.get("rechecked_at", []), utc_now().isoformat()])
            conclude(
                store,
                rulebook,
                folder,
                with_pages_there(store, codes if lang else codes[:1]),
                speak,
                earlier=latest_earlier(folder),
                xlsx=(folder / WORKBOOK).exists(),
                brand=brand,
            )
        found = _became(store, before, gone, unasked)
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=True))
        else:
            say = console(quiet=quiet)
            for line in _lines(found, speak):
                say.print(printable(line))
        return outcome(store)


def _concerned(
    store: Store, causes: Sequence[str], persons: Sequence[str], limit: int | None
) -> Iterator[tuple[str, str]]:
    """(object id, state) of the people to ask."""
    demand_finished(store)
    names = [one.strip().lower() for one in persons]
    _demand_known(store, names)
    conditions, values = ["state <> 'fine'"] if not causes and not persons else [], []
    if causes:
        conditions.append("cause IN (SELECT unnest(?))")
        values.append(list(causes))
    if persons:
        conditions.append(
            "(lower(person_id) IN (SELECT unnest(?)) OR person_id IN "
            f"(SELECT person_id FROM {store.relation} WHERE lower(person.user_principal_name) "
            "IN (SELECT unnest(?))))"
        )
        values += [names, names]
    rows = store.query(
        f"SELECT person_id, state FROM {VERDICTS} WHERE {' AND '.join(conditions)} "
        f"ORDER BY person_id LIMIT {limit or 10**9}",
        values,
    )
    if not rows:
        raise NobodyToRecheck(
            "Nobody in {folder} fits.",
            "Look into people.csv for causes and names. Without --cause all who are not fine are asked.",
            folder=str(store.path.parent),
        )
    yield from rows


def _demand_known(store: Store, names: Sequence[str]) -> None:
    """NobodyToRecheck for a name that the audit does not hold."""
    for name in names:
        if not store.query(
            f"SELECT 1 FROM {store.relation} WHERE lower(person_id) = ? "
            "OR lower(person.user_principal_name) = ? LIMIT 1",
            [name, name],
        ):
            raise NobodyToRecheck(
                "{person} is not in the audit of {folder}.",
                "Look into people.csv for sign-in names and object ids.",
                person=name,
                folder=str(store.path.parent),
            )


def _ask(store: Store, tenant: Governed, ids: Sequence[str], progress: Progress) -> tuple[set[str], int]:
    """Collect these people anew, a few slices at a time.

    Returns who is not in the tenant any more, and of how many the directory would say nothing.
    """
    connected, gone, done, unasked = tenant.connected, set[str](), 0, 0
    run = {path: value for path, value in connected.run.items() if value is not None}

    def collect(some: Sequence[str]) -> list[Evidence | str | None]:
        found = collect_people(
            connected.graph,
            connected.sharepoint,
            connected.cloud,
            some,
            run={**run, "run.collected_at": utc_now()},
            now=utc_now,
            sharepoint_host=connected.sharepoint_host,
        )
        return [_outcome(key, one) for key, one in zip(some, found, strict=True)]

    with Workers(_WORKERS) as pool:
        progress("people", 0, len(ids))
        for start in range(0, len(ids), _SLICE * _WORKERS):
            part = ids[start : start + _SLICE * _WORKERS]
            tenant.stop.check()
            results = pool.in_parts(partial(collect), part, _SLICE)
            people = [one for one in results if isinstance(one, Evidence)]
            lost = [one for one in results if isinstance(one, str)]
            now = utc_now()
            with store.transaction():
                people = _with_history(people, store.photos_seen(part), now)
                store.replace_people(people)
                store.see_photos(people, now)
                if lost:
                    store.connection.execute(
                        f"DELETE FROM {store.relation} WHERE person_id IN (SELECT unnest(?))",
                        [lost],
                    )
                store.insert("left_out", [(one, "gone") for one in lost])
            gone.update(lost)
            unasked += results.count(None)
            done += len(part)
            progress("people", done, len(ids))
    return gone, unasked


def _outcome(key: str, one: Collected | PersonProblem) -> Evidence | str | None:
    """The evidence; the id of somebody who is gone; None when the directory did not answer about them.

    Who cannot be asked keeps what is known: an outage must not take the place of evidence.
    """
    if isinstance(one, Collected):
        return one.evidence if one.evidence.person.id == key else None
    return key if isinstance(one, PersonUnknown) else None


def _with_history(people: Sequence[Evidence], seen: Mapping[str, PhotoSeen], now: datetime) -> list[Evidence]:
    found = []
    for one in people:
        known, mark = seen.get(one.person.id or ""), one.photo.fingerprint
        if not mark:
            found.append(one)
            continue
        builder = EvidenceBuilder.resumed(one)
        same = known is not None and known.fingerprint == mark
        builder.know("photo.first_seen_at", known.first_seen_at if known and same else now)
        previous = "" if known is None else known.previous_fingerprint if same else known.fingerprint
        builder.know("photo.previous_fingerprint", previous)
        found.append(builder.build())
    return found


def _became(store: Store, before: Mapping[str, str], gone: set[str], unasked: int) -> dict[str, Any]:
    """How many people of each former state are in which state now."""
    now = dict(
        store.query(
            f"SELECT person_id, state FROM {VERDICTS} WHERE person_id IN (SELECT unnest(?))", [list(before)]
        )
    )
    counts = Counter(
        (state, "left" if one in gone else now.get(one, "left")) for one, state in before.items()
    )
    moves = [{"was": was, "is": now_is, "people": count} for (was, now_is), count in sorted(counts.items())]
    return {
        "schema": "photo-troubleshooter/recheck/1",
        "people": len(before),
        "unasked": unasked,
        "moves": moves,
    }


def _lines(found: Mapping[str, Any], speak: Language) -> Iterator[str]:
    yield speak.plural("{count} person asked again.", "{count} people asked again.", found["people"])
    if found["unasked"]:
        yield speak.plural(
            "Of {count} of them the directory said nothing; what was known is kept.",
            "Of {count} of them the directory said nothing; what was known is kept.",
            found["unasked"],
        )
    for move in found["moves"]:
        was, now = speak.value(move["was"]), move["is"]
        yield speak.text(
            "{count}: {was}, now {now}",
            count=speak.number(move["people"]),
            was=was,
            now=speak.text("not in the tenant any more") if now == "left" else speak.value(now),
        )
