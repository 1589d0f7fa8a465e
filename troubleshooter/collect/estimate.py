"""What an audit will ask, before it asks: requests, units of each quota, and the time these take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from troubleshooter.collect.audit_tools import Choices
from troubleshooter.collect.crowd import FILES_IN_BATCH, GRAPH_BATCH, Depths
from troubleshooter.evidence.schema import SAMPLE_SIZE
from troubleshooter.transport.limits import (
    FILE_UNITS,
    IDENTITY,
    PEOPLE_MANAGER,
    PHOTOS,
    REST_UNITS,
    SEARCH,
    SHAREPOINT,
    Limit,
)
from troubleshooter.transport.quota import burst
from troubleshooter.transport.sharepoint import BATCH_SIZE

_SINGLE_LOOKS = 3  # one in the index, two for file names
_USERS_PAGE, _INDEX_PAGE, _LIBRARY_PAGE, _FILES_EACH = 999, 500, 5000, 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """`least`: lists agree on everybody; otherwise at most: everybody has a photo and is asked about singly.

    `seconds` is what the quotas alone demand, `binding` the quota that demands it.
    """

    people: int
    requests: int
    by_kind: Mapping[str, int]
    units: Mapping[str, float]
    seconds: float
    binding: str


def estimate(
    people: int,
    depths: Depths,
    limits: Mapping[str, Limit],
    share: float,
    *,
    least: bool,
    sharepoint: bool = True,
    listed: int = 0,
) -> Estimate:
    """Arithmetic over the published limits; nothing is measured.

    `listed` accounts are read from the directory when these are more than are looked at, as for a sample.
    """
    pictures = 0 if depths.pictures == "none" else people
    profiles = people if depths.profiles == "all" or not least else min(people, SAMPLE_SIZE)
    sample = min(people, SAMPLE_SIZE) if least else people  # one page that is not right asks for everybody's
    pages = {"all": people, "needed": sample, "none": 0}[depths.pages]
    mailboxes = 0 if least else people
    if not sharepoint:
        profiles = pages = 0
    items = {
        "users": math.ceil(max(people, listed) / _USERS_PAGE),
        "photo": people,
        "photo_bytes": pictures,
        "mailbox": mailboxes,
        "search": math.ceil(people / _INDEX_PAGE) if sharepoint else 0,
        "library": math.ceil(people * _FILES_EACH / _LIBRARY_PAGE) if sharepoint else 0,
        "files": pictures if sharepoint else 0,
        "profiles": profiles,
        "pages": pages,
    }
    fit = {"photo": GRAPH_BATCH, "photo_bytes": GRAPH_BATCH, "mailbox": GRAPH_BATCH, "files": FILES_IN_BATCH}
    requests = {kind: math.ceil(count / fit.get(kind, 1)) for kind, count in items.items()}
    requests["profiles"] = math.ceil(profiles / BATCH_SIZE)
    outlook = float(people + pictures + mailboxes)
    rest = sum(items[kind] for kind in ("search", "library", "profiles", "pages"))
    units = {
        IDENTITY: items["users"] + outlook,
        PHOTOS: outlook,
        SHAREPOINT: REST_UNITS * rest + FILE_UNITS * items["files"],
        PEOPLE_MANAGER: float(profiles),
        SEARCH: float(items["search"]),
    }
    times = {
        name: max(0.0, units[name] - burst(limit, share)) / (limit.rate * share)
        for name, limit in limits.items()
    }
    binding = max(times, key=lambda name: times[name])
    return Estimate(people, sum(requests.values()), requests, units, times[binding], binding)


def worth_lists(choices: Choices, people: int, everybody: int) -> bool:
    """Whether the index and the library are listed whole: not for a few people of a large directory.

    Listing takes units for every account, looking singly only for those who are chosen.
    """
    looked_at = min(people, choices.sample) if choices.sample else people
    listing = REST_UNITS * everybody * (1 / _INDEX_PAGE + _FILES_EACH / _LIBRARY_PAGE)
    singly = REST_UNITS * looked_at * _SINGLE_LOOKS
    return not everybody or listing <= singly
