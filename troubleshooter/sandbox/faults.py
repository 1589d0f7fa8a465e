"""Injected trouble: which request it meets, wrong answers, and good answers that go wrong on their way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

from troubleshooter.sandbox.model import Fault, FaultAnswer, PathFault, SpoiltAnswer
from troubleshooter.sandbox.wire import Call, Reply, json_reply, text_reply

_BUSY_PAGE = (
    "<html><head><title>Service Unavailable</title></head><body><h2>Server Too Busy</h2></body></html>"
)
# What makes no sense for one part of a batch: it has no connection and no parts of its own.
_WHOLE_ONLY = ("reset", "stall", "items_missing")


@dataclass(slots=True)
class _State:
    fault: PathFault
    seen: int = 0
    used: int = 0
    previous: Reply | None = None


_NOTHING: tuple[_State | None, Fault | None] = (None, None)


@dataclass(slots=True)
class FaultBox:
    """How far each injected fault is used up. Not thread-safe: the world's lock protects it."""

    _states: dict[int, _State] = field(default_factory=dict)

    def answer(
        self, faults: Iterable[PathFault], call: Call, handle: Callable[[], Reply]
    ) -> tuple[Reply, bool]:
        """The reply to a request, and whether a fault had its hand in it."""
        target = f"{call.method} //{call.host}{call.path}" + (f"?{call.query}" if call.query else "")
        # A state holds its fault, which keeps the id unique.
        met = [
            self._states.setdefault(id(fault), _State(fault))
            for fault in faults
            if re.search(fault.pattern, target, re.IGNORECASE)
        ]
        for one in met:
            one.seen += 1
        due = ((one, _due(one, call)) for one in met)
        state, chosen = next(((one, answer) for one, answer in due if answer), _NOTHING)
        if state:
            state.used += 1
        if isinstance(chosen, FaultAnswer):
            return fault_reply(chosen), True
        good = handle()
        reply = good
        if state and chosen:
            reply = state.previous or good if chosen.how == "previous" else spoil(chosen, call, good)
        for one in met:
            if any(isinstance(a, SpoiltAnswer) and a.how == "previous" for a in one.fault.answers):
                one.previous = reply
        return reply, chosen is not None


def _due(state: _State, call: Call) -> Fault | None:
    """The fault's next answer, if this request is past `after` and the answers are not used up."""
    fault = state.fault
    if state.seen <= fault.after or not fault.answers:
        return None
    turn = state.used // max(1, fault.times)
    if turn >= len(fault.answers) and not fault.forever:
        return None
    answer = fault.answers[min(turn, len(fault.answers) - 1)]
    if call.batched and isinstance(answer, SpoiltAnswer) and answer.how in _WHOLE_ONLY:
        return None
    return answer


def spoil(fault: SpoiltAnswer, call: Call, good: Reply) -> Reply:
    """What becomes of a good reply; a body that is not of the kind the fault is about stays as it is."""
    if fault.how in ("reset", "stall"):
        return replace(
            good, cut="reset" if fault.how == "reset" else "stall", sent=_share(fault, len(good.body))
        )
    if fault.how == "truncated":
        return replace(good, body=good.body[: _share(fault, len(good.body))])
    if fault.how == "content_type":
        return good.with_headers(Content_Type=fault.content_type)
    if good.headers.get("Content-Type", "").startswith("multipart/"):
        return replace(good, body=_fewer_parts(fault, good.body)) if fault.how == "items_missing" else good
    try:
        body = json.loads(good.body)
    except ValueError:
        return good
    if not isinstance(body, dict):
        return good
    _CHANGES.get(fault.how, _unchanged)(fault, call, body)
    return replace(good, body=json.dumps(body, ensure_ascii=False).encode())


def _share(fault: SpoiltAnswer, whole: int) -> int:
    """How much of something stays: never all of it."""
    return min(whole - 1, int(whole * fault.share)) if whole else 0


def _unchanged(fault: SpoiltAnswer, call: Call, body: dict[str, Any]) -> None:
    del fault, call, body


def _fewer_items(fault: SpoiltAnswer, call: Call, body: dict[str, Any]) -> None:
    del call
    items = body.get("responses")
    if isinstance(items, list):
        body["responses"] = items[: _share(fault, len(items))]


def _fewer_parts(fault: SpoiltAnswer, body: bytes) -> bytes:
    boundary = body.partition(b"\r\n")[0]
    first, *parts = body.split(boundary)
    end = parts.pop()
    return boundary.join([first, *parts[: _share(fault, len(parts))], end])


def _link(fault: SpoiltAnswer, call: Call, body: dict[str, Any]) -> None:
    kept = call.query.split("&")
    if fault.how == "next_link_first":
        kept = [part for part in kept if "skiptoken" not in part.lower()]
    link = f"{call.base}{call.path}?{'&'.join(kept)}"
    if "d" in body:
        body["d"]["__next"] = link
    else:
        body["@odata.nextLink" if "/_api/" not in call.path else "odata.nextLink"] = link


def _rows_twice(fault: SpoiltAnswer, call: Call, body: dict[str, Any]) -> None:
    del call
    result = body.get("d", body)
    result = result.get("query", result.get("postquery", result))
    if "PrimaryQueryResult" in result:
        relevant = result["PrimaryQueryResult"]["RelevantResults"]
        rows = relevant["Table"]["Rows"]
        rows = rows if isinstance(rows, list) else rows["results"]
        rows[:0] = rows[: _share(fault, len(rows))]
        relevant["RowCount"] = len(rows)
        return
    rows = result.get("value", result.get("results"))
    if isinstance(rows, list):
        rows[:0] = rows[: _share(fault, len(rows))]


_CHANGES = {
    "items_missing": _fewer_items,
    "next_link_self": _link,
    "next_link_first": _link,
    "rows_twice": _rows_twice,
}


def fault_reply(answer: FaultAnswer) -> Reply:
    """The bytes of a wrong answer."""
    headers = {**answer.headers}
    if answer.retry_after is not None and answer.retry_style != "missing":
        headers["Retry-After"] = _retry_after(answer)
    if answer.body == "html":
        reply = text_reply(answer.status, answer.message or _BUSY_PAGE, "text/html; charset=utf-8")
    elif answer.body == "text":
        reply = text_reply(answer.status, answer.message or "The request was refused.")
    elif answer.body == "empty":
        reply = Reply(answer.status)
    elif answer.body == "odata":
        message = {"lang": "en-US", "value": answer.message}
        kind = "application/json;odata=nometadata;streaming=true;charset=utf-8"
        reply = json_reply(answer.status, {"odata.error": {"code": answer.code, "message": message}}, kind)
    else:
        error = {"code": answer.code, "message": answer.message, "innerError": inner_error("")}
        reply = json_reply(answer.status, {"error": error})
        if answer.body == "truncated":
            reply = Reply(answer.status, reply.body[:-25], reply.headers)
    return Reply(reply.status, reply.body, {**reply.headers, **headers})


def _retry_after(answer: FaultAnswer) -> str:
    seconds = answer.retry_after or 0.0
    if answer.retry_style == "date":
        return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    return f"{seconds:.3f}" if answer.retry_style == "fraction" else str(round(seconds))


def inner_error(client_request_id: str) -> dict[str, str]:
    """The `innerError` of a Graph error."""
    request_id = str(uuid4())
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": client_request_id or request_id,
    }
