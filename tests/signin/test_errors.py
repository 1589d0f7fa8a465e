"""The table of sign-in errors: complete, filled in, and branched by OAuth error first."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.signin.entra import refusal
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
def test_every_message_ends_with_entras_own_words(number: int) -> None:
    problem = from_oauth({"error": "x", "error_description": f"AADSTS{number}: their words"}, **VALUES)
    assert f"Entra says: AADSTS{number}: their words " in str(problem)
    assert "{" not in str(problem)


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
        (refusal("brand_new_error", 1234567), SignInError, "AADSTS1234567"),
        (refusal("invalid_request", 900432), SignInError, "another cloud"),
        ({}, SignInError, "nothing more"),
        ({"error": None, "error_codes": "x", "error_description": None}, SignInError, "nothing more"),
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


def test_ids_that_the_description_lacks_are_added_to_it() -> None:
    problem = from_oauth({"error": "x", "error_description": "No.", "correlation_id": "c-9"}, **VALUES)
    assert "No. (correlation_id c-9)" in str(problem)


_PLAIN = st.none() | st.booleans() | st.integers() | st.text()
_JSON = _PLAIN | st.lists(_PLAIN)


@given(st.dictionaries(st.sampled_from(["error", "suberror", "error_description", "error_codes"]), _JSON))
def test_no_answer_breaks_the_translation(result: dict[str, object]) -> None:
    assert str(from_oauth(result, **VALUES))
