"""When to ask again: soon at first, seldom while waiting is normal, and right after a known window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from troubleshooter.diagnose.again import (
    AFTER_WINDOW,
    FIRST_PAUSE,
    LONGEST_INSIDE_WINDOW,
    LONGEST_PAUSE,
    changes,
    next_question,
)
from troubleshooter.evidence.record import Evidence, with_values

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = NOW + timedelta(days=1)


def test_pauses_double_up_to_half_an_hour() -> None:
    pauses = [next_question(NOW, DAY, unchanged, None) - NOW for unchanged in range(8)]
    minutes = [1, 2, 4, 8, 16, 30, 30, 30]
    assert pauses == [timedelta(minutes=one) for one in minutes]


def test_a_known_window_is_asked_about_seldom_and_right_after_it_ends() -> None:
    far = NOW + timedelta(hours=20)
    assert next_question(NOW, DAY, 9, far) == NOW + LONGEST_INSIDE_WINDOW
    near = NOW + timedelta(minutes=40)
    assert next_question(NOW, DAY, 9, near) == near + AFTER_WINDOW
    assert next_question(NOW, DAY, 9, NOW - timedelta(hours=1)) == NOW + LONGEST_PAUSE


def test_the_last_question_comes_at_the_end_and_none_after_it() -> None:
    end = NOW + timedelta(minutes=3)
    assert next_question(NOW, end, 5, None) == end
    assert next_question(end, end, 0, None) is None
    assert next_question(end + timedelta(days=9), end, 0, DAY) is None


moments = st.integers(-3 * 86_400, 3 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds))


@given(moments, moments, st.integers(0, 10_000), st.none() | moments)
def test_a_question_is_never_sooner_than_a_minute_nor_later_than_the_end(
    now: datetime, until: datetime, unchanged: int, window: datetime | None
) -> None:
    planned = next_question(now, until, unchanged, window)
    if now >= until:
        assert planned is None
        return
    assert planned is not None
    assert now < planned <= until
    assert planned == until or planned - now >= min(FIRST_PAUSE, AFTER_WINDOW)


def test_what_is_unknown_now_is_no_change_and_what_a_run_says_of_itself_neither() -> None:
    then = with_values(Evidence(), {"photo.present": True, "photo.width": 96, "run.tenant": "a"})
    now = with_values(Evidence(), {"photo.width": 648, "photo.height": 648, "run.tenant": "b"})
    found = [(one.path, one.was, one.now) for one in changes(then, now)]
    assert found == [("photo.width", 96, 648), ("photo.height", None, 648)]
