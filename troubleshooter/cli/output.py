"""Writing results: private, whole or not at all, with names that every file system takes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from troubleshooter.errors import RunFailed

_UNSAFE = re.compile(r"[^a-z0-9._-]+")
_RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$")
_LONGEST_STEM = 60


class WriteFailed(RunFailed):
    """A result could not be written; what was there before is still whole."""


def file_stem(name: str) -> str:
    """A portable file name for a person: readable where possible, always distinct.

    Anything outside a-z, 0-9, dot, dash and underscore becomes an underscore; when that, or shortening, lost
    something, a short hash of the real name is added so that two people never share a file.
    """
    lowered = name.strip().lower()
    stem = _UNSAFE.sub("_", lowered.replace("@", "_at_")).strip("._")[:_LONGEST_STEM] or "person"
    if _RESERVED.match(stem):
        stem = f"person-{stem}"
    if stem.replace("_at_", "@") != lowered:
        stem = f"{stem}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return stem


def private_directory(path: Path) -> Path:
    """The directory, made if need be, readable by its owner only when we made it. WriteFailed otherwise.

    So is every folder above it that we have to make: `mkdir(parents=True)` would leave those to the umask.
    """
    try:
        missing = [path, *path.parents]
        for folder in reversed([one for one in missing if not one.exists()]):
            folder.mkdir(mode=0o700, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)  # a file of that name is an error
    except OSError as problem:
        raise _failed(path, problem) from problem
    return path


@contextmanager
def streamed(path: Path, *, newline: str = "") -> Iterator[IO[str]]:
    """A private UTF-8 file that is written bit by bit and takes its name only when it is whole.

    `mkstemp` creates the file for its owner alone; `os.replace` is atomic on POSIX and on Windows. Raises
    WriteFailed; then what was there before is untouched.
    """
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline=newline, errors="backslashreplace") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as problem:
        raise _failed(path, problem) from problem
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()


def write_private(path: Path, text: str) -> Path:
    """Write a file in one step: either the new text is there, or what was there before."""
    with streamed(path, newline="\n") as file:
        file.write(text)
    return path


def _failed(path: Path, problem: OSError) -> WriteFailed:
    return WriteFailed(
        "{path} cannot be written ({reason}).",
        "Choose another folder with --out, or free space and permissions there.",
        path=str(path),
        reason=problem.strerror or type(problem).__name__,
    )
