"""Answers of Graph, SharePoint and Exchange: each fact is known with a value of its kind, or it is a gap.

An answer that says nothing (an error of the service, no JSON) makes nothing known.
"""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tests.collect.answers import ACCOUNT, AT, MEGAN, picture, with_account
from tests.collect.test_sharepoint import HOSTS, PICTURE, entity, verbose
from tests.fuzz.counts import fuzzed
from tests.fuzz.hostile import KINDS, STATUSES, TEXTS, damaged, encoded, shaken
from troubleshooter.collect.classify import Reading, json_of, note
from troubleshooter.collect.directory import has_licence, read_user
from troubleshooter.collect.exchange_live import LiveExchange
from troubleshooter.collect.library import Look, StoredFile, Wanted, byte_count
from troubleshooter.collect.mailbox import read_mailbox
from troubleshooter.collect.photo import PhotoAnswers, read_photo
from troubleshooter.collect.policy import read_policy
from troubleshooter.collect.search import Sought, more_are_said_to_follow, read_search, result_from, rows_of
from troubleshooter.collect.sharepoint import decode_timestamp, read_profile
from troubleshooter.collect.tenant import Tenant, read_tenant
from troubleshooter.collect.thumbnails import read_served, read_thumbnails
from troubleshooter.collect.values import parse_time
from troubleshooter.evidence.codec import dump, load
from troubleshooter.evidence.record import Evidence, EvidenceBuilder
from troubleshooter.evidence.schema import FACTS
from troubleshooter.transport.answer import Answer

assert HOSTS is not None
METADATA = {
    "@odata.mediaContentType": "image/jpeg",
    "@odata.mediaEtag": '"E1"',
    "id": "648x648",
    "width": 648,
    "height": 648,
}
PLANS = [
    {
        "service": "exchange",
        "servicePlanId": "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
        "capabilityStatus": "Enabled",
        "assignedDateTime": "2025-01-01T00:00:00Z",
        "provisioningStatus": "Success",
    },
]
USER = {**ACCOUNT, "assignedPlans": PLANS, "provisionedPlans": PLANS}
ERROR = {"error": {"code": "ErrorItemNotFound", "message": "x", "innerError": {"request-id": "1"}}}
MINIMAL = {
    "odata.metadata": "https://x/$metadata#x",
    "odata.type": "SP.UserProfiles.PersonProperties",
    **entity(),
}
PROFILES = [
    entity(),
    verbose(entity()),
    MINIMAL,
    {"d": {"GetPropertiesFor": entity()}},
    {"odata.null": True},
    {"d": {"GetPropertiesFor": None}},
    {"value": entity()},
    ERROR,
    {"odata.error": {"code": "-1, UserNotFound"}},
]
CELLS = [
    {"Key": "AADObjectID", "Value": MEGAN},
    {"Key": "PictureURL", "Value": PICTURE},
    {"Key": "DocId", "Value": "17"},
    {"Key": "AccountName", "Value": "i:0#.f|membership|megan@contoso.com"},
]
FOUND = {
    "PrimaryQueryResult": {
        "RelevantResults": {"RowCount": 1, "TotalRows": 1, "Table": {"Rows": [{"Cells": CELLS}]}}
    }
}
FOUND_VERBOSE = {
    "d": {
        "query": {
            "PrimaryQueryResult": {
                "RelevantResults": {
                    "RowCount": 1,
                    "TotalRows": 1,
                    "Table": {"Rows": {"results": [{"Cells": {"results": CELLS}}]}},
                }
            }
        }
    }
}


def _bodies(*seeds: Any) -> st.SearchStrategy[bytes]:
    return st.one_of(shaken(list(seeds)).map(encoded), damaged([encoded(seed) for seed in seeds]))


def _answers(*seeds: Any) -> st.SearchStrategy[Answer]:
    headers = st.dictionaries(
        st.sampled_from(["request-id", "sprequestguid", "last-modified", "retry-after", "www-authenticate"]),
        TEXTS.map(lambda text: text.encode("latin-1", "replace").decode("latin-1")),
        max_size=2,
    )
    return st.builds(
        lambda status, kind, extra, body: Answer(
            "GET",
            "https://graph.microsoft.com/v1.0/x",
            status,
            {"content-type": kind, **extra},
            body,
            AT,
            failure="" if status else "timeout",
        ),
        STATUSES,
        KINDS,
        headers,
        _bodies(*seeds),
    )


JPEG, PNG = picture(), picture(kind="PNG")
PICTURES = st.builds(
    lambda status, kind, body: Answer(
        "GET", "https://x/photo/$value", status, {"content-type": kind}, body, AT
    ),
    STATUSES,
    KINDS,
    damaged([JPEG, PNG, b"<html>", b"GIF89a\x01\x00\x01\x00"]),
)


def closed(builder: EvidenceBuilder, *silent: Answer) -> Evidence:
    """Every fact is a value of its kind or a gap; evidence of it can be written and read again.

    Where none of these answers says anything, nothing but their status and code is known.
    """
    evidence = builder.build()
    missing = {gap.fact for gap in evidence.gaps}
    for path, value in evidence.values():
        assert (value is None) is (path in missing), path
    data = json.loads(json.dumps(dump(evidence)))
    assert load(data) == evidence, "what was written is not what was read"
    if silent and all(answer.status in (0, 429, 500, 503) for answer in silent):
        known = {path for path, value in evidence.values() if value is not None}
        told = {path for path in known if path.endswith((".status", ".error_code", "_status"))}
        given = {path for path, value in _account().values() if value is not None}
        absent = any("usernotfound" in answer.error_code.lower() for answer in silent)
        assert absent or known - told <= given, known - told - given
    return evidence


def _account() -> Evidence:
    return with_account().build()


@fuzzed("Graph: user", _bodies(USER, ERROR, {"value": [USER]}))
def test_a_user(body: bytes) -> None:
    builder = EvidenceBuilder()
    reading = json_of(Answer("GET", "https://x/", 200, {"content-type": "application/json"}, body, AT))
    assert reading.ok or reading.reason
    if reading.ok:
        has_licence(reading.body)
        read_user(builder, reading.body, "")
    closed(builder)


@fuzzed(
    "Graph: photo, sizes and bytes",
    _answers(METADATA, ERROR),
    _answers({"value": [METADATA] * 3}, ERROR),
    PICTURES,
)
def test_a_photo(metadata: Answer, sizes: Answer, content: Answer) -> None:
    builder = with_account()
    read_photo(builder, PhotoAnswers(metadata, sizes, content))
    closed(builder, metadata, sizes, content)


@fuzzed(
    "Graph: mailbox", _answers({"value": "shared"}, ERROR), _answers({"primaryMailboxId": "MBX:1"}, ERROR)
)
def test_a_mailbox(purpose: Answer, exchange: Answer) -> None:
    builder = with_account()
    read_mailbox(builder, purpose, exchange)
    closed(builder, purpose, exchange)


@fuzzed(
    "Graph: policy",
    _answers({"source": "cloud", "allowedRoles": ["62e90394-69f5-4237-9190-012177145e10"]}, ERROR),
)
def test_the_policy(answer: Answer) -> None:
    builder = with_account()
    read_policy(builder, answer)
    closed(builder, answer)


ORGANISATION = {"value": [{"id": MEGAN, "displayName": "Contoso", "verifiedDomains": []}]}


@fuzzed("Graph: organisation", _answers(ORGANISATION, ERROR))
def test_the_organisation(answer: Answer) -> None:
    builder = with_account()
    read_tenant(builder, Tenant(answer, HOSTS))
    evidence = builder.build()
    assert load(json.loads(json.dumps(dump(evidence)))) == evidence


@fuzzed("SharePoint: profile, three modes and SPS values", _answers(*PROFILES), share=2)
def test_a_profile(answer: Answer) -> None:
    builder = with_account()
    read_profile(builder, answer, HOSTS, AT, "megan@contoso.com")
    closed(builder, answer)


NUMBERS = st.integers(-(10**12), 10**12).map(str)


@fuzzed("SPS-PictureTimestamp", st.one_of(TEXTS, NUMBERS, st.from_regex(r"\A\d{10,12}\Z")), share=3)
def test_a_timestamp(raw: str) -> None:
    state, when = decode_timestamp(raw, AT)
    assert state in ("empty", "unreadable", "set", "script_constant")
    assert (when is None) is (state in ("empty", "unreadable"))
    assert when is None or (when.tzinfo is UTC and when.year >= 1)


@fuzzed(
    "times of services", st.one_of(TEXTS, st.datetimes().map(lambda one: one.isoformat()), st.none()), share=2
)
def test_a_time(text: Any) -> None:
    when = parse_time(text)
    assert when is None or isinstance(when, datetime)
    byte_count(text)


@fuzzed("SharePoint: people search", _answers(FOUND, FOUND_VERBOSE, {"query": FOUND}, ERROR))
def test_a_search(answer: Answer) -> None:
    builder = with_account()
    more_are_said_to_follow(answer)
    rows = rows_of(answer)
    if isinstance(rows, Reading):
        assert rows.reason
    else:
        read_search(builder, result_from(answer, rows, Sought(MEGAN, "megan@contoso.com")), HOSTS.my)
    closed(builder)


FILES = st.builds(
    StoredFile,
    TEXTS,
    st.integers(-1, 10**15),
    st.one_of(st.none(), st.just(AT)),
)


@fuzzed("SharePoint: thumbnails", st.lists(FILES, max_size=3), _answers(ERROR), PICTURES)
def test_thumbnails(files: list[StoredFile], listing: Answer, download: Answer) -> None:
    builder = with_account()
    look = Look(Wanted(HOSTS.my, (MEGAN,)), "/User Photos/x", tuple(files), Reading(), (listing,))
    read_thumbnails(builder, look, Answer(**{**_fields(download), "headers": listing.headers}))
    read_served(builder, download, listing)
    closed(builder)


def _fields(answer: Answer) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in Answer.__slots__}


class _Cmdlets:
    def __init__(self, *answers: Answer) -> None:
        self._answers = itertools.cycle(answers)

    def read(self, cmdlet: str, parameters: Any = None) -> Answer:
        return next(self._answers)


CAS = {"value": [{"OwaMailboxPolicy": "Managers", "ExternalDirectoryObjectId": MEGAN}]}
POLICY = {"value": [{"Identity": "Managers", "IsDefault": True, "SetPhotoEnabled": False}]}


@fuzzed("Exchange: InvokeCommand", _answers(POLICY, ERROR), _answers(CAS, ERROR))
def test_exchange(policies: Answer, mailbox: Answer) -> None:
    evidence = LiveExchange(_Cmdlets(policies, mailbox)).told(_account())
    assert load(json.loads(json.dumps(dump(evidence)))) == evidence
    allowed = evidence.value("mailbox.photo_change_allowed")
    assert allowed is None or (policies.ok and mailbox.ok)


@fuzzed("sources of evidence", _answers(ERROR), TEXTS)
def test_a_source(answer: Answer, url: str) -> None:
    builder = EvidenceBuilder()
    note(builder, Answer(**{**_fields(answer), "url": url}))
    (source,) = builder.build().sources
    assert isinstance(source.url, str)
    assert isinstance(source.error_code, str)


def test_every_group_of_facts_that_is_read_from_a_service_is_here() -> None:
    assert {info.group for info in FACTS.values()} - {"ticket", "comparison", "run", "person"} == {
        "directory",
        "mailbox",
        "photo",
        "sharepoint",
        "policy",
    }
