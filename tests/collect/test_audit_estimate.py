"""What an audit says beforehand holds for the tenant that costs most, and for a few of many."""

from __future__ import annotations

from troubleshooter.collect.crowd import Depths
from troubleshooter.collect.estimate import estimate
from troubleshooter.transport.limits import limits_for

LIMITS = limits_for(5_000)


def test_at_most_everybodys_page_is_opened_because_one_that_is_not_right_asks_for_all() -> None:
    most = estimate(5_000, Depths(), LIMITS, 0.5, least=False)
    least = estimate(5_000, Depths(), LIMITS, 0.5, least=True)
    assert (least.by_kind["pages"], most.by_kind["pages"]) == (100, 5_000)
    assert estimate(5_000, Depths(pages="none"), LIMITS, 0.5, least=False).by_kind["pages"] == 0


def test_for_a_sample_the_whole_directory_is_listed_all_the_same() -> None:
    assert estimate(50, Depths(), LIMITS, 0.5, least=True, listed=99_900).by_kind["users"] == 100
