"""Two probes for one mailbox."""

from __future__ import annotations

import pytest

from tests.collect.answers import answer, html, reason, refused, with_account
from troubleshooter.collect.mailbox import offers_exchange_settings, read_mailbox
from troubleshooter.evidence.record import Evidence
from troubleshooter.transport.answer import Answer

THERE = answer(200, {"primaryMailboxId": "MBX:1@2"})


def read(purpose: Answer, exchange: Answer | None, **account: object) -> Evidence:
    builder = with_account(**account)
    read_mailbox(builder, purpose, exchange)
    return builder.build()


def test_a_purpose_means_a_mailbox_in_the_cloud() -> None:
    mailbox = read(answer(200, {"value": "shared"}), refused(403)).mailbox
    assert (mailbox.exists, mailbox.location, mailbox.purpose, mailbox.status) == (
        True,
        "cloud",
        "shared",
        200,
    )


def test_a_purpose_of_the_future_is_unreadable_but_the_mailbox_is_there() -> None:
    evidence = read(answer(200, {"value": "unknownFutureValue"}), None)
    assert evidence.mailbox.exists is True
    assert reason(evidence, "mailbox.purpose") == "unreadable"


@pytest.mark.parametrize(
    "code",
    [
        "MailboxNotEnabledForRESTAPI",
        "ErrorNonExistentMailbox",
        "ResourceNotFound",
        "ErrorItemNotFound",
        "NewCode",
    ],
)
def test_a_404_means_no_mailbox(code: str) -> None:
    evidence = read(refused(404, code), refused(404, code))
    assert (evidence.mailbox.exists, evidence.mailbox.location) == (False, "none")
    assert evidence.mailbox.error_code == code
    assert reason(evidence, "mailbox.purpose") == "not_applicable"


def test_one_code_says_that_the_mailbox_is_on_premises() -> None:
    mailbox = read(refused(404, "MailboxNotHostedInExchangeOnline"), None).mailbox
    assert (mailbox.exists, mailbox.location) == (False, "on_premises")


def test_no_rest_mailbox_of_a_synchronised_account_may_be_on_premises() -> None:
    evidence = read(refused(404, "MailboxNotEnabledForRESTAPI"), None, onPremisesSyncEnabled=True)
    assert evidence.mailbox.exists is False
    assert reason(evidence, "mailbox.location") == "unreadable"


def test_the_second_probe_speaks_when_the_first_is_denied() -> None:
    evidence = read(refused(403, "ErrorAccessDenied"), THERE)
    assert (evidence.mailbox.exists, evidence.mailbox.location) == (True, "cloud")
    assert (evidence.mailbox.status, evidence.mailbox.error_code) == (403, "ErrorAccessDenied")
    gap = evidence.gap("mailbox.purpose")
    assert gap is not None
    assert gap.permission == "Microsoft Graph MailboxSettings.Read"


@pytest.mark.parametrize("exchange", [None, refused(400, "BadRequest"), refused(404, ""), refused(501)])
def test_a_cloud_without_the_second_probe_is_never_no_mailbox(exchange: Answer | None) -> None:
    evidence = read(refused(403), exchange)
    assert evidence.mailbox.exists is None
    assert reason(evidence, "mailbox.exists") == "denied"
    gap = evidence.gap("mailbox.exists")
    assert gap is not None
    assert gap.permission == "Microsoft Graph MailboxSettings.Read"


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        (refused(429), "throttled"),
        (refused(503), "service_error"),
        (refused(404, "UnknownError"), "service_error"),
        (refused(404, "Request_ResourceNotFound"), "unreadable"),
        (refused(400, "AuthenticationError"), "not_available"),
        (html(), "unreadable"),
        (answer(200, {"nothing": 1}), "unreadable"),
    ],
)
def test_other_answers_leave_the_mailbox_unknown(purpose: Answer, expected: str) -> None:
    evidence = read(purpose, None)
    assert reason(evidence, "mailbox.exists") == expected
    assert reason(evidence, "mailbox.location") == expected


def test_the_national_clouds_are_not_asked_for_the_second_probe() -> None:
    assert offers_exchange_settings("graph.microsoft.com")
    assert offers_exchange_settings("graph.sandbox.example")
    assert not offers_exchange_settings("graph.microsoft.us")
    assert not offers_exchange_settings("microsoftgraph.chinacloudapi.cn")
