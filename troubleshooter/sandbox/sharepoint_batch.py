"""SharePoint's multipart batch, tolerant: LF or CRLF, preambles, changesets, quoted boundaries.

https://learn.microsoft.com/sharepoint/dev/sp-add-ins/make-batch-requests-with-the-rest-apis
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http.client import responses as reasons
from urllib.parse import urlsplit
from uuid import uuid4

from troubleshooter.sandbox.logbook import logged
from troubleshooter.sandbox.odata import error
from troubleshooter.sandbox.wire import Call, Reply
from troubleshooter.sandbox.world import World

LARGEST_BATCH = 100
_MALFORMED = "-1, Microsoft.SharePoint.Client.InvalidClientQueryException"


def handle_batch(world: World, call: Call, handle: Callable[[World, Call], Reply]) -> Reply:
    """POST /_api/$batch: parts come back in request order, each with its own status."""
    boundary = _boundary(call.headers.get("content-type", ""))
    if not boundary:
        return error(call, 400, _MALFORMED, "The Content-Type of a batch names its boundary.")
    parts = list(_parts(call.body.replace(b"\r\n", b"\n"), boundary))
    if len(parts) > LARGEST_BATCH:
        return error(call, 400, _MALFORMED, f"A batch holds at most {LARGEST_BATCH} requests.")
    inner = [_inner(call, part) for part in parts]
    if not inner or None in inner:
        return error(call, 400, _MALFORMED, "A part of the batch is not an HTTP request.")
    name = f"batchresponse_{uuid4()}"
    chunks = [_chunk(name, logged(world, one, handle)) for one in inner if one is not None]
    body = b"".join(chunks) + f"--{name}--\r\n".encode()
    return Reply(200, body, {"Content-Type": f"multipart/mixed; boundary={name}"})


def _boundary(content_type: str) -> str:
    match = re.search(r'boundary="?([^";]+)"?', content_type, re.IGNORECASE)
    return match.group(1).strip() if match and "multipart/" in content_type.lower() else ""


def _parts(body: bytes, boundary: str) -> Iterator[bytes]:
    """The embedded HTTP requests; what stands before the first boundary is a preamble."""
    for piece in re.split(rb"(?:^|\n)--" + re.escape(boundary.encode()), body)[1:]:
        if piece.startswith(b"--"):
            return
        head, _, content = piece.lstrip(b"\n").partition(b"\n\n")
        nested = _boundary(_headers(head.splitlines()).get("content-type", ""))
        if nested:
            yield from _parts(content, nested)
        elif content.strip():
            yield content


def _headers(lines: list[bytes]) -> dict[str, str]:
    pairs = (line.decode("utf-8", "replace").partition(":") for line in lines if b":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _inner(call: Call, part: bytes) -> Call | None:
    head, _, body = part.lstrip(b"\n").partition(b"\n\n")
    lines = head.splitlines()
    match = re.fullmatch(r"([A-Z]+)\s+(\S+)\s+HTTP/1\.[01]", lines[0].decode("utf-8", "replace").strip())
    if not match:
        return None
    address = urlsplit(match.group(2).replace("#", "%23"))
    if not address.scheme:
        return None
    headers = {"authorization": call.headers.get("authorization", ""), **_headers(lines[1:])}
    method = headers.get("x-http-method", match.group(1)).upper()
    return Call(
        method=method,
        host=call.host,
        path=address.path,
        query=address.query,
        headers=headers,
        body=body.strip(b"\n"),
        authority=call.authority,
        scheme=call.scheme,
        batched=True,
    )


def _chunk(name: str, reply: Reply) -> bytes:
    lines = [
        f"--{name}",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        f"HTTP/1.1 {reply.status} {reasons.get(reply.status, 'Unknown')}",
        *(f"{key.upper()}: {value}" for key, value in reply.headers.items() if key in _KEPT),
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + reply.body + b"\r\n"


_KEPT = ("Content-Type", "Retry-After")
