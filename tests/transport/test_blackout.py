"""Blacking out: secrets go, whatever surrounds them; what helps support stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troubleshooter.transport.blackout import black_out

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"token {JWT}.", "token ***"),
        (f'{{"access_token": "{JWT}", "expires_in": 5}}', '{"access_token": "***", "expires_in": 5}'),
        ('{"refresh_token":"0.A\\"AA"}', '{"refresh_token":"***"}'),
        ("grant_type=x&client_secret=a~b&scope=y", "grant_type=x&client_secret=***&scope=y"),
        ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer ***"),
        ("code=0.AXkA1234567890123456789", "code=***"),
        ("https://login.test/error?code=7000215", "https://login.test/error?code=7000215"),
        (
            '{"error": {"code": "Authorization_RequestDenied"}}',
            '{"error": {"code": "Authorization_RequestDenied"}}',
        ),
        ("Correlation ID: 0b1c-2d", "Correlation ID: 0b1c-2d"),
    ],
)
def test_tokens_and_secret_fields_go_and_codes_and_ids_stay(said: str, shown: str) -> None:
    assert black_out(said) == shown


@given(st.text(), st.text(min_size=8), st.text())
def test_a_secret_we_know_is_gone_wherever_it_stands(before: str, secret: str, after: str) -> None:
    if "*" not in secret:
        assert secret not in black_out(before + secret + after, secret)


@given(st.text(alphabet="eyJ.\"':=& bearcodtkn_-0", max_size=400))
def test_no_text_is_too_strange(said: str) -> None:
    assert isinstance(black_out(said), str)
