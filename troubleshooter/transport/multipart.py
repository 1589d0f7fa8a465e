"""The multipart bodies of SharePoint's `/_api/$batch`: writing strictly, reading tolerantly.

https://learn.microsoft.com/sharepoint/dev/sp-add-ins/make-batch-requests-with-the-rest-apis
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from requests.utils import requote_uri

_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +([1-5]\d\d)(?: .*)?")


class MultipartError(ValueError):
    """A body that is not the multipart answer that was promised."""


@dataclass(frozen=True, slots=True)
class Part:
    """One answer inside a batch. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def write_batch(boundary: str, urls: Sequence[str], accept: str) -> bytes:
    """A batch of GETs with CRLF line ends. What could break out of a request line is percent-encoded."""
    lines: list[str] = []
    for url in urls:
        lines += [
            f"--{boundary}",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            "",
            f"GET {requote_uri(url)} HTTP/1.1",
            f"Accept: {accept}",
            "",
        ]
    lines += [f"--{boundary}--", ""]
    return "\r\n".join(lines).encode("ascii")


def read_batch(content_type: str, body: bytes) -> list[Part]:
    """The parts in order. Bare line feeds, a preamble, a quoted boundary are fine. Raises MultipartError."""
    match = _BOUNDARY.search(content_type)
    if match is None or not content_type.lower().lstrip().startswith("multipart/"):
        raise MultipartError("the content type names no boundary")
    try:
        delimiter = b"--" + (match[1] or match[2]).encode("ascii")
    except UnicodeEncodeError as problem:
        raise MultipartError("the boundary is not ASCII") from problem
    return [_part(raw) for raw in _split(delimiter, body)]


def _split(delimiter: bytes, body: bytes) -> list[bytes]:
    """What stands between the delimiter lines. Raises MultipartError when the closing one is missing."""
    parts: list[bytes] = []
    start = -1  # -1: still in the preamble
    place = 0
    while (found := body.find(delimiter, place)) >= 0:
        place = found + len(delimiter)
        if found and body[found - 1 : found] != b"\n":
            continue
        line_end = body.find(b"\n", place)
        rest = body[place : line_end if line_end >= 0 else len(body)].strip()
        if rest not in (b"", b"--"):
            continue  # a longer boundary, such as that of a nested part
        if start >= 0:
            parts.append(_without_line_end(body[start:found]))
        if rest == b"--":
            return parts
        if line_end < 0:
            break
        start = place = line_end + 1
    raise MultipartError("the closing boundary is missing")


def _without_line_end(raw: bytes) -> bytes:
    """The line end before a boundary belongs to the boundary (RFC 2046, section 5.1.1)."""
    if raw.endswith(b"\r\n"):
        return raw[:-2]
    return raw.removesuffix(b"\n")


def _part(raw: bytes) -> Part:
    _, rest = _headers(raw)
    line, _, rest = rest.lstrip(b"\r\n").partition(b"\n")
    match = _STATUS.fullmatch(line.strip())
    if match is None:
        raise MultipartError("a part does not start with an HTTP status line")
    headers, body = _headers(rest)
    return Part(int(match[1]), headers, body)


def _headers(raw: bytes) -> tuple[dict[str, str], bytes]:
    """Header lines up to the first empty line, and what follows it."""
    headers: dict[str, str] = {}
    place = 0
    while place < len(raw):
        end = raw.find(b"\n", place)
        end = len(raw) if end < 0 else end
        line = raw[place:end].strip()
        if not line:
            return headers, raw[end + 1 :]
        name, colon, value = line.partition(b":")
        if not colon:
            raise MultipartError("a header line has no colon")
        headers[name.strip().lower().decode("latin-1")] = value.strip().decode("latin-1")
        place = end + 1
    return headers, b""
