"""One answer becomes "read", "not there" or a gap: by status first, by code second, by message never.

Microsoft adds and renames error codes without notice, and messages are translated; the status is the part
that holds. https://learn.microsoft.com/graph/errors
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from troubleshooter.collect import details
from troubleshooter.evidence.record import EvidenceBuilder, GapReason
from troubleshooter.evidence.schema import FACTS
from troubleshooter.transport import sharepoint as sharepoint_wire
from troubleshooter.transport.answer import Answer, UnreadableAnswer

# 404 is Graph's "not there", except with this code, which comes with 500 and 503 as well.
_INDETERMINATE = frozenset({"unknownerror"})
# A tenant without Exchange Online answers mailbox and photo calls like this.
_NO_WORKLOAD = frozenset({"authenticationerror"})
# The transport's words for why nothing came.
_FAILURES = {
    "dns": details.HOST_UNKNOWN,
    "refused": details.CONNECTION_REFUSED,
    "tls": details.NOT_TRUSTED,
    "timeout": details.TIMED_OUT,
    "proxy": details.PROXY_REFUSED,
    "proxy_sign_in": details.PROXY_SIGN_IN,
    "too_large": details.ANSWER_TOO_LARGE,
    "redirect_refused": details.WRONG_REDIRECT,
    "host_refused": details.FOREIGN_ADDRESS,
}
_SECRET_PARAMETERS = frozenset(
    {"access_token", "client_secret", "code", "guestaccesstoken", "sig", "tempauth", "token", "p4"}
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer lets us say. Exactly one of these holds: `ok`, `absent`, or a gap with its `reason`."""

    body: Any = None
    absent: bool = False
    reason: GapReason | None = None
    detail: str = ""
    lacks_permission: bool = False

    @property
    def ok(self) -> bool:
        """The answer was read."""
        return self.reason is None and not self.absent


def gap(reason: GapReason, detail: str) -> Reading:
    """A reading that found nothing out."""
    return Reading(reason=reason, detail=detail)


def status_of(answer: Answer) -> Reading:
    """Read the status, with the code where the status leaves a doubt. The body is not looked at."""
    status, code = answer.status, answer.error_code.lower()
    if answer.ok:
        return Reading()
    if status == 0:
        return gap(GapReason.SERVICE_ERROR, _FAILURES.get(answer.failure, details.NO_ANSWER))
    if status in (400, 401) and code in _NO_WORKLOAD:
        return gap(GapReason.NOT_AVAILABLE, details.NO_WORKLOAD)
    if status in (401, 403):
        return Reading(reason=GapReason.DENIED, detail=details.REFUSED, lacks_permission=True)
    if status in (404, 410):
        if code in _INDETERMINATE:
            return gap(GapReason.SERVICE_ERROR, details.INDETERMINATE)
        return Reading(absent=True)
    if status == 423:
        return gap(GapReason.DENIED, details.LOCKED)
    if status in (429, 509):
        return gap(GapReason.THROTTLED, details.KEPT_THROTTLING)
    if status in (405, 501):
        return gap(GapReason.NOT_AVAILABLE, details.NOT_OFFERED)
    if status >= 500 or status in (408, 424):
        return gap(GapReason.SERVICE_ERROR, details.SERVICE_FAILED)
    if 300 <= status < 400:
        return gap(GapReason.UNREADABLE, details.REDIRECTED)
    return gap(GapReason.UNREADABLE, details.REQUEST_NOT_UNDERSTOOD)


def json_of(answer: Answer) -> Reading:
    """Read an answer whose body is a JSON object; HTML, truncation and other shapes are `unreadable`."""
    reading = status_of(answer)
    if not reading.ok:
        return reading
    try:
        body = answer.json()
    except UnreadableAnswer:
        return gap(GapReason.UNREADABLE, details.NOT_JSON)
    if not isinstance(body, dict):
        return gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
    return Reading(body=body)


def sharepoint_json_of(answer: Answer) -> Reading:
    """Read a SharePoint answer in any of its JSON modes; the wrappers of verbose mode are taken off."""
    reading = status_of(answer)
    if not reading.ok:
        return reading
    try:
        return Reading(body=sharepoint_wire.json_of(answer))
    except UnreadableAnswer:
        return gap(GapReason.UNREADABLE, details.NOT_JSON)


def note(builder: EvidenceBuilder, answer: Answer) -> str:
    """Record the request in the evidence; returns the source id."""
    return builder.add_source(
        method=answer.method,
        url=without_secrets(answer.url),
        at=answer.at,
        status=answer.status,
        request_id=answer.request_id,
        error_code=answer.error_code or answer.failure,
        attempts=answer.attempts,
        milliseconds=answer.milliseconds,
    )


def miss_all(
    builder: EvidenceBuilder, paths: Iterable[str], reading: Reading, source: str = "", permission: str = ""
) -> None:
    """State one reason for several facts. A refusal names `permission`, or each fact's own."""
    reason = GapReason.UNREADABLE if reading.reason is None else reading.reason
    detail = reading.detail or (details.NOT_FOUND if reading.absent else "")
    for path in paths:
        needed = (permission or FACTS[path].permission) if reading.lacks_permission else ""
        builder.miss(path, reason, detail, permission=needed, source=source)


def inherit(builder: EvidenceBuilder, paths: Iterable[str], cause: str, detail: str) -> None:
    """Miss facts because the fact `cause` is missing: what would make that one known helps here too."""
    why = builder.gap(cause)
    for path in paths:
        if why is None:
            builder.miss(path, GapReason.NOT_COLLECTED, detail)
        else:
            builder.miss(path, why.reason, detail, permission=why.permission, source=why.source)


def without_secrets(url: str) -> str:
    """The address without user info, fragment and the query values that work like passwords."""
    low = url.lower()
    if (
        "@" not in url.partition("?")[0]
        and "#" not in url
        and not any(name in low for name in _SECRET_PARAMETERS)
    ):
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = parts.query
    pairs = parse_qsl(query, keep_blank_values=True)
    if any(name.lower() in _SECRET_PARAMETERS for name, _ in pairs):
        kept = [(name, "..." if name.lower() in _SECRET_PARAMETERS else value) for name, value in pairs]
        query = urlencode(kept)
    return urlunsplit((parts.scheme, host, parts.path, query, ""))
