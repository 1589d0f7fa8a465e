from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from troubleshooter.errors import UsageError
from troubleshooter.render.language import language, languages

MOMENT = datetime(2026, 11, 22, 10, 40, tzinfo=UTC)


def test_english_comes_first_and_croatian_is_there():
    assert languages()[0] == "en"
    assert "hr" in languages()


def test_an_unknown_language_names_the_known_ones():
    with pytest.raises(UsageError) as caught:
        language("xx")
    assert "'xx'" in str(caught.value)
    assert "en, hr" in str(caught.value)


@pytest.mark.parametrize("code", ["../hr", "", "hr/../hr", "C:\\hr"])
def test_a_code_never_becomes_a_path(code):
    with pytest.raises(UsageError):
        language(code)


def test_a_regional_code_finds_its_language():
    assert language("hr-HR").code == "hr"
    assert language("en_US").code == "en"


def test_times_carry_their_zone_and_follow_summer_time(speak):
    assert speak("en").when(MOMENT) == "22 Nov 2026 11:40 CET"
    assert speak("en").when(MOMENT.replace(month=7)) == "22 Jul 2026 12:40 CEST"
    assert speak("hr").when(MOMENT) == "22. stu 2026. 11:40 CET"


def test_a_zone_with_a_long_name_is_written_as_an_offset():
    windows = timezone(timedelta(hours=5, minutes=30), "India Standard Time")
    assert language("en", zone=windows).when(MOMENT) == "22 Nov 2026 16:10 UTC+5:30"


def test_the_day_is_the_day_of_the_zone():
    east = timezone(timedelta(hours=14))
    assert language("en", zone=east).day(MOMENT) == "23 Nov 2026"


def test_numbers_and_sizes_follow_the_language():
    assert language("en").number(12345.5) == "12,345.5"
    assert language("hr").number(12345.5) == "12.345,5"
    assert language("en").bytes(812) == "812 bytes"
    assert language("en").bytes(65_600) == "64.1 KB"
    assert language("hr").bytes(4 * 1024 * 1024) == "4 MB"


def test_spans_use_the_largest_unit_that_divides_them():
    english = language("en")
    assert english.duration(timedelta(hours=24)) == "24 hours"
    assert english.duration(timedelta(hours=72)) == "3 days"
    assert english.duration(timedelta(minutes=90)) == "90 minutes"


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 dan"), (2, "2 dana"), (5, "5 dana"), (21, "21 dan"), (11, "11 dana")]
)
def test_croatian_has_three_plurals(count, words):
    assert language("hr").plural("{count} day", "{count} days", count) == words


def test_every_code_of_a_result_has_a_word():
    english = language("en")
    assert english.value("on_its_way") == "On its way"
    assert english.value("user") == "The person"
    assert english.value("missing") == "no photo shows"
    assert english.value("something new") == "something new"
