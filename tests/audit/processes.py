"""The `audit` command as a process of its own, which a test may stop at any moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.audit.audits import Verdicts, verdicts_of
from troubleshooter.collect.audit_tools import Choices, Sizes
from troubleshooter.evidence.record import Evidence
from troubleshooter.evidence.store import open_store
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.server import Sandbox
from troubleshooter.sandbox.world import RequestRecord

PROGRAM = "from troubleshooter.cli.main import main; main()"
STAGES = ("Listing people", "Looking at people", "Looking at the sample", "Writing the report")
Asked = Counter[tuple[str, str, str]]
"""How often each request was sent: host, path, query."""
_GLANCE = 0.004  # seconds
CHOICES = Choices(guests=True, rooms=True)
SMALL = Sizes(people=10, users=20, index=25, files=60)
# What a run says of itself and what every run asks anew: its own times, when a photo was first seen.
_OF_A_RUN = ("run.collected_at", "photo.first_seen_at")


def arguments(sandbox: Sandbox, folder: Path, *more: str) -> list[str]:
    """The command line for an audit of a sandbox."""
    named = {
        "--cloud": sandbox.cloud_file,
        "--tenant": sandbox.tenant.domain,
        "--client-id": DEMO_CLIENT,
        "--certificate": sandbox.certificate_file(DEMO_CLIENT),
        "--out": folder,
        "--include": "guests,rooms",
        "--lang": "en",
    }
    return ["audit", *(str(word) for pair in named.items() for word in pair), *more]


def environment() -> dict[str, str]:
    """A clean one, so that the machine's own settings change nothing."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PHOTO_TROUBLESHOOTER_")}
    clean = {
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
        "COLUMNS": "200",
        "PHOTO_TROUBLESHOOTER_CONFIG": os.devnull,
    }
    return {**inherited, **clean}


def begin(folder: Path, sizes: Sizes = SMALL) -> None:
    """An audit that was begun with small pages, so that there is much to go on with."""
    folder.mkdir(exist_ok=True)
    with open_store(folder, read_only=False) as store, store.transaction():
        store.put("settings", json.loads(json.dumps(CHOICES.as_data())))
        store.put("salt", "salt")
        store.put("sizes", asdict(sizes))
        store.put("started_at", "2026-11-22T10:00:00+00:00")


@dataclass(frozen=True)
class Process:
    """A running audit, and where its words go."""

    running: subprocess.Popen[bytes]
    log: Path

    @property
    def told(self) -> str:
        """What it printed so far."""
        return self.log.read_text(encoding="utf-8")

    @property
    def stage(self) -> str:
        """The last stage it told, in the words of its progress; '' before the first."""
        lines = self.told.splitlines()
        return next((stage for line in reversed(lines) for stage in STAGES if line.startswith(stage)), "")

    def glance(self, times: int) -> None:
        """Look so many times whether it ended."""
        for _ in range(times):
            if self.ended(_GLANCE):
                return

    def ended(self, seconds: float) -> bool:
        """Whether it ended within so many seconds."""
        try:
            self.running.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait(self) -> int:
        """Its exit code."""
        return self.running.wait(120)

    def wait_until(self, due: Callable[[], bool]) -> bool:
        """Until it is so, or until the process has ended: then False."""
        while not due():
            if self.ended(_GLANCE):
                return False
        return True

    def wait_until_told(self, words: str, sandbox: Sandbox | None = None, requests: int = 0) -> bool:
        """Until it printed these words, or until a sandbox was asked so often. False when it has ended."""
        return self.wait_until(
            lambda: words in self.told or (sandbox is not None and len(sandbox.requests) >= requests)
        )


@contextmanager
def started(sandbox: Sandbox, folder: Path, *more: str, first: str = "") -> Iterator[Process]:
    """An audit under way; killed when the block is left before its end. `first` is Python run before."""
    log = folder.with_name(f"{folder.name}.log")
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, "-c", f"{first}\n{PROGRAM}", *arguments(sandbox, folder, *more)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment(),
        ) as running,
    ):
        try:
            yield Process(running, log)
        finally:
            running.kill()


def whole_run(sandbox: Sandbox, folder: Path, *more: str, first: str = "") -> tuple[int, str]:
    """Exit code and words of an audit that is left to end by itself."""
    with started(sandbox, folder, *more, first=first) as process:
        return process.wait(), process.told


@dataclass(frozen=True)
class Result:
    """What a finished audit says of everybody, without the times of the run."""

    verdicts: Verdicts
    facts: dict[str, dict[str, Any]]
    sample: dict[str, int]


def result_of(folder: Path) -> Result:
    """Read a finished audit."""
    with open_store(folder) as store:
        assert store.finished_at is not None
        people = list(store.people())
        facts = {one.person.id or "": _facts(one) for one in people}
        assert len(facts) == len(people)
        return Result(verdicts_of(store), facts, store.get("sample"))


def _facts(evidence: Evidence) -> dict[str, Any]:
    known = {path: value for path, value in evidence.values() if path not in _OF_A_RUN}
    gaps = {f"gap of {one.fact}": (one.reason, one.detail, one.permission) for one in evidence.gaps}
    return {**known, **gaps}


def work(records: Iterable[RequestRecord]) -> Asked:
    """What was asked about the tenant and its people: no sign-ins, no envelopes, no count of the accounts."""
    return Counter(
        (one.host, one.path, one.query)
        for one in records
        if not one.host.startswith("login") and "$batch" not in one.path and "$count" not in one.path
    )
