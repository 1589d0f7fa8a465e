"""Prints the score of the public cases at the end of the run."""

from __future__ import annotations

import pytest

SCORE = "score of the public cases"
GRADES = ("right", "right after the named fact", "undecided", "wrong")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line, when the cases were run, in this process or in a worker."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, score in getattr(report, "user_properties", ()):
                if name == SCORE:
                    line = ", ".join(f"{grade} {score.get(grade, 0)}" for grade in GRADES)
                    terminalreporter.write_line(f"public cases in scope: {sum(score.values())}: {line}")
