"""Every request passes here, batched or not: injected faults first, then the service, then the log."""

from __future__ import annotations

from collections.abc import Callable

from troubleshooter.sandbox.access import claims_of
from troubleshooter.sandbox.wire import Call, Reply
from troubleshooter.sandbox.world import LOGIN_HOST, RequestRecord, World


def logged(world: World, call: Call, handle: Callable[[World, Call], Reply]) -> Reply:
    """The reply of `handle`, unless a fault is injected for this request; written to the log."""
    reply = world.path_fault(call) or handle(world, call)
    record = RequestRecord(
        call.method, call.host, call.path, call.query, reply.status, _client_id(call), call.batched
    )
    world.log.add(record)
    return reply


def _client_id(call: Call) -> str:
    claims = claims_of(call)
    if claims:
        return str(claims.get("appid", ""))
    return call.form().get("client_id", "") if call.method == "POST" and call.host == LOGIN_HOST else ""
