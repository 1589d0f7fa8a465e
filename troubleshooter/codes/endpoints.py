"""Which call of which system a request was. The path decides, because every cloud has its own host names."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

ENDPOINTS: dict[str, str] = {
    "sign-in": "entra",
    "photo": "graph",
    "mailbox": "graph",
    "policy": "graph",
    "drive": "graph",
    "directory": "graph",
    "tenant": "graph",
    "batch": "graph",
    "profile": "sharepoint",
    "search": "sharepoint",
    "library": "sharepoint",
    "page": "sharepoint",
    "exchange": "exchange",
}
"""Every endpoint a code can come from, and the system that answers there."""

SYSTEMS = (*dict.fromkeys(ENDPOINTS.values()), "network")
"""Systems that have codes; `network` is everything between us and them, whatever was asked."""

_PATHS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (endpoint, re.compile(pattern, re.IGNORECASE))
    for endpoint, pattern in (
        ("sign-in", r"/oauth2/|/\.well-known/openid-configuration"),
        ("exchange", r"/adminapi/"),
        ("profile", r"/_api/sp\.userprofiles"),
        ("search", r"/_api/search/"),
        ("page", r"/userphoto\.aspx"),
        ("library", r"/_api/web/|/user(?: |%20)photos/"),
        ("batch", r"/\$batch"),
        ("policy", r"/photoupdatesettings"),
        ("photo", r"/photos?(?:/|\(|$)"),
        ("mailbox", r"/mailboxsettings|/settings/exchange"),
        ("drive", r"/drive(?:/|$)"),
        ("tenant", r"/organization(?:/|$)|/sites(?:/|$)"),
        ("directory", r"/(?:users|groups|me)(?:/|\(|$)"),
    )
)


def endpoint_of(url: str) -> str:
    """The endpoint of a request's address; '' when it is none of ours."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return next((endpoint for endpoint, pattern in _PATHS if pattern.search(path)), "")
