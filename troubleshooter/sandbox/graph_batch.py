"""Graph's JSON batch. https://learn.microsoft.com/graph/json-batching"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from troubleshooter.sandbox.access import graph_error
from troubleshooter.sandbox.logbook import logged
from troubleshooter.sandbox.wire import Call, Reply
from troubleshooter.sandbox.world import World

LARGEST_BATCH = 20
_INHERITED = ("authorization", "client-request-id", "user-agent", "consistencylevel")


def handle_batch(world: World, call: Call, handle: Callable[[World, Call], Reply]) -> Reply:
    """POST /$batch: items are answered one by one and sent back in another order."""
    if call.method != "POST":
        return graph_error(call, 405, "MethodNotAllowed", "Batch requests are sent by POST.")
    try:
        items = json.loads(call.body)["requests"]
        problem = _problem(items)
    except (ValueError, KeyError, TypeError, AttributeError):
        problem = "Invalid batch payload format."
    if problem:
        return graph_error(call, 400, "BadRequest", problem)
    answered: dict[str, Reply] = {}
    for item in items:
        parents = item.get("dependsOn", [])
        if any(answered[parent].status >= 400 for parent in parents):
            failed = graph_error(call, 424, "FailedDependency", "A request this one depends on failed.")
            answered[item["id"]] = failed
            continue
        answered[item["id"]] = logged(world, _inner(call, item), handle)
    responses = [_response(name, reply) for name, reply in answered.items()]
    random.Random(len(world.log)).shuffle(responses)  # noqa: S311 - any order is allowed, so no order is promised
    body = b'{"responses":[' + b",".join(responses) + b"]}"
    return Reply(200, body, {"Content-Type": "application/json"})


def _problem(items: list[dict[str, Any]]) -> str:
    if len(items) > LARGEST_BATCH:
        return f"Number of batch request steps exceeds the maximum value of {LARGEST_BATCH}."
    names = [item["id"] for item in items]
    if len({str(name).lower() for name in names}) != len(names) or not all(isinstance(n, str) for n in names):
        return "Each request of a batch needs an id of its own, a text."
    for number, item in enumerate(items):
        if not isinstance(item["url"], str) or urlsplit(item["url"]).scheme:
            return "Request urls in a batch are relative."
        if item.get("body") is not None and not item.get("headers"):
            return f"Request {item['id']} has a body and no Content-Type header."
        if any(parent not in names[:number] for parent in item.get("dependsOn", [])):
            return f"Request {item['id']} depends on an unknown or later request."
    return ""


def _inner(call: Call, item: dict[str, Any]) -> Call:
    version = call.path.split("/")[1]
    path, _, query = item["url"].partition("?")
    headers = {name: call.headers[name] for name in _INHERITED if name in call.headers}
    headers.update({name.lower(): str(value) for name, value in (item.get("headers") or {}).items()})
    body = item.get("body")
    return Call(
        method=str(item.get("method", "GET")).upper(),
        host=call.host,
        path=f"/{version}/{path.lstrip('/')}",
        query=query,
        headers=headers,
        body=b"" if body is None else json.dumps(body).encode(),
        authority=call.authority,
        scheme=call.scheme,
        batched=True,
    )


_KEPT = ("Content-Type", "Retry-After", "ETag", "WWW-Authenticate")


def _response(name: str, reply: Reply) -> bytes:
    """One response as JSON; a JSON body goes in as it is, a broken one as a text, another one as base64."""
    headers = {key: value for key, value in reply.headers.items() if key in _KEPT}
    head = json.dumps({"id": name, "status": reply.status, "headers": headers}, ensure_ascii=False)
    if not headers.get("Content-Type", "").startswith("application/json"):
        body = json.dumps(base64.b64encode(reply.body).decode() if reply.body else None).encode()
    elif reply.status < 400 and reply.body.endswith(b"}"):
        body = reply.body
    else:
        body = _checked(reply.body)
    return head[:-1].encode() + b', "body": ' + body + b"}"


def _checked(body: bytes) -> bytes:
    try:
        json.loads(body)
    except ValueError:
        return json.dumps(body.decode("utf-8", "replace")).encode()
    return body
