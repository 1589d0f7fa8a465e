"""Random evidence: any person, with sources and a reason for every gap."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason, Value
from troubleshooter.evidence.schema import FACTS, FactInfo

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def values(info: FactInfo) -> st.SearchStrategy[Value]:
    """Any value the fact can have."""
    match info.kind:
        case "bool":
            return st.booleans()
        case "int":
            return st.integers(-(2**53), 2**53)
        case "float":
            return st.floats(-1e9, 1e9)
        case "datetime":
            return MOMENTS
        case "list":
            return st.lists(TEXTS, max_size=3).map(tuple)
    return st.sampled_from(info.choices) if info.choices else TEXTS


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Evidence as a collector leaves it."""
    builder = EvidenceBuilder()
    source = builder.add_source(
        method="GET",
        url=draw(TEXTS),
        at=draw(MOMENTS),
        status=draw(st.integers(0, 599)),
        request_id=draw(TEXTS),
        attempts=draw(st.integers(1, 9)),
    )
    for path in draw(st.lists(st.sampled_from(list(FACTS)), max_size=12, unique=True)):
        builder.know(path, draw(values(FACTS[path])), draw(st.sampled_from(["", source])))
    for path in draw(st.lists(st.sampled_from(list(FACTS)), max_size=6, unique=True)):
        reason = draw(st.sampled_from(list(GapReason)))
        builder.miss(
            path, reason, draw(TEXTS), permission=draw(TEXTS), source=draw(st.sampled_from(["", source]))
        )
    return builder.build()
