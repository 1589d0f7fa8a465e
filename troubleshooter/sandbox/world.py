"""What a running sandbox remembers: the tenant, sign-ins under way, quotas used, faults used up, the log."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from troubleshooter.sandbox.casting import SUFFIX
from troubleshooter.sandbox.directory import Directory
from troubleshooter.sandbox.faults import FaultBox, fault_reply
from troubleshooter.sandbox.model import Account, Endpoint, FaultAnswer, Quota, TenantState
from troubleshooter.sandbox.quotas import BucketName, Meter, Spending
from troubleshooter.sandbox.stats import Stats
from troubleshooter.sandbox.wire import Call, Reply

LOGIN_HOST = "login.sandbox.example"
GRAPH_HOST = "graph.sandbox.example"
EXCHANGE_HOST = "exchange.sandbox.example"


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
class DeviceFlow:
    """A device sign-in under way."""

    client_id: str
    scope: str
    user_code: str
    polls_left: int
    decision: str = ""
    person: str = ""


@dataclass(slots=True)
class CodeFlow:
    """An authorization code not yet redeemed."""

    client_id: str
    scope: str
    redirect_uri: str
    nonce: str
    challenge: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """Whose sign-in a refresh token stands for."""

    client_id: str
    scope: str
    person: str


@dataclass(slots=True)
class World:
    """The mutable part. One lock serialises all requests, so handlers need none."""

    tenant: TenantState
    log: RequestLog = field(default_factory=RequestLog)
    lock: threading.RLock = field(default_factory=threading.RLock)
    devices: dict[str, DeviceFlow] = field(default_factory=dict)
    codes: dict[str, CodeFlow] = field(default_factory=dict)
    refresh_tokens: dict[str, Session] = field(default_factory=dict)
    latency: float = 0.0
    stopping: bool = False
    revoked_at: int = 0
    expired_up_to: int = 0
    stats: Stats = field(default_factory=Stats)
    meter: Meter = field(default_factory=Meter)
    kind: str = ""
    """What the request in hand is counted as; the service that finds its route writes it here."""
    _serial: int = 0
    _uses: dict[int, int] = field(default_factory=dict)
    _faults_used: dict[str, int] = field(default_factory=dict)
    _fault_box: FaultBox = field(default_factory=FaultBox)
    _directory: Directory | None = None

    def next_serial(self) -> int:
        """A number for a new token."""
        self._serial += 1
        return self._serial

    def expire_tokens(self) -> None:
        """Every token made so far is out of date from now on."""
        self.expired_up_to = self._serial

    def worn_out(self, serial: int, *, use: bool) -> bool:
        """Whether a token is out of date before its time; `use` counts one request against it."""
        if use and self.tenant.token_uses:
            self._uses[serial] = self._uses.get(serial, 0) + 1
        too_often = self.tenant.token_uses and self._uses.get(serial, 0) > self.tenant.token_uses
        return bool(too_often) or serial <= self.expired_up_to

    def account(self, name: str) -> Account | None:
        """An account by object id or sign-in name, in any case; None when the tenant has none."""
        return self.directory.by_name.get(name.lower())

    @property
    def directory(self) -> Directory:
        """Indexes over the people served now."""
        accounts, home = self.tenant.accounts, self.sharepoint_host("-my")
        if (
            self._directory is None
            or self._directory.accounts is not accounts
            or self._directory.home != home
        ):
            self._directory = Directory(accounts, home)
        return self._directory

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

    def with_faults(self, call: Call, handle: Callable[[], Reply]) -> tuple[Reply, bool]:
        """The reply to a request, and whether an injected fault had its hand in it."""
        if not self.tenant.faults:
            return handle(), False
        return self._fault_box.answer(self.tenant.faults, call, handle)

    def spend(self, name: BucketName, quota: Quota | None, units: float, owner: str = "") -> Spending:
        """Take units from a bucket."""
        return self.meter.spend(name, quota, units, owner)


def throttled(quota: Quota | None, spending: Spending) -> Reply:
    """The answer to a call that a bucket refused."""
    told, html = spending.wait, False
    if quota:
        told = math.ceil(spending.wait) if quota.retry_after is None else quota.retry_after
        html = quota.html_503
    answer = FaultAnswer(
        503 if html else 429,
        "html" if html else "json",
        told,
        quota.retry_style if quota else "seconds",
        "TooManyRequests",
        "" if html else "Too many requests",
    )
    return fault_reply(answer)
