"""Retry-After in all its spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transport.fakes import START
from troubleshooter.transport.retry import ABSURD_WAIT, RetryPolicy, retry_after


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("2.128", 3.0),
        (" 4 ", 4.0),
        ("1e1", 10.0),
        ("Sun, 22 Nov 2026 10:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0.0),
        ("86400000", ABSURD_WAIT),
        ("inf", ABSURD_WAIT),
        ("Fri, 31 Dec 9999 23:59:59 GMT", ABSURD_WAIT),
        ("-5", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Sun, 99 Nov 2026 10:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_as_whole_seconds(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, START) == seconds


def test_an_http_date_counts_from_the_servers_own_clock() -> None:
    headers = {"retry-after": "Sun, 22 Nov 2026 12:00:09 GMT", "date": "Sun, 22 Nov 2026 12:00:00 GMT"}
    assert retry_after(headers, START) == 9.0


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_at_all_breaks_the_reading(text: str, date: str) -> None:
    seconds = retry_after({"retry-after": text, "date": date}, START)
    assert seconds is None or 0 <= seconds <= ABSURD_WAIT


def test_without_retry_after_the_pause_doubles_up_to_a_limit() -> None:
    policy = RetryPolicy()
    assert [policy.pause({}, attempt, START, 1.0) for attempt in (1, 2, 3, 9)] == [1.0, 2.0, 4.0, 30.0]
    assert policy.pause({}, 3, START, 0.0) == 2.0


def test_only_passing_failures_are_worth_another_try() -> None:
    policy = RetryPolicy()
    assert all(policy.tries(status, "") == 5 for status in (429, 502, 503, 504, 509))
    assert all(policy.tries(status, "") == 1 for status in (200, 304, 400, 401, 403, 404, 410, 423, 501))
    assert policy.tries(500, "") == 3
    assert [policy.tries(0, word) for word in ("timeout", "other", "tls", "dns", "too_large")] == [
        2,
        2,
        1,
        1,
        1,
    ]
