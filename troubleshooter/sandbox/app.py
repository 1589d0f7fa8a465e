"""The ASGI application: which service a request is for, and the log."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from troubleshooter.sandbox.casting import SUFFIX
from troubleshooter.sandbox.connections import reset, silence
from troubleshooter.sandbox.control import handle_control, is_control_path
from troubleshooter.sandbox.exchange import handle_exchange
from troubleshooter.sandbox.graph import handle_graph
from troubleshooter.sandbox.identity import handle_identity, is_identity_path
from troubleshooter.sandbox.logbook import logged
from troubleshooter.sandbox.login import handle_login
from troubleshooter.sandbox.sharepoint import handle_sharepoint
from troubleshooter.sandbox.wire import LOOPBACK_NAMES, Call, Reply, text_reply
from troubleshooter.sandbox.world import EXCHANGE_HOST, GRAPH_HOST, LOGIN_HOST, World

_SHAREPOINT_PATH = re.compile(
    r"(?:/[^_][^/]*)*/_(?:api|layouts|vti_bin)(?:/|$)|/User(?:%20| )Photos/", re.IGNORECASE
)
_GRAPH_PATH = re.compile(r"/(?:v1\.0|beta)(?:/|$)", re.IGNORECASE)


class SandboxApp:
    """Dispatches by Host header; on a loopback host name by path."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry. Handlers run in a thread, so that a slow drawing does not hold up other connections."""
        request = Request(scope, receive)
        call = _call(scope, request, await request.body())
        if call.host in LOOPBACK_NAMES and is_control_path(call.path):
            told = await asyncio.to_thread(handle_control, self._world, call)
            await _respond(self._world, call, told, scope, receive, send)
            return
        with self._world.stats.under_way() as progress:
            reply = await asyncio.to_thread(answer, self._world, call)
            if self._world.latency:
                progress.delay = self._world.latency
                await asyncio.sleep(progress.delay)
        await _respond(self._world, call, reply, scope, receive, send)


async def _respond(
    world: World, call: Call, reply: Reply, scope: Scope, receive: Receive, send: Send
) -> None:
    response = Response(b"" if call.method == "HEAD" else reply.body, reply.status)
    for name, value in reply.headers.items():
        response.headers[name] = value
    if not reply.cut:
        await response(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body[: reply.sent], "more_body": True})
    if reply.cut == "reset":
        reset(scope)
    else:
        await silence(receive, lambda: world.stopping)


def _call(scope: Scope, request: Request, body: bytes) -> Call:
    target = scope.get("raw_path", b"").decode("ascii", "replace")
    authority = request.headers.get("host", "")
    if target.lower().startswith(("http://", "https://")):
        parts = urlsplit(target)
        authority, target = parts.netloc, parts.path or "/"
    host = authority.lower()
    host = host[: host.index("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return Call(
        method=request.method,
        host=host,
        path=re.sub(r"/{2,}", "/", target),
        query=scope.get("query_string", b"").decode("ascii", "replace"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        authority=authority,
        scheme=str(scope.get("scheme", "https")),
    )


def answer(world: World, call: Call) -> Reply:
    """One request, one reply; serialised, so that every handler sees a still world."""
    with world.lock:
        return logged(world, call, _dispatch)


def _dispatch(world: World, call: Call) -> Reply:
    fixed = {LOGIN_HOST: handle_login, GRAPH_HOST: handle_graph, EXCHANGE_HOST: handle_exchange}
    if call.host in fixed:
        return fixed[call.host](world, call)
    if call.host.endswith(f".{SUFFIX}"):
        return handle_sharepoint(world, call)
    if call.host in LOOPBACK_NAMES:
        if is_identity_path(call.path):
            return handle_identity(world, call)
        if _GRAPH_PATH.match(call.path):
            return handle_graph(world, call)
        if _SHAREPOINT_PATH.match(call.path):
            return handle_sharepoint(world, call)
        return handle_login(world, call)
    return text_reply(404, "The sandbox does not know this host name.")
