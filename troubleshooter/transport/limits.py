"""The rates Microsoft publishes, by the size of the tenant, and which of them a request draws on.

Data, with the pages it was read from; `quota` keeps to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from troubleshooter.signin.clouds import Cloud

GRAPH_LIMITS = "https://learn.microsoft.com/graph/throttling-limits"
SHAREPOINT_LIMITS = (
    "https://learn.microsoft.com/sharepoint/dev/general-development/"
    "how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online"
)
RATE_LIMITS_COPY = "https://rate-limits.apis.io/rate-limits/sharepoint/sharepoint-rate-limits/"


@dataclass(frozen=True, slots=True)
class Limit:
    """`units` in each `window` seconds. `published` False: nobody publishes one, and this is our caution."""

    units: float
    window: float
    source: str
    published: bool = True

    @property
    def rate(self) -> float:
        """Units per second."""
        return self.units / self.window


@dataclass(frozen=True, slots=True)
class Tier:
    """The limits of tenants with up to `licences` licences; 0 means any number."""

    licences: int
    limit: Limit


_IDENTITY = (
    Tier(50, Limit(3500, 10, GRAPH_LIMITS)),
    Tier(500, Limit(5000, 10, GRAPH_LIMITS)),
    Tier(0, Limit(8000, 10, GRAPH_LIMITS)),
)
_SHAREPOINT = tuple(
    Tier(licences, Limit(units, 60, SHAREPOINT_LIMITS))
    for licences, units in ((1000, 1250), (5000, 2500), (15000, 3750), (50000, 5000), (0, 6250))
)
_PEOPLE_MANAGER = tuple(
    Tier(licences, Limit(units, 300, RATE_LIMITS_COPY))
    for licences, units in ((1000, 3000), (5000, 6000), (15000, 9000), (50000, 12000), (0, 15000))
)
# People results for the whole organisation; a signed-in person may ask 10 times a second, an app 25 times.
_SEARCH = (Tier(0, Limit(25, 1, SHAREPOINT_LIMITS)),)
_SEARCH_DELEGATED = (Tier(0, Limit(10, 1, SHAREPOINT_LIMITS)),)
_PEOPLE_MANAGER_DELEGATED = (Tier(0, Limit(3000, 300, RATE_LIMITS_COPY)),)
# Photos and mailbox settings are limited for each mailbox (10,000 in 10 minutes), which one read never meets.
_PHOTOS = (Tier(0, Limit(8000, 10, GRAPH_LIMITS, published=False)),)

IDENTITY, PHOTOS, SHAREPOINT = "identity", "photos", "sharepoint"
PEOPLE_MANAGER, SEARCH = "people_manager", "search"
BUCKETS = (IDENTITY, PHOTOS, SHAREPOINT, PEOPLE_MANAGER, SEARCH)

# SharePoint publishes no price for REST calls and suggests to count two units on average.
REST_UNITS = 2.0
# The one price it does publish for a download is Graph's, of a drive item's file. That the REST way costs the
# same is an assumption; where it costs more, the RateLimit headers and 429 slow us down (docs/scale.md).
FILE_UNITS = 1.0


def limits_for(licences: int, *, app_only: bool = True) -> dict[str, Limit]:
    """The limit of each bucket for a tenant of this size. 0 licences: unknown, so the smallest tier."""
    tables = {
        IDENTITY: _IDENTITY,
        PHOTOS: _PHOTOS,
        SHAREPOINT: _SHAREPOINT,
        PEOPLE_MANAGER: _PEOPLE_MANAGER,
        SEARCH: _SEARCH if app_only else _SEARCH_DELEGATED,
    }
    found = {name: _tier(tiers, licences) for name, tiers in tables.items()}
    if not app_only:
        (personal,) = _PEOPLE_MANAGER_DELEGATED
        found[PEOPLE_MANAGER] = min(found[PEOPLE_MANAGER], personal.limit, key=lambda limit: limit.rate)
    return found


def _tier(tiers: Sequence[Tier], licences: int) -> Limit:
    return next(tier.limit for tier in tiers if not tier.licences or licences <= tier.licences)


def prices(url: str, cloud: Cloud) -> dict[str, float]:
    """What one request draws from each bucket; nothing for an address that has no published limit."""
    parts = urlsplit(url)
    host, path = (parts.hostname or "").lower(), parts.path.lower()
    if host == cloud.graph:
        outlook = any(word in path for word in ("/photo", "/mailboxsettings", "/settings/exchange"))
        return {IDENTITY: 1.0, PHOTOS: 1.0} if outlook else {IDENTITY: 1.0}
    if not cloud.is_sharepoint_host(host):
        return {}
    if ".peoplemanager/" in path:
        return {SHAREPOINT: REST_UNITS, PEOPLE_MANAGER: 1.0}
    if "/_api/search/" in path:
        return {SHAREPOINT: REST_UNITS, SEARCH: 1.0}
    if path.endswith(("/$value", "/%24value", "thumb.jpg")):
        return {SHAREPOINT: FILE_UNITS}
    return {SHAREPOINT: REST_UNITS}
