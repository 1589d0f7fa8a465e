"""How many examples were tried on each parser: counted, and printed at the end of a test run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
TRIED: Counter[str] = Counter()
_GATHERED: Counter[str] = Counter()  # from the workers of pytest-xdist

Property = TypeVar("Property", bound=Callable[..., None])
_RELAXED = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large)


def fuzzed(
    parser: str, *strategies: st.SearchStrategy[Any], share: float = 1.0, **named: st.SearchStrategy[Any]
) -> Callable[[Property], Any]:
    """Run a property over hostile input and count the examples; `share` of EXAMPLES for a slow parser."""

    def decorate(test: Property) -> Any:
        @wraps(test)
        def counted(*given_values: Any, **named_values: Any) -> None:
            TRIED[parser] += 1
            test(*given_values, **named_values)

        relaxed = settings(
            max_examples=max(10, round(EXAMPLES * share)),
            deadline=None,
            suppress_health_check=_RELAXED,
            derandomize="FUZZ_EXAMPLES" not in os.environ,
            database=None,
        )
        return relaxed(given(*strategies, **named)(counted))

    return decorate


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["fuzz"] = dict(TRIED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _GATHERED.update(getattr(node, "workeroutput", {}).get("fuzz", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    total = TRIED + _GATHERED
    if total:
        terminalreporter.section("hostile input tried")
        for parser, count in sorted(total.items()):
            terminalreporter.write_line(f"{count:>9,}  {parser}")
        terminalreporter.write_line(f"{total.total():>9,}  in all")
