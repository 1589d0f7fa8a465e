"""Telling how far an audit is: one line that renews itself on a terminal, a line now and then in a pipe."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType

import click

from troubleshooter.cli.console import printable
from troubleshooter.render.language import Language
from troubleshooter.transport.quota import OWN_RATE, Governor

_TERMINAL_SECONDS, _PIPE_SECONDS = 0.5, 15.0
_STAGES = {
    "users": "Listing people",
    "index": "Reading the people index",
    "library": "Reading the picture library",
    "people": "Looking at people",
    "sample": "Looking at the sample",
    "writing": "Writing the report",
}
_LISTS = ("users", "index", "library")


class Progress:
    """Use as a context manager; call it to report. Safe to use from several threads."""

    def __init__(
        self,
        speak: Language,
        governor: Governor | None = None,
        *,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._speak, self._governor, self._quiet, self._clock = speak, governor, quiet, clock
        self._terminal = sys.stderr.isatty()
        self._lock = threading.Lock()
        self._stage, self._done, self._total = "", 0, 0
        self._began: tuple[float, int] = (0.0, 0)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="progress", daemon=True)

    def __enter__(self) -> Progress:
        if not self._quiet:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        if not self._quiet and self._terminal:
            click.echo("\r\x1b[K", err=True, nl=False)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`total` 0 means that nobody knows."""
        with self._lock:
            # Three lists are read at once; the one of the people stands for all.
            if stage in _LISTS and self._stage in _LISTS and stage != "users" and self._stage == "users":
                return
            changed = stage != self._stage
            if changed:
                self._began = (self._clock(), done)
            self._stage, self._done, self._total = stage, done, total
        if changed and not self._quiet and not self._terminal:
            self._show()

    def line(self) -> str:
        """What is told now."""
        with self._lock:
            stage, done, total = self._stage, self._done, self._total
            began, done_then = self._began
        if not stage:
            return ""
        text = self._speak.text
        parts = [text(_STAGES[stage])]
        if total:
            left = max(0, total - done)
            parts.append(text("{done} of {total}, {left} left", done=done, total=total, left=left))
        elif done:
            parts.append(text("{done} so far", done=done))
        passed = self._clock() - began
        if passed > 1 and done > done_then:
            rate = (done - done_then) / passed
            parts.append(text("{rate} a second", rate=self._speak.number(round(rate, 1))))
            if total > done and stage == "people":
                parts.append(text("about {time} to go", time=short_time((total - done) / rate)))
        parts += self._waiting()
        return " · ".join(parts)

    def _waiting(self) -> list[str]:
        holds = self._governor.holds() if self._governor else []
        if not holds:
            return []
        hold = holds[0]
        left = max(0.0, hold.until - self._clock())
        until = (datetime.now().astimezone() + timedelta(seconds=left)).strftime("%H:%M:%S")
        quota = self._speak.text(QUOTAS[hold.bucket])
        if hold.reason == OWN_RATE:
            return [self._speak.text("keeping to the limit of {quota}", quota=quota)]
        return [self._speak.text("{quota} asked us to wait until {time}", quota=quota, time=until)]

    def _tick(self) -> None:
        while not self._ended.wait(_TERMINAL_SECONDS if self._terminal else _PIPE_SECONDS):
            self._show()

    def _show(self) -> None:
        line = printable(self.line())
        if line:
            click.echo(f"\r\x1b[K{line}" if self._terminal else line, err=True, nl=not self._terminal)


QUOTAS = {
    "identity": "Microsoft Graph",
    "photos": "Graph photos",
    "sharepoint": "SharePoint",
    "people_manager": "SharePoint profiles",
    "search": "people search",
}
"""What a bucket is called in front of people."""


def short_time(seconds: float) -> str:
    """A span in the units every language here shares: `45 s`, `3 min`, `2 h 5 min`."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
