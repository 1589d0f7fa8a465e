"""What the exit code says. One definition: help, README and tests are made from or compared with it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from troubleshooter.diagnose.rule import State


class ExitCode(IntEnum):
    """Exit codes are a contract for scripts; see `MEANING`."""

    FINE = 0
    PROBLEM = 1
    USAGE = 2
    UNDECIDED = 3
    FAILED = 4


MEANING: dict[ExitCode, str] = {
    ExitCode.FINE: "fine, or on its way",
    ExitCode.PROBLEM: "a problem was found",
    ExitCode.USAGE: "wrong usage, such as an unknown person or option",
    ExitCode.UNDECIDED: "could not decide",
    ExitCode.FAILED: "the run failed: sign-in, network, or a damaged input",
}

# With several people the gravest outcome decides, and an answer nobody got is graver than a problem found.
_GRAVITY = (ExitCode.FAILED, ExitCode.USAGE, ExitCode.PROBLEM, ExitCode.UNDECIDED, ExitCode.FINE)


def of_state(state: State) -> ExitCode:
    """The exit code of one person's verdict."""
    if state is State.PROBLEM:
        return ExitCode.PROBLEM
    if state is State.UNDECIDED:
        return ExitCode.UNDECIDED
    return ExitCode.FINE


def of_wait(state: State | None) -> ExitCode:
    """The exit code of waiting for a photo, by the last answer; None: the last question got none.

    FINE only when the stores agree. A photo that is still on its way when the time is over is no problem yet,
    and not what was waited for either: UNDECIDED.
    """
    if state is None:
        return ExitCode.FAILED
    return ExitCode.UNDECIDED if state is State.ON_ITS_WAY else of_state(state)


def gravest(codes: Iterable[ExitCode]) -> ExitCode:
    """The exit code of a run over several people; FINE when there was nobody."""
    seen = set(codes)
    return next((code for code in _GRAVITY if code in seen), ExitCode.FINE)
