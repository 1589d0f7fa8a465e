"""The program as a process whose every output and argument is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = "from troubleshooter.cli.main import main; main()"


@dataclass(frozen=True)
class Finished:
    """How a run ended: exit code, what it printed, and the bytes of both streams."""

    code: int
    stdout: bytes
    stderr: bytes

    def streams(self) -> list[tuple[str, bytes]]:
        return [("stdout", self.stdout), ("stderr", self.stderr)]

    @property
    def said(self) -> str:
        return self.stderr.decode("utf-8", "replace")


def environment(**more: str) -> dict[str, str]:
    """No variables of ours but these; everything that makes Python tell more is switched on."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PHOTO_TROUBLESHOOTER_")}
    telling = {
        "PYTHONFAULTHANDLER": "1",
        "PYTHONDEVMODE": "1",
        "PYTHONWARNINGS": "default",
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
    }
    return {**kept, **telling, "PHOTO_TROUBLESHOOTER_LANG": "en", **more}


def run(*words: str, folder: Path, umask: int = -1, **variables: str) -> Finished:
    """Run `photo-troubleshooter WORDS` in a folder, with a file mode mask where one is given."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        capture_output=True,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=300,
        cwd=folder,
        umask=umask,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def arguments_of_programs(marker: str) -> list[list[str]]:
    """The command lines of all processes on this computer that have `marker` in theirs (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue  # it has ended meanwhile
        if any(marker in word for word in words):
            found.append(words)
    return found
