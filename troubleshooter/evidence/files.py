"""Evidence files: one JSON object, an array of them, result objects, or JSON Lines of any length.

Files come from other machines: UTF-8 with or without a byte order mark, and UTF-16, which is what Windows
PowerShell's `>` writes (https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding).
JSON Lines are read one line at a time, so memory does not grow with the file.
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from troubleshooter.evidence.codec import EvidenceError, load
from troubleshooter.evidence.record import Evidence

MAX_LINE = 4 * 1024 * 1024
MAX_WHOLE = 64 * 1024 * 1024
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WRITTEN_BY_US = "Give a file written by `photo-troubleshooter diagnose --json`."


def read_file(path: Path | str) -> Iterator[Evidence]:
    """Every person's evidence in a file. Raises EvidenceError, naming file and line."""
    path = Path(path)
    try:
        with path.open("rb") as stream:
            yield from read_stream(stream, str(path))
    except OSError as error:
        raise EvidenceError(
            "The file cannot be read: {why}.",
            "Check its name and its permissions.",
            file=str(path),
            why=error.strerror or type(error).__name__,
        ) from error


def read_stream(stream: BinaryIO, name: str) -> Iterator[Evidence]:
    """The same from an open binary stream; `name` is what errors call it."""
    reader = _text(stream)
    try:
        yield from _read(reader, name)
    except UnicodeError as error:
        raise EvidenceError("This is not UTF-8 text.", "Save the file as UTF-8.", file=name) from error
    finally:
        reader.detach()  # the stream belongs to the caller


def _text(stream: BinaryIO) -> io.TextIOWrapper:
    buffered = io.BufferedReader(_Raw(stream))
    start = buffered.peek(4)[:4]
    encoding = next((name for mark, name in _MARKS.items() if start.startswith(mark)), "utf-8")
    return io.TextIOWrapper(buffered, encoding=encoding, newline=None)


class _Raw(io.RawIOBase):
    """A stream that another owns: reading goes through, closing does not."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _read(reader: TextIO, name: str) -> Iterator[Evidence]:
    number, line = _next_line(reader, 0)
    if not line:
        raise EvidenceError("The file is empty.", _WRITTEN_BY_US, file=name)
    first = _whole_object(line)
    if first is None:
        yield from _read_whole(line, reader, name, number)
        return
    yield _load(first, name, number)
    while True:
        number, line = _next_line(reader, number)
        if not line:
            return
        if len(line) > MAX_LINE:
            raise EvidenceError(
                "The line is longer than {limit} characters.",
                _WRITTEN_BY_US,
                file=name,
                line=number,
                limit=MAX_LINE,
            )
        yield _load(_parse(line, name, number), name, number)


def _next_line(reader: TextIO, number: int) -> tuple[int, str]:
    """The next line that is not blank, with its number; '' at the end of the file."""
    while line := reader.readline(MAX_LINE + 1):
        number += 1
        if line.strip():
            return number, line
    return number, ""


def _whole_object(line: str) -> object | None:
    """The object that stands on one line, as in JSON Lines; None when the line is only a part of one."""
    try:
        found = _decode(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _read_whole(start: str, reader: TextIO, name: str, first_line: int) -> Iterator[Evidence]:
    content = start + reader.read(MAX_WHOLE + 1 - len(start))
    if len(content) > MAX_WHOLE:
        raise EvidenceError(
            "The file is larger than {limit} MB and not JSON Lines.",
            "Write one object on each line: such files may have any length.",
            file=name,
            limit=MAX_WHOLE // 1024**2,
        )
    found = _parse(content, name, first_line)
    if not isinstance(found, list):
        yield _load(found, name, first_line)
        return
    for line, item in zip(_item_lines(content, first_line), found, strict=True):
        yield _load(item, name, line)


def _item_lines(content: str, first_line: int) -> Iterator[int]:
    """The line on which each item of a (valid) JSON array begins."""
    decoder = json.JSONDecoder()
    place = content.index("[") + 1
    counted, line = 0, first_line
    while True:
        while content[place] in " \t\r\n,":
            place += 1
        if content[place] == "]":
            return
        line += content.count("\n", counted, place)
        counted = place
        yield line
        _, place = decoder.raw_decode(content, place)


def _load(data: object, name: str, line: int) -> Evidence:
    try:
        return load(data)
    except EvidenceError as error:
        raise error.at(name, line) from None


def _parse(content: str, name: str, first_line: int) -> object:
    try:
        return _decode(content)
    except json.JSONDecodeError as error:
        if error.pos >= len(content.rstrip()) or error.msg.startswith("Unterminated string"):
            what, remedy = "The JSON ends too early.", "The file was cut off: write or copy it again."
        else:
            what, remedy = "This is not JSON ({why}).", _WRITTEN_BY_US
        line = first_line + error.lineno - 1
        raise EvidenceError(what, remedy, file=name, line=line, why=error.msg) from error
    except _NotANumber as error:
        raise EvidenceError(
            "{value} is not a number that JSON knows.",
            "Leave the fact out: what is not there is unknown.",
            file=name,
            line=first_line,
            value=str(error),
        ) from error
    except (ValueError, RecursionError) as error:
        raise EvidenceError(
            "This is not JSON of our kind.", _WRITTEN_BY_US, file=name, line=first_line
        ) from error


class _NotANumber(ValueError):
    """NaN or Infinity, which Python's reader takes for numbers."""


def _refuse_constant(word: str) -> object:
    raise _NotANumber(word)


def _decode(content: str) -> object:
    return json.loads(content, parse_constant=_refuse_constant)
