"""Evidence files of several tenants, with the most awkward people that evidence can hold."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.diagnose.test_tenant import NOW, people
from troubleshooter.evidence.parquet import export_parquet
from troubleshooter.evidence.record import Evidence, Value, with_values
from troubleshooter.evidence.schema import FACTS
from troubleshooter.evidence.store import open_store

TEXTS = (
    "", " ", "a", "A", "TooSmall", "TOOLARGE: it's", "ß", "ẞ", "ŉ", "ΑΣ ΑΣΑ", "İstanbul", "ıI", "ﬁne",
    "Ǆ ǅ ǆ", "čćžšđ ČĆŽŠĐ", "e\u0301É", "\U0001f600\U00010400\U00010428", "\u202eאבג", "<b>&amp;",
    "=cmd|' /C calc'!A0", "back\\slash \\n %_", "line\nbreak\ttab\r", "\x01\x7f\u2028", "{{ 7 * 7 }}",
    "'; DROP TABLE people; --", "x" * 10_000, "\x00zero", "${jndi}", "`back` \"quote\"",
)  # fmt: skip
MOMENTS = (
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1582, 10, 10, 12, tzinfo=UTC),
    datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=1),
    datetime(2026, 3, 29, 2, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    NOW,
)
NUMBERS = (0, 1, -1, 47, 48, 96, 648, 2**31, -(2**31) - 1, 2**53, -(2**53))
FLOATS = (0.0, -0.0, 0.1, 0.3, 1e-300, -9007199254740992.0, 0.30000000000000004)


def hostile_people(count: int, seed: int) -> Iterator[Evidence]:
    """People as collected, then a few facts of each replaced by the worst that could stand there."""
    pick = random.Random(seed * 1000)
    for person in people(count, seed):
        paths = [path for path, info in FACTS.items() if not info.choices and path != "person.id"]
        changed = {path: hostile_value(pick, path) for path in pick.sample(paths, pick.choice((0, 1, 3, 12)))}
        yield with_values(person, changed)


def hostile_value(pick: random.Random, path: str) -> Value:
    """Any value of the fact's kind, however unlikely."""
    match FACTS[path].kind:
        case "bool":
            return pick.random() < 0.5
        case "int":
            return pick.choice(NUMBERS)
        case "float":
            return pick.choice(FLOATS)
        case "datetime":
            return pick.choice(MOMENTS)
        case "list":
            return tuple(pick.choices(TEXTS, k=pick.choice((0, 1, 3))))
    return pick.choice(TEXTS)


def evidence_file(
    path: Path,
    everybody: Iterable[Evidence],
    tenant: str = "",
    run: Mapping[str, object] | None = None,
    **meta: object,
) -> Path:
    """The Parquet file of one audit, made as an audit makes it; `meta` are keys such as finished_at."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, open_store(Path(folder), read_only=False) as store:
        with store.transaction():
            store.add_people(everybody)
            store.put("run", {**({"run.tenant": tenant} if tenant else {}), **(run or {})})
            for key, value in meta.items():
                store.put(key, value)
        export_parquet(store, path)
    return path
