"""The table of sign-in errors: complete, filled in, and branched by OAuth error first."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.signin.entra import refusal
from troubleshooter.diagnose.error_file import ACTORS
from troubleshooter.signin.aadsts import BY_ERROR, BY_NUMBER, OTHERWISE, UNREACHABLE, Advice
from troubleshooter.signin.errors import (
    ConsentMissing,
    CredentialRejected,
    InteractionNeeded,
    SignInError,
    TryLater,
    from_oauth,
    unreachable,
)
from troubleshooter.transport.answer import FAILURES

VALUES = {
    "client_id": "app",
    "tenant": "contoso.test",
    "cloud": "global",
    "login": "login.test",
    "resource": "https://graph.test",
}
NUMBERS = """
65001 90094 90095 90008 700016 7000215 7000222 7000218 700027 500133 50013 700024 50011 900971 50034 50020
51004 90072 50076 50079 50074 50078 50105 53000 53001 53002 53003 530032 50131 530035 50126 50053 50144
90002 90019 50059 90038 900432 500011 28002 70011 700022 700023 50173 50133 700082 70008 90024 90033 90006
50033 50196 90055 501481 54005 90043 900382 900383 900384
50014 16000 16003 500208 500212 500213 500021 500022 50002 50055 50056 50057 50064 50072 50125 50135 50158
50097 50129 50155 50187 135011 50005 53004 53010 53011 530034 65002 65004 65005 650052 650056 650057 70000
700084 70043 50089 50132 700005 500112 70001 700011 7000112 1000031 7000229 70002 50012 700025 700030 50027
70021 700211 700212 700213 50128 50001 50194 90012 90090 50087 50088 9002325 50147 70016 70019 70020
90099 50058
"""


def test_every_number_we_promised_has_advice() -> None:
    assert {int(number) for number in NUMBERS.split()} == set(BY_NUMBER)


@pytest.mark.parametrize("advice", [*BY_NUMBER.values(), *BY_ERROR.values(), OTHERWISE])
def test_advice_uses_only_known_fields(advice: Advice) -> None:
    texts = (advice.meaning, advice.remedy)
    fields = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
    assert fields <= set(VALUES)
    assert all(texts)


@pytest.mark.parametrize("number", sorted({*BY_NUMBER, 1234567}))
def test_entras_own_words_are_kept_apart_from_ours(number: int) -> None:
    problem = from_oauth({"error": "x", "error_description": f"AADSTS{number}: their words"}, **VALUES)
    assert problem.raw == f"x: AADSTS{number}: their words"
    assert problem.trail == {"code": f"AADSTS{number}"}
    assert "their words" not in str(problem)
    assert "{" not in str(problem)


def test_every_advice_says_who_can_do_it() -> None:
    for advice in (*BY_NUMBER.values(), *BY_ERROR.values(), *UNREACHABLE.values(), OTHERWISE):
        assert advice.actor in ACTORS


@pytest.mark.parametrize(
    ("number", "who"),
    [
        (65001, "admin"), (7000222, "admin"), (53003, "admin"), (50076, "operator"), (90002, "operator"),
        (700024, "operator"), (50173, "operator"), (90033, "nobody"), (50057, "admin"), (700213, "admin"),
    ],
)  # fmt: skip
def test_who_can_do_something_is_told_for_the_usual_refusals(number: int, who: str) -> None:
    assert from_oauth({"error_codes": [number]}, **VALUES).actor == who


def test_secrets_in_entras_words_are_blacked_out() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    said = f"AADSTS50013: {token} and hunter2-secret, client_secret=abc123 refresh_token=0.AAA"
    problem = from_oauth({"error": "x", "error_description": said}, hidden=("hunter2-secret",), **VALUES)
    assert problem.raw == "x: AADSTS50013: *** and ***, client_secret=*** refresh_token=***"


def test_every_network_failure_has_advice() -> None:
    for failure in FAILURES:
        message = str(unreachable(failure, "the detail", login="login.test"))
        assert "login.test" in message
        assert "{" not in message
    assert set(UNREACHABLE) >= {"dns", "refused", "tls", "timeout", "other"}


@pytest.mark.parametrize(
    ("result", "kind", "text"),
    [
        (refusal("invalid_grant", 65001, suberror="consent_required"), ConsentMissing, "adminconsent"),
        (refusal("invalid_client", 7000215), CredentialRejected, "not its ID"),
        (refusal("unauthorized_client", 700016), CredentialRejected, "no application"),
        (refusal("interaction_required", 50076), InteractionNeeded, "second factor"),
        (refusal("invalid_grant", 53003), InteractionNeeded, "Conditional Access"),
        (refusal("temporarily_unavailable", 90033), TryLater, "Wait a few minutes"),
        (refusal("invalid_client", 1234567), CredentialRejected, "does not accept the credentials"),
        (refusal("brand_new_error", 1234567), SignInError, "Look the code up"),
        (refusal("invalid_request", 900432), SignInError, "another cloud"),
        ({}, SignInError, "contoso.test failed"),
        ({"error": None, "error_codes": "x", "error_description": None}, SignInError, "Look the code up"),
    ],
)
def test_the_oauth_error_chooses_the_class_and_the_number_the_words(
    result: dict[str, object], kind: type[SignInError], text: str
) -> None:
    problem = from_oauth(result, **VALUES)
    assert type(problem) is kind
    assert text in str(problem)


def test_the_number_is_found_in_the_description_when_the_list_is_missing() -> None:
    problem = from_oauth({"error": "x", "error_description": "AADSTS700016: not found"}, **VALUES)
    assert problem.values["number"] == 700016


def test_ids_are_found_in_the_fields_or_in_the_description() -> None:
    problem = from_oauth({"error": "x", "error_description": "No.", "correlation_id": "c-9"}, **VALUES)
    assert problem.trail == {"code": "x", "correlation_id": "c-9"}
    said = "No. Trace ID: t-8 Correlation ID: c-8 Timestamp: 2026-11-22 10:00:00Z"
    problem = from_oauth({"error": "x", "error_description": said}, **VALUES)
    assert problem.trail == {
        "code": "x", "correlation_id": "c-8", "trace_id": "t-8", "timestamp": "2026-11-22 10:00:00Z",
    }  # fmt: skip


_PLAIN = st.none() | st.booleans() | st.integers() | st.text()
_JSON = _PLAIN | st.lists(_PLAIN)


@given(st.dictionaries(st.sampled_from(["error", "suberror", "error_description", "error_codes"]), _JSON))
def test_no_answer_breaks_the_translation(result: dict[str, object]) -> None:
    assert str(from_oauth(result, **VALUES))
