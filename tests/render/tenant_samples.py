"""Invented tenants in real stores: a small one with something of everything, and one with every cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.diagnose.test_tenant import HEALTHY, NOW
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.rulebook import Rulebook, load_rules
from troubleshooter.diagnose.tenant import verdict_table
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason, Value
from troubleshooter.evidence.schema import FACTS
from troubleshooter.evidence.store import Store, open_store

SITES = "SharePoint Sites.Read.All"
PHOTOS = "Microsoft Graph ProfilePhoto.Read.All"
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "\u05d3\u05e0\u05d4 \u202eevil",
    "x" * 10_000,
    "two\nlines\tand\rmore",
    "{{ 7 * 7 }} {% raw %}",
)
SYNC_OFF: dict[str, Value] = {
    "sharepoint.exchange_sync_state": "off",
    "comparison.sharepoint_matches_photo": False,
}
NEVER: dict[str, Value] = {
    "sharepoint.picture_url_state": "empty",
    "sharepoint.timestamp_state": "empty",
    "sharepoint.thumbnails_present": False,
}
WAITING: dict[str, Value] = {
    "comparison.sharepoint_matches_photo": False,
    "sharepoint.picture_timestamp": NOW - timedelta(hours=5),
}


def person(
    number: int,
    changed: Mapping[str, Value] | None = None,
    *,
    name: str = "",
    denied: Mapping[str, str] | None = None,
    reason: GapReason = GapReason.DENIED,
) -> Evidence:
    """A healthy person with some facts changed; `denied` maps groups of facts to the missing permission."""
    facts: dict[str, Value] = {
        **HEALTHY,
        "person.id": f"aaaaaaaa-0000-4000-8000-{number:012}",
        "person.user_principal_name": f"person{number}@contoso.example",
        "person.display_name": name or f"Person {number:05}",
        "person.mail": "",
        "directory.department": ("Sales", "Finance", "")[number % 3],
        "directory.usage_location": ("HR", "DE")[number % 2],
        "directory.on_premises_synced": number % 2 == 0,
        **(changed or {}),
    }
    builder = EvidenceBuilder()
    for path, value in facts.items():
        permission = (denied or {}).get(FACTS[path].group)
        if permission is None:
            builder.know(path, value)
        else:
            builder.miss(path, reason, permission=permission)
    return builder.build()


def small_tenant() -> Iterator[Evidence]:
    """60 people: fine 20, two causes, a wait, undecided ones for several reasons, and hostile names."""
    number = iter(range(1000))
    for _ in range(20):
        yield person(next(number))
    for _ in range(14):
        yield person(next(number), {**SYNC_OFF, "sharepoint.picture_timestamp": NOW - timedelta(days=40)})
    for name in HOSTILE:
        yield person(next(number), NEVER, name=name)
    for _ in range(4):
        yield person(next(number), WAITING)
    for _ in range(7):
        yield person(next(number), denied={"sharepoint": SITES, "comparison": SITES})
    for _ in range(3):
        yield person(next(number), denied={"sharepoint": SITES, "comparison": SITES, "photo": PHOTOS})
    for _ in range(4):
        yield person(next(number), denied={"photo": ""}, reason=GapReason.SERVICE_ERROR)
    yield person(next(number), {"directory.account_enabled": False})
    yield person(next(number), {"policy.roles_restricted": True, "photo.present": False})


def fill(folder: Path, people: Iterator[Evidence], rulebook: Rulebook, *, finished: bool = True) -> Store:
    """A store with verdicts, as an audit leaves it; the caller closes it."""
    store = open_store(folder, read_only=False)
    with store.transaction():
        store.add_people(people)
        store.put(
            "run",
            {
                "run.collected_at": NOW.isoformat(),
                "run.tenant": "contoso.example",
                "run.tenant_name": "Contoso <b>& Sons</b>",
                "run.cloud": "global",
                "run.permissions": ["User.Read.All"],
                "run.sharepoint_host": "contoso.sharepoint.com",
            },
        )
        store.put("started_at", "2026-11-22T08:00:00+00:00")
        if finished:
            store.put("finished_at", "2026-11-22T10:12:00+00:00")
        store.put("resumed_at", ["2026-11-22T09:02:00+00:00"])
        store.put("tenant_size", 1000)
        store.put("not_looked_at", {"guests": 12, "rooms": 3})
        store.put("settings", {"where": "", "sample": 0, "pictures": "needed", "share": 0.5})
        store.put("sample", {"profiles": 300, "differing": 0, "pages": 300, "default": 2})
        store.put(
            "traffic",
            {
                "requests": 120,
                "items": 600,
                "by_kind": {"users": 20, "photos": 100},
                "throttled": 4,
                "seconds": 7920,
                "waits": [{"bucket": "sharepoint", "own_rate": 60, "told_to_wait": 540, "refusals": 4}],
            },
        )
    verdict_table(store, rulebook)
    return store


def accept(
    store: Store, cause: str, people: int, *, until: date, expired: bool, reason: str = "Wanted"
) -> None:
    """Accept a finding for the first people who have it, as the accepting side writes it."""
    store.connection.execute(
        "CREATE TABLE IF NOT EXISTS accepted (person_id VARCHAR, cause VARCHAR, reason VARCHAR, "
        "author VARCHAR, until DATE, expired BOOLEAN)"
    )
    store.connection.execute(
        "INSERT INTO accepted SELECT person_id, cause, ?, 'ana@contoso.example', ?, ? FROM verdicts "
        "WHERE cause = ? AND person_id NOT IN (SELECT person_id FROM accepted) ORDER BY person_id LIMIT ?",
        [reason, until, expired, cause, people],
    )


def compare(store: Store, moves: list[tuple[str, str, str, str, str, bool]]) -> None:
    """Write the table of changes: class, old state and cause, new state and cause, changed photo."""
    store.connection.execute(
        "CREATE TABLE changes (person_id VARCHAR, class VARCHAR, old_state VARCHAR, old_cause VARCHAR, "
        "new_state VARCHAR, new_cause VARCHAR, changed_photo BOOLEAN)"
    )
    store.put("compared_with", "2026-11-08T10:00:00+00:00")
    for number, move in enumerate(moves):
        store.connection.execute("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)", [str(number), *move])


def every_cause(rulebook: Rulebook) -> Iterator[Evidence]:
    """For each rule a person of whom its first true example is so, with the longest name that is printed."""
    for number, rule in enumerate(rulebook.rules):
        true = next((one for one in rule.examples if one.expect), None)
        if true is None or rule.state is State.ADVICE:
            continue
        builder = EvidenceBuilder()
        facts = {path: _typed(path, value) for path, value in true.facts.items()}
        facts |= {
            "person.id": f"{number:036}",
            "person.user_principal_name": f"{'long.name.' * 8}{number}@contoso.example",
            "person.display_name": f"{'Name <&> ' * 20}{number}",
            "person.mail": "",
            "directory.department": f"Department {number % 12}",
            "run.collected_at": facts.get("run.collected_at", NOW),
        }
        for path, value in facts.items():
            builder.know(path, value)
        yield builder.build()


def _typed(path: str, value: object) -> Value:
    if FACTS[path].kind == "datetime" and isinstance(value, str):
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    if isinstance(value, list):
        return tuple(value)
    assert value is None or isinstance(value, str | int | float | bool | datetime | tuple)
    return value


def multiplied(store: Store, times: int) -> None:
    """Everybody so many times over, each copy with an id and a name of its own."""
    columns = [row[0] for row in store.query("SELECT column_name FROM (DESCRIBE people)")]
    kept = ", ".join(f'p."{name}"' for name in columns if name not in ("person_id", "person"))
    store.connection.execute("CREATE TEMP TABLE seed AS SELECT * FROM people")
    store.connection.execute(
        f"""INSERT INTO people SELECT p.person_id || '-' || n, struct_update(p.person,
        id := p.person_id || '-' || n, user_principal_name := p.person.user_principal_name || n), {kept}
        FROM seed p, range(1, {int(times)}) r(n)"""
    )
    store.connection.execute("DROP TABLE seed")


def rulebook() -> Rulebook:
    """The built-in rules."""
    return load_rules()
