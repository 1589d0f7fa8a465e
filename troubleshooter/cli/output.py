"""Writing results: private, whole or not at all, with names that every file system takes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from troubleshooter.errors import RunFailed

_UNSAFE = re.compile(r"[^a-z0-9._-]+")
_RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$")
_LONGEST_STEM = 60
_START = 4096
# How a file of ours begins. An empty file is nobody's loss.
_MARKS = {
    ".html": b'http-equiv="Content-Security-Policy" content="default-src ',
    ".json": b'"photo-troubleshooter/',
    ".csv": b"id,user_principal_name,",
}


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


def refuse_foreign(path: Path) -> None:
    """Raise WriteFailed when a file of this name is there that this program did not write.

    Our own results are written anew; what somebody else keeps under the same name is not ours to replace. A
    page of ours begins with its content policy, a JSON file with its schema, a list with its header.
    """
    mark = _MARKS.get(path.suffix)
    if mark is None:
        return
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except FileNotFoundError:
        return
    except OSError as problem:
        raise _failed(path, problem) from problem
    if start.strip() and mark not in start:
        raise WriteFailed(
            "{path} is there already, and this program did not write it.",
            "Move it away, or choose another folder with --out.",
            path=str(path),
        )


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


def copy_private(source: Path, path: Path) -> Path:
    """Copy a file, for its owner alone and whole or not at all. Raises WriteFailed."""
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as written, source.open("rb") as opened:
            shutil.copyfileobj(opened, written)
        Path(temporary).replace(path)
    except OSError as problem:
        raise _failed(path, problem) from problem
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()
    return path


def write_private_bytes(path: Path, data: bytes, *, replace: bool) -> Path:
    """Write a private binary file. Without `replace` a file that is there already is WriteFailed."""
    temporary = path
    try:
        if replace:
            handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
            os.close(handle)
            temporary = Path(name)
            temporary.write_bytes(data)
            temporary.replace(path)
        else:
            with open(path, "xb", opener=_private) as file:
                file.write(data)
    except FileExistsError as problem:
        raise _failed(path, problem) from problem
    except OSError as problem:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise _failed(path, problem) from problem
    return path


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _failed(path: Path, problem: OSError) -> WriteFailed:
    return WriteFailed(
        "{path} cannot be written ({reason}).",
        "Choose another place (--out or -o), or free space and permissions there.",
        path=str(path),
        reason=problem.strerror or type(problem).__name__,
    )
