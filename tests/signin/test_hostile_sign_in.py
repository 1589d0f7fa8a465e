"""A sign-in service that is hostile, or broken in an unforeseen way: an error, without what it was sent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.signin.conftest import Signer
from tests.signin.entra import BASE, Entra, refusal
from tests.transport.tls_server import Asked, Reply, TlsServer
from troubleshooter.signin.errors import SignInError
from troubleshooter.signin.patience import LARGEST_ANSWER

GRAPH = "https://graph.test"
SECRET = 'very "secret" value/+&ž'


@pytest.mark.parametrize(
    "written", [SECRET, quote(SECRET, safe=""), quote_plus(SECRET), json.dumps(SECRET)[1:-1]]
)
@pytest.mark.parametrize("status", [200, 400, 401])
def test_a_refusal_that_repeats_the_secret_has_it_blacked_out(
    signer: Signer, entra: Entra, server: TlsServer, written: str, status: int
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/token"):
            return Reply.of(
                {**refusal("invalid_client"), "error_description": f"You sent {written}."}, status
            )
        return entra.answer(asked)

    server.answer = answer
    with pytest.raises(SignInError) as caught:
        signer(secret=SECRET).token(GRAPH)
    assert "You sent ***." in caught.value.raw
    said = f"{caught.value} {caught.value.values} {caught.value.trail} {caught.value.raw}"
    assert not [part for part in ("very", "%22secret", "value/", "value%2F") if part in said]


def test_a_refusal_that_repeats_a_device_code_has_it_blacked_out(
    signer: Signer, entra: Entra, server: TlsServer
) -> None:
    entra.errors = [refusal("expired_token", 70020, "No: the-device-code.")]
    with pytest.raises(SignInError) as caught:
        signer("device", on_device_code=lambda flow: None).token(GRAPH)
    assert "No: ***." in caught.value.raw


@pytest.mark.parametrize("lifetime", [10**400, "9" * 400, "Infinity", -1, None, [], "soon"])
def test_a_lifetime_that_is_none_is_an_error_or_no_lifetime(
    signer: Signer, entra: Entra, lifetime: Any
) -> None:
    entra.lifetime = lifetime
    try:
        token = signer().token(GRAPH)
    except SignInError as problem:
        assert "not a sign-in service" in str(problem)  # noqa: PT017
    else:
        assert token.value


@pytest.mark.parametrize("path", ["/token", "/openid-configuration"])
def test_an_answer_of_megabytes_is_dropped(
    signer: Signer, entra: Entra, server: TlsServer, path: str
) -> None:
    huge = Reply(200, b"\xe1" * (LARGEST_ANSWER + 1), {"Content-Type": "text/nothing-known"})
    server.answer = lambda asked: huge if asked.path.endswith(path) else entra.answer(asked)
    with pytest.raises(SignInError):
        signer().token(GRAPH)


def test_a_description_of_any_length_is_cut(signer: Signer, entra: Entra) -> None:
    entra.errors = [refusal("invalid_client", 7000215, "x" * 500_000)]
    with pytest.raises(SignInError) as caught:
        signer().token(GRAPH)
    assert len(str(caught.value)) < 5000


@pytest.mark.parametrize(
    "discovery",
    [
        [],
        {"authorization_endpoint": 1, "token_endpoint": 2},
        {"authorization_endpoint": "x", "token_endpoint": "http://login.test/token"},
        {"authorization_endpoint": f"{BASE}/a", "token_endpoint": "file:///etc/passwd"},
    ],
)
def test_a_discovery_document_of_another_shape_is_an_error(
    signer: Signer, entra: Entra, discovery: Any
) -> None:
    entra.discovery = Reply.of(discovery)
    with pytest.raises(SignInError):
        signer().token(GRAPH)
    assert not entra.forms
