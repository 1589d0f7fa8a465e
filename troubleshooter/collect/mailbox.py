"""The Exchange mailbox, from two small Graph probes: userPurpose and settings/exchange.

https://learn.microsoft.com/graph/api/user-get-mailboxsettings
https://learn.microsoft.com/graph/api/usersettings-list-exchange
"""

from __future__ import annotations

from troubleshooter.collect import details
from troubleshooter.collect.classify import Reading, gap, json_of, miss_all, note
from troubleshooter.collect.values import UNREADABLE, not_applicable, state
from troubleshooter.evidence.record import EvidenceBuilder, GapReason
from troubleshooter.evidence.schema import FACTS
from troubleshooter.transport.answer import Answer

PURPOSES = frozenset({"user", "linked", "shared", "room", "equipment", "others"})
ON_PREMISES_CODE = "mailboxnothostedinexchangeonline"
VANISHED_CODE = "request_resourcenotfound"
# Said of a missing mailbox and of one that is on premises alike.
_EITHER_CODE = "mailboxnotenabledforrestapi"
# Graph's words for an address it does not offer at all: no statement about the mailbox.
_NO_SUCH_CALL = frozenset({"", "badrequest", "request_badrequest", "notfound"})
# settings/exchange exists in the global cloud only; a custom cloud is asked.
_WITHOUT_EXCHANGE_SETTINGS = frozenset(
    {"graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}
)
_FACTS = ("mailbox.exists", "mailbox.location")
_NOT_OFFERED = gap(GapReason.NOT_AVAILABLE, details.NOT_OFFERED)


def offers_exchange_settings(graph_host: str) -> bool:
    """Whether this cloud answers settings/exchange at all."""
    return graph_host.lower() not in _WITHOUT_EXCHANGE_SETTINGS


def read_mailbox(builder: EvidenceBuilder, purpose: Answer, exchange: Answer | None) -> None:
    """State the facts of `mailbox`. `exchange` None: the cloud does not offer that call."""
    source = note(builder, purpose)
    reading = _purpose_reading(purpose)
    if purpose.status:
        builder.know("mailbox.status", purpose.status, source)
        builder.know("mailbox.error_code", purpose.error_code, source)
    else:
        miss_all(builder, ["mailbox.status", "mailbox.error_code"], reading, source)
    if reading.ok:
        _exists(builder, source)
        kind = str(reading.body.get("value", "")).lower()
        state(builder, "mailbox.purpose", kind if kind in PURPOSES else UNREADABLE, source)
    elif reading.absent:
        _absent(builder, purpose.error_code, source)
    else:
        miss_all(builder, ["mailbox.purpose"], reading, source)
    _read_exchange(builder, exchange, reading, source)
    miss_exchange_facts(builder)


def miss_exchange_facts(builder: EvidenceBuilder) -> None:
    """What Graph does not tell of a mailbox; `collect.exchange` may know it later."""
    for path in ("mailbox.photo_change_allowed", "mailbox.photo_role_assigned"):
        builder.miss(path, GapReason.NOT_COLLECTED, details.NEEDS_EXCHANGE_POWERSHELL)


def on_premises(builder: EvidenceBuilder, source: str) -> None:
    """State that the mailbox is on premises, unless a better witness has spoken."""
    if builder.known("mailbox.exists") is None:
        builder.know("mailbox.exists", False, source)
    if builder.known("mailbox.location") is None:
        builder.know("mailbox.location", "on_premises", source)


def _purpose_reading(answer: Answer) -> Reading:
    reading = json_of(answer)
    if reading.absent and answer.error_code.lower() == VANISHED_CODE:
        return gap(GapReason.UNREADABLE, details.ACCOUNT_VANISHED)
    if reading.ok and not isinstance(reading.body.get("value"), str):
        return gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
    return reading


def _read_exchange(
    builder: EvidenceBuilder, answer: Answer | None, purpose: Reading, purpose_source: str
) -> None:
    """The second witness, heard when the first could not say."""
    second, source = (
        (_NOT_OFFERED, "") if answer is None else (_exchange_reading(answer), note(builder, answer))
    )
    if purpose.ok or purpose.absent:
        return
    if second.ok:
        _exists(builder, source)
    elif answer is not None and second.absent:
        _absent(builder, answer.error_code, source)
    elif second.reason is GapReason.NOT_AVAILABLE or not second.lacks_permission:
        miss_all(builder, _FACTS, purpose, purpose_source, FACTS["mailbox.purpose"].permission)
    else:
        miss_all(builder, _FACTS, second, source)


def _exchange_reading(answer: Answer) -> Reading:
    """Its 404 says "no mailbox" only with a code that is not just "no such address"."""
    reading, code = json_of(answer), answer.error_code.lower()
    if reading.ok and "primaryMailboxId" not in reading.body:
        return gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
    if answer.status == 400 or (reading.absent and code in _NO_SUCH_CALL):
        return _NOT_OFFERED
    if reading.absent and code == VANISHED_CODE:
        return gap(GapReason.UNREADABLE, details.ACCOUNT_VANISHED)
    return reading


def _exists(builder: EvidenceBuilder, source: str) -> None:
    for path, value in (("mailbox.exists", True), ("mailbox.location", "cloud")):
        if builder.known(path) is None:
            builder.know(path, value, source)


def _absent(builder: EvidenceBuilder, code: str, source: str) -> None:
    """No mailbox in Exchange Online; the code may tell that it is on premises."""
    miss_all(builder, ["mailbox.purpose"], not_applicable(details.NO_MAILBOX_HERE), source)
    if builder.known("mailbox.exists") is None:
        builder.know("mailbox.exists", False, source)
    if code.lower() == ON_PREMISES_CODE:
        on_premises(builder, source)
    elif builder.known("mailbox.location") is None:
        either = code.lower() == _EITHER_CODE and builder.known("directory.on_premises_synced") is not False
        ambiguous = gap(GapReason.UNREADABLE, details.MAILBOX_ELSEWHERE_OR_NONE)
        state(builder, "mailbox.location", ambiguous if either else "none", source)
