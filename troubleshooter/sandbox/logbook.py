"""Every request passes here, batched or not: injected faults first, then the service, then the log."""

from __future__ import annotations

from collections.abc import Callable

from troubleshooter.sandbox.access import claims_of
from troubleshooter.sandbox.wire import Call, Reply
from troubleshooter.sandbox.world import LOGIN_HOST, RequestRecord, World

ENVELOPE = "batch"
"""The kind of a batch request, which is no item: its parts are counted one by one."""


def logged(world: World, call: Call, handle: Callable[[World, Call], Reply]) -> Reply:
    """The reply of `handle`, unless a fault is injected for this request; written to the log."""
    world.kind = ""
    reply, injected = world.with_faults(call, lambda: handle(world, call))
    if injected:
        world.stats.injected += 1
    if world.kind == ENVELOPE:
        world.stats.batches += 1
    else:
        world.stats.answered(world.kind or ("injected" if injected else "other"), reply.status)
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
