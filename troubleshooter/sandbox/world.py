"""What a running sandbox remembers: the tenant, sign-ins under way, quotas used, faults used up, the log."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

from troubleshooter.sandbox.casting import SUFFIX
from troubleshooter.sandbox.model import Account, Endpoint, FaultAnswer, PathFault, Quota, TenantState
from troubleshooter.sandbox.wire import Call, Reply, json_reply, text_reply

LOGIN_HOST = "login.sandbox.example"
GRAPH_HOST = "graph.sandbox.example"
EXCHANGE_HOST = "exchange.sandbox.example"

_BUSY_PAGE = (
    "<html><head><title>Service Unavailable</title></head><body><h2>Server Too Busy</h2></body></html>"
)


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request as the sandbox saw it; `client_id` is the app in its token or form, '' when unknown."""

    method: str
    host: str
    path: str
    query: str
    status: int
    client_id: str
    batched: bool = False


class RequestLog:
    """The latest requests in order of arrival, at most 200,000; safe to read while the sandbox serves."""

    def __init__(self) -> None:
        self._records: deque[RequestRecord] = deque(maxlen=200_000)
        self._lock = threading.Lock()

    def add(self, record: RequestRecord) -> None:
        """Append one request."""
        with self._lock:
            self._records.append(record)

    def clear(self) -> None:
        """Forget everything so far."""
        with self._lock:
            self._records.clear()

    def __iter__(self) -> Iterator[RequestRecord]:
        with self._lock:
            return iter(tuple(self._records))

    def __len__(self) -> int:
        with self._lock:
            return len(self._records)


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


@dataclass(slots=True)
class DeviceFlow:
    """A device sign-in under way."""

    client_id: str
    scope: str
    user_code: str
    polls_left: int
    decision: str = ""


@dataclass(slots=True)
class CodeFlow:
    """An authorization code not yet redeemed."""

    client_id: str
    scope: str
    redirect_uri: str
    nonce: str
    challenge: str


@dataclass(slots=True)
class World:
    """The mutable part. One lock serialises all requests, so handlers need none."""

    tenant: TenantState
    clock: Callable[[], float] = time.monotonic
    log: RequestLog = field(default_factory=RequestLog)
    lock: threading.RLock = field(default_factory=threading.RLock)
    devices: dict[str, DeviceFlow] = field(default_factory=dict)
    codes: dict[str, CodeFlow] = field(default_factory=dict)
    refresh_tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    revoked_at: int = 0
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _faults_used: dict[str, int] = field(default_factory=dict)
    _path_faults: dict[int, tuple[PathFault, int]] = field(default_factory=dict)
    _by_name: dict[str, Account] = field(default_factory=dict)
    _indexed: TenantState | None = None

    def account(self, name: str) -> Account | None:
        """An account by object id or sign-in name, in any case; None when the tenant has none."""
        if self._indexed is not self.tenant:
            self._by_name = {a.upn.lower(): a for a in self.tenant.accounts}
            self._by_name.update({a.id.lower(): a for a in self.tenant.accounts})
            self._indexed = self.tenant
        return self._by_name.get(name.lower())

    def sharepoint_host(self, kind: str = "") -> str:
        """The root host, or with `-my` or `-admin` the other two."""
        return f"{self.tenant.sharepoint_name}{kind}.{SUFFIX}"

    def account_fault(self, account: Account, endpoint: Endpoint) -> Reply | None:
        """The wrong answer this account's endpoint must give now, if any."""
        for number, fault in enumerate(account.faults):
            if fault.endpoint != endpoint:
                continue
            key = f"account {account.id} {number}"
            used = self._faults_used.get(key, 0)
            if fault.times and used >= fault.times:
                continue
            self._faults_used[key] = used + 1
            return fault_reply(fault.answer)
        return None

    def path_fault(self, call: Call) -> Reply | None:
        """The wrong answer injected for this request, if any."""
        target = f"{call.method} //{call.host}{call.path}" + (f"?{call.query}" if call.query else "")
        for fault in self.tenant.faults:
            reply = self._next_answer(fault, target)
            if reply:
                return reply
        return None

    def _next_answer(self, fault: PathFault, target: str) -> Reply | None:
        if not re.search(fault.pattern, target, re.IGNORECASE):
            return None
        _, used = self._path_faults.get(id(fault), (fault, 0))
        if used >= len(fault.answers) and not fault.forever:
            return None
        self._path_faults[id(fault)] = (fault, used + 1)  # holding the fault keeps its id unique
        return fault_reply(fault.answers[min(used, len(fault.answers) - 1)])

    def spend(self, name: str, quota: Quota | None, units: float) -> tuple[Reply | None, dict[str, str]]:
        """Take units from a bucket: a refusal when it is empty, and the headers that tell what is left.

        Refused calls count too. https://learn.microsoft.com/sharepoint/dev/general-development/
        how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
        """
        if quota is None:
            return None, {}
        now = self.clock()
        bucket = self._buckets.setdefault(name, _Bucket(quota.limit, now))
        bucket.level = min(quota.limit, bucket.level + (now - bucket.at) * quota.limit / quota.window)
        bucket.at = now
        short = bucket.level < units
        bucket.level = max(-quota.limit, bucket.level - units)
        left = max(0, int(bucket.level))
        headers = {}
        if bucket.level < quota.limit * 0.2:
            headers = {
                "RateLimit-Limit": str(int(quota.limit)),
                "RateLimit-Remaining": str(left),
                "RateLimit-Reset": str(max(1, round(quota.window))),
            }
        if not short:
            return None, headers
        status, body = (503, "html") if quota.html_503 else (429, "json")
        answer = FaultAnswer(
            status,
            "html" if body == "html" else "json",
            quota.retry_after,
            quota.retry_style,
            "TooManyRequests",
            "Too many requests",
        )
        return fault_reply(answer), headers


def fault_reply(answer: FaultAnswer) -> Reply:
    """The bytes of a wrong answer."""
    headers = {**answer.headers}
    if answer.retry_after is not None and answer.retry_style != "missing":
        headers["Retry-After"] = _retry_after(answer)
    if answer.body == "html":
        reply = text_reply(answer.status, _BUSY_PAGE, "text/html; charset=utf-8")
    elif answer.body == "text":
        reply = text_reply(answer.status, answer.message or "The request was refused.")
    elif answer.body == "empty":
        reply = Reply(answer.status)
    else:
        message = {"error": {"code": answer.code, "message": answer.message, "innerError": inner_error("")}}
        reply = json_reply(answer.status, message)
        if answer.body == "truncated":
            reply = Reply(answer.status, json.dumps(message).encode()[:-25], reply.headers)
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
