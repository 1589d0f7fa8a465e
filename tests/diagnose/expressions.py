"""Random rules and random people, for properties that must hold for every rule anybody can write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from troubleshooter.evidence.record import Value
from troubleshooter.evidence.schema import FACTS, FactInfo

_START = datetime(2026, 11, 1, tzinfo=UTC)
_WORDS = ["", "a", "A", "jpeg", "it's", "48x48", "\u0161", "<b>"]
_SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
PATHS = [
    "photo.present",
    "photo.animated",
    "photo.width",
    "photo.height",
    "photo.format",
    "photo.etag",
    "photo.sizes",
    "comparison.distance",
    "sharepoint.picture_timestamp",
    "run.collected_at",
    "ticket.symptom",
]


def _of_kind(kind: str) -> st.SearchStrategy[str]:
    return st.sampled_from([path for path in PATHS if FACTS[path].kind == kind])


def values(info: FactInfo) -> st.SearchStrategy[Value]:
    """A value the fact can have, from a small pool so that comparisons meet."""
    match info.kind:
        case "bool":
            return st.booleans()
        case "int":
            return st.integers(-3, 3) | st.sampled_from([48, 96, 200, 2**53])
        case "float":
            return st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0])
        case "datetime":
            return st.integers(-60, 60).map(lambda hours: _START + timedelta(hours=hours))
        case "list":
            return st.lists(st.sampled_from(_WORDS), max_size=3).map(tuple)
    return st.sampled_from(list(info.choices) or _WORDS)


def people(paths: list[str] = PATHS) -> st.SearchStrategy[dict[str, Value]]:
    """Facts of a person; each may be unknown."""
    return st.fixed_dictionaries({path: st.none() | values(FACTS[path]) for path in paths})


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"


_NUMBERS = st.recursive(
    _of_kind("int") | _of_kind("float") | st.integers(0, 5).map(str) | st.sampled_from(["0.3", "96"]),
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from("+-*"), part).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(part, st.sampled_from("/%"), st.sampled_from(["2", "3", "0.5"])).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        part.map(lambda p: f"abs({p})"),
        part.map(lambda p: f"(- {p})"),
    ),
    max_leaves=4,
) | st.sampled_from(["len(photo.sizes)", "length(photo.etag)"])
_TEXTS = st.one_of(st.just("photo.etag"), st.sampled_from(_WORDS).map(_quoted), st.just("lower(photo.etag)"))
_SPANS = st.integers(0, 80).map(lambda hours: f"interval {hours} hours")
_MOMENTS = st.one_of(
    _of_kind("datetime"),
    st.tuples(_of_kind("datetime"), st.sampled_from("+-"), _SPANS).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
    st.just("timestamp '2026-11-01 12:00:00'"),
)
_DIFFERENCES = st.tuples(_MOMENTS, _MOMENTS).map(lambda p: f"({p[0]} - {p[1]})")


def _compared(side: st.SearchStrategy[str], other: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(side, _SIGNS, other).map(lambda p: f"{p[0]} {p[1]} {p[2]}")


_ATOMS = st.one_of(
    _of_kind("bool"),
    _compared(_NUMBERS, _NUMBERS),
    _compared(_TEXTS, _TEXTS),
    _compared(_MOMENTS, _MOMENTS),
    _compared(_DIFFERENCES, _SPANS),
    st.tuples(_NUMBERS, _NUMBERS, _NUMBERS).map(lambda p: f"({p[0]} between {p[1]} and {p[2]})"),
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=3).map(
        lambda words: f"photo.etag in ({', '.join(map(_quoted, words))})"
    ),
    st.sampled_from(
        ["photo.format = 'png'", "photo.format not in ('jpeg', 'gif')", "ticket.symptom <> 'old'"]
    ),
    st.tuples(st.sampled_from(["starts_with", "ends_with", "contains"]), _TEXTS, _TEXTS).map(
        lambda p: f"{p[0]}({p[1]}, {p[2]})"
    ),
    _TEXTS.map(lambda text: f"list_contains(photo.sizes, {text})"),
)
EXPRESSIONS = st.recursive(
    _ATOMS,
    lambda part: st.one_of(
        st.tuples(part, part).map(lambda p: f"({p[0]} and {p[1]})"),
        st.tuples(part, part).map(lambda p: f"({p[0]} or {p[1]})"),
        part.map(lambda p: f"(not {p})"),
        part.map(lambda p: f"(({p}) = true)"),
    ),
    max_leaves=6,
)
"""Boolean expressions of the accepted grammar, as text; a few read no fact at all."""
