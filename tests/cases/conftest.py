"""Prints the score of the public cases at the end of the run."""

from __future__ import annotations

from collections import Counter

import pytest

SCORE: Counter[str] = Counter()
GRADES = ("right", "right after the named fact", "undecided", "wrong")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line, when the cases were run."""
    if SCORE:
        line = ", ".join(f"{grade} {SCORE[grade]}" for grade in GRADES)
        terminalreporter.write_line(f"public cases in scope: {SCORE.total()}: {line}")
