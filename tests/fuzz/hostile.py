"""Input that is nearly right: whole answers and files with something changed that nobody expects."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

DEEP = json.loads("[" * 300 + "]" * 300)
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**31,
    2**53,
    2**63,
    10**17,
    -(10**17),
    1.5,
    -0.0,
    1e308,
    "",
    " ",
    "\0",
    "null",
    "true",
    "0",
    "-1",
    "9" * 5000,
    "\ud800",
    "\udfff\ud800",
    "\u202e",
    "é" * 300,
    "x" * 20_000,
    "'",
    '"',
    "''",
    "\\",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "${jndi:x}",
    "../../etc/passwd",
    "C:\\con",
    "\r\nX: y",
    "%00",
    "%zz",
    "https://[",
    "https://a@b:c/",
    "//x",
    "http://graph.microsoft.com/",
    "1x1",
    "0x0",
    "99999999999x9",
    "٣x٣",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30T00:00:00Z",
    "2026-11-22",
    [],
    [None],
    [[]],
    [1, "a", {}],
    {},
    {"": ""},
    {"value": None},
    {"results": []},
    {"d": {}},
    {"results": {"results": []}},
    {"error": "text"},
    {"__metadata": 1},
    DEEP,
]
"""Values in places where another kind of value belongs."""

PIECES: list[bytes] = [
    b"",
    b"\0",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"--",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"'",
    b",",
    b":",
    b"=",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xc3",
    b"null",
    b"NaN",
    b"1e999",
    b"9" * 5000,
    b"\\ud800",
    b"[" * 2000,
    b"{" * 2000,
    b"x" * 5000,
    b"#",
    b"[[",
    b"]]",
    b"'''",
    b'"""',
    b"\x1b[31m",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"0x" + b"f" * 5000,
    b"a." * 2000,
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"-" * 300,
    b" " * 5000,
    b"\t",
]
"""What is put in between."""


@st.composite
def shaken(draw: st.DrawFn, seeds: Sequence[Any]) -> Any:
    """One of these JSON values with up to four of its nodes replaced, taken out or given twice."""
    whole = {"": copy.deepcopy(draw(st.sampled_from(seeds)))}
    for _ in range(draw(st.integers(0, 4))):
        holder: Any = whole
        key: Any = ""
        while isinstance(holder[key], dict | list) and holder[key] and draw(st.integers(0, 3)):
            holder = holder[key]
            key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        action = draw(st.integers(0, 5))
        if action == 0 and holder is not whole:
            del holder[key]
        elif action == 1 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif action == 2 and isinstance(holder, dict) and holder is not whole:
            holder[str(key).swapcase()] = holder[key]
        elif action == 3:
            holder[key] = draw(st.text(max_size=20))
        else:
            holder[key] = copy.deepcopy(draw(st.sampled_from(ODD)))
        if not isinstance(holder, dict | list) or not holder:
            break
    return whole.get("")


@st.composite
def damaged(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """One of these files with up to four places cut out, doubled, or filled with something else."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 2, 5, 40, 1000])))
        action = draw(st.integers(0, 4))
        if action == 0:
            data = data[:start]
        elif action == 1:
            data = data[:end] + data[start:end] + data[end:]
        elif action == 2:
            data = data[:start] + draw(st.binary(max_size=12)) + data[end:]
        else:
            data = data[:start] + draw(st.sampled_from(PIECES)) + data[end:]
    return data


def encoded(value: Any) -> bytes:
    """A JSON value as a hostile server may write it."""
    return json.dumps(value).encode()


TEXTS = st.one_of(st.text(max_size=60), st.sampled_from([odd for odd in ODD if isinstance(odd, str)]))
STATUSES = st.sampled_from([200, 200, 200, 200, 204, 302, 400, 401, 403, 404, 410, 423, 429, 500, 503, 0])
KINDS = st.sampled_from(
    [
        "application/json",
        "application/json;odata=verbose",
        "text/html",
        "",
        "image/jpeg",
        "x",
        "multipart/mixed",
    ]
)
