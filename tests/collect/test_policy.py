"""The tenant's photo policy in all its spellings."""

from __future__ import annotations

import pytest

from tests.collect.answers import answer, html, reason, refused
from troubleshooter.collect.policy import read_policy
from troubleshooter.evidence.record import Evidence, EvidenceBuilder
from troubleshooter.transport.answer import Answer


def read(got: Answer) -> Evidence:
    builder = EvidenceBuilder()
    read_policy(builder, got)
    return builder.build()


@pytest.mark.parametrize("nobody", [[], {}, None, ["", " "]])
def test_everyone_may_change_photos_however_it_is_written(nobody: object) -> None:
    policy = read(answer(200, {"source": None, "allowedRoles": nobody})).policy
    assert (policy.photo_source, policy.roles_restricted, policy.allowed_roles) == ("unset", False, ())


@pytest.mark.parametrize(
    ("body", "source"),
    [
        ({}, "unset"),
        ({"@odata.context": "https://graph.microsoft.com/beta/$metadata#x"}, "unset"),
        ({"source": "onPremises"}, "on_premises"),
        ({"allowedRoles": []}, "unset"),
    ],
)
def test_a_setting_that_is_left_out_is_not_set(body: dict[str, object], source: str) -> None:
    policy = read(answer(200, body)).policy
    assert (policy.photo_source, policy.roles_restricted, policy.allowed_roles) == (source, False, ())


def test_role_ids_are_trimmed() -> None:
    body = {"source": "onPremises", "allowedRoles": [" 62e90394-69f5-4237-9190-012177145e10"]}
    policy = read(answer(200, body)).policy
    assert policy.photo_source == "on_premises"
    assert policy.roles_restricted is True
    assert policy.allowed_roles == ("62e90394-69f5-4237-9190-012177145e10",)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (refused(403), "denied"),
        (refused(404), "not_available"),
        (refused(400, "BadRequest"), "not_available"),
        (refused(503), "service_error"),
        (html(), "unreadable"),
        (answer(200, {"source": "elsewhere", "allowedRoles": "all"}), "unreadable"),
        (answer(200, {"value": []}), "unreadable"),
    ],
)
def test_a_policy_that_cannot_be_read_is_unknown(got: Answer, expected: str) -> None:
    evidence = read(got)
    assert evidence.policy.status == got.status
    for path in ("policy.photo_source", "policy.roles_restricted", "policy.allowed_roles"):
        assert reason(evidence, path) == expected


def test_the_outlook_policy_is_not_collected_here() -> None:
    assert reason(read(refused(403)), "policy.owa_set_photo_enabled") == "not_collected"
