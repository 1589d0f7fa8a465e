"""What the sandbox tells about itself, on its loopback names only and without a token."""

from __future__ import annotations

import re
from typing import Any

from troubleshooter.sandbox.wire import Call, Reply, json_reply, text_reply
from troubleshooter.sandbox.world import World

STATS_PATH = "/_sandbox/stats"
RESET_PATH = "/_sandbox/reset"
_PATH = re.compile(r"/_sandbox(?:/|$)")


def is_control_path(path: str) -> bool:
    """Whether a path on loopback is the sandbox's own; such requests are not counted and not delayed."""
    return _PATH.match(path) is not None


def handle_control(world: World, call: Call) -> Reply:
    """GET /_sandbox/stats and POST /_sandbox/reset; both answer the counters, the latter zeroes them then."""
    if (call.method, call.path) not in (("GET", STATS_PATH), ("POST", RESET_PATH)):
        return text_reply(404, "Not found")
    with world.lock:
        told = report(world)
        if call.method == "POST":
            world.stats.forget()
            world.meter.forget()
            world.log.clear()
    return json_reply(200, told)


def report(world: World) -> dict[str, Any]:
    """All counters as JSON; the caller holds the world's lock."""
    return {
        "people": len(world.tenant.accounts),
        "latency": world.latency,
        **world.stats.report(),
        "quotas": world.meter.report(),
    }
