"""The facts about a whole tenant: what shows only across people, and how the store of an audit tells it.

An aggregate is known exactly, known between two bounds, or unknown. A count of people is at least the number
for whom the thing is known to be so, and at most that number and those for whom nobody could tell; a share is
bounded in the same way. A run over a part of the tenant bounds counts from below and says nothing of shares.
So a missing permission widens the bounds and can never become a finding (docs/decisions/0009).
`diagnose.tenant_rules_facts` computes them.
"""

# ruff: noqa: S608 - every statement is written here, from no value

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from troubleshooter.evidence.schema import FACTS, FactInfo

GROUP = "tenant"
FEWEST_PEOPLE = 20
"""A share of fewer people than this is chance, and stays unknown."""
FEWEST_PAGES = 30
"""So many pages must have been looked at, drawn at random, before their share is given."""
_FOLDERS_NAMED = 20
FEWEST_LOOKED_UP = 0.95  # of the members, before anything is said about the newest file of anybody

PARTS: Mapping[str, str] = MappingProxyType(
    {
        "people": "{label}",
        "of": "{label}: out of",
        "unknown": "{label}: not known for",
        "share": "{label}: share",
    }
)
"""What a table calls the facts of one topic; msgids, like the labels."""

Kind = Literal["str", "int", "float", "bool", "datetime", "list"]


@dataclass(frozen=True, slots=True)
class AggregateInfo(FactInfo):
    """One tenant-wide fact. `source` says how it is computed; `label` is what a table calls it (a msgid).

    `part` is what the fact is to its topic: people, of, unknown or share; '' where it stands alone. `bounded`
    facts may be known between two bounds.
    """

    label: str
    part: str = ""
    bounded: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """People of a group who have something: two SQL conditions over one person, with words for both."""

    name: str
    among: str
    having: str
    label: str
    doc: str
    base: str


_MEMBERS = "directory.user_type = 'member'"
# Where all lists agree an audit reads no profile; a file in the library and in the index proves it.
_KNOWN_THERE = (
    "(sharepoint.profile_exists OR (sharepoint.thumbnails_present AND sharepoint.indexed_file_exists))"
)
_COPIED = f"{_MEMBERS} AND photo.present AND {_KNOWN_THERE}"
# A cause is looked for among people who need one. What their profiles hold is not read of the others.
_NOT_RIGHT = (
    "NOT (sharepoint.thumbnails_present AND NOT sharepoint.thumbnail_is_blank "
    "AND sharepoint.indexed_file_exists AND comparison.sharepoint_matches_photo)"
)
_NO_PICTURE = "NOT sharepoint.thumbnails_present AND sharepoint.picture_url_state <> 'elsewhere'"
_TRIED = "sharepoint.timestamp_state = 'set'"
_URL_FOLDER = (
    r"lower(regexp_extract(try(url_decode(sharepoint.picture_url)), '(?i)/user photos/([^/]+)/[^/]+$', 1))"
)
_URL_HOST = r"lower(regexp_extract(sharepoint.picture_url, '^https?://([A-Za-z0-9.-]{1,253})/', 1))"
_BOTH = "members with a photo and a SharePoint profile"


def _missing(path: str, *reasons: str) -> str:
    """The gap of a fact is one of these; `evidence.rows` writes gaps as compact JSON."""
    return " OR ".join(f"""contains(gaps, '["{path}","{reason}"')""" for reason in reasons)


TOPICS = (
    Topic(
        "no_photo", _MEMBERS, "NOT photo.present", "Members without a photo",
        "Members for whom Graph has no photo.", "members.",
    ),
    Topic(
        "no_picture", _COPIED, _NO_PICTURE, "Photo, and no picture in SharePoint",
        "Members with a photo of whom SharePoint holds no picture.", f"{_BOTH}.",
    ),
    Topic(
        "tried_in_vain",
        f"{_COPIED} AND (sharepoint.thumbnails_present OR ({_TRIED} "
        "AND run.collected_at >= sharepoint.picture_timestamp + INTERVAL 72 HOURS))",
        _NO_PICTURE, "No picture 72 hours after SharePoint tried",
        "Members with a photo and no picture, whose picture timestamp is more than 72 hours old.",
        f"{_BOTH}, and a picture or such a timestamp.",
    ),
    Topic(
        "tried_since",
        f"{_COPIED} AND {_TRIED} AND sharepoint.picture_timestamp >= newest + INTERVAL 24 HOURS",
        f"(({_NO_PICTURE}) OR NOT comparison.sharepoint_matches_photo)",
        "Tried after the newest file, without result",
        "Members with no picture or another one, whose picture timestamp is a day or more later than the "
        "newest picture file of anybody.", f"{_BOTH} and such a timestamp.",
    ),
    Topic(
        "copying_off", f"{_COPIED} AND directory.exchange_plan = 'enabled'",
        f"sharepoint.exchange_sync_state = 'off' AND {_NOT_RIGHT}", "Copying switched off",
        "Members with an Exchange plan and no right picture, whose SPS-PictureExchangeSyncState is 0.",
        f"{_BOTH} and an Exchange plan.",
    ),
    Topic(
        "script_written", _COPIED, f"sharepoint.timestamp_state = 'script_constant' AND {_NOT_RIGHT}",
        "Written by a script",
        "Members without a right picture, whose picture timestamp is the constant of public upload scripts.",
        f"{_BOTH}.",
    ),
    Topic(
        "elsewhere", _COPIED, f"sharepoint.picture_url_state = 'elsewhere' AND {_NOT_RIGHT}",
        "Picture on another host",
        "Members whose PictureURL names another host than the My Site host.", f"{_BOTH}.",
    ),
    Topic(
        "other_folder", _COPIED,
        f"sharepoint.picture_url_state IN ('set', 'dead') AND {_URL_FOLDER} <> lower(main_folder) "
        f"AND {_NOT_RIGHT}", "PictureURL in another folder",
        "Members without a right picture, whose PictureURL names another folder than the one that holds most "
        "picture files.", f"{_BOTH}.",
    ),
    Topic(
        "blank", f"{_COPIED} AND sharepoint.thumbnails_present", "sharepoint.thumbnail_is_blank",
        "Blank picture file", "Members whose picture file is blank.", f"{_BOTH} and a picture file.",
    ),
    Topic(
        "photo_failed", "true", _missing("photo.present", "service_error", "throttled"),
        "Photo read failed", "People whose photo could not be read because the service failed.",
        "people looked at.",
    ),
    Topic(
        "profile_failed", "true", _missing("sharepoint.profile_exists", "service_error", "throttled"),
        "SharePoint read failed", "People whose profile could not be read because the service failed.",
        "people looked at.",
    ),
    Topic(
        "photo_denied", "true", _missing("photo.present", "denied"), "Photo read refused",
        "People whose photo could not be read because access was denied.", "people looked at.",
    ),
    Topic(
        "profile_denied", "true", _missing("sharepoint.profile_exists", "denied"),
        "SharePoint read refused", "People whose profile could not be read because access was denied.",
        "people looked at.",
    ),
    Topic(
        "files_denied", _COPIED, _missing("sharepoint.thumbnails_present", "denied"),
        "Picture library refused",
        "Members whose profile could be read and whose picture files could not, because access was denied.",
        f"{_BOTH}.",
    ),
)  # fmt: skip


def _info(
    name: str, kind: Kind, label: str, doc: str, source: str, unit: str = "", **more: Any
) -> AggregateInfo:
    return AggregateInfo(
        f"{GROUP}.{name}", GROUP, name, kind, more.pop("choices", ()), doc, source, unit, label, **more
    )


def _of_topic(topic: Topic) -> Iterator[AggregateInfo]:
    having, among = f"{topic.among} AND {topic.having}", topic.among
    yield _info(
        f"{topic.name}_people", "int", topic.label, f"{topic.doc} A lower bound while some are unknown.",
        f"count of people with {having}", "people", part="people", bounded=True,
    )  # fmt: skip
    yield _info(
        f"{topic.name}_of", "int", topic.label, f"The people it could be said of: {topic.base}",
        f"count of people with {among}", "people", part="of",
    )  # fmt: skip
    yield _info(
        f"{topic.name}_unknown", "int", topic.label, "People for whom that could not be told.",
        f"count of people for whom {having} is NULL", "people", part="unknown",
    )  # fmt: skip
    yield _info(
        f"{topic.name}_share", "float", topic.label,
        f"Share of the former in the latter, 0 to 1; unknown below {FEWEST_PEOPLE} people.",
        f"{topic.name}_people / {topic.name}_of, with bounds", part="share", bounded=True,
    )  # fmt: skip


_PEOPLE = "people"
_SITE_USAGE = "SharePoint GET /_api/site/usage on the My Site host"
_ALONE = (
    _info("people", "int", "People looked at", "People whose evidence is here.", "count of people", _PEOPLE),
    _info(
        "whole", "bool", "The whole tenant was looked at",
        "The audit has ended and took neither a sample nor a filter. Guests and rooms may be left aside.",
        "meta: finished_at, settings, not_looked_at",
    ),
    _info(
        "photos_known", "int", "Photos readable for", "People of whom is known whether Graph has a photo.",
        "count of people with photo.present known", _PEOPLE,
    ),
    _info(
        "profiles_known", "int", "SharePoint profiles readable for",
        "People of whom is known whether SharePoint has a profile.",
        "count of people with sharepoint.profile_exists known", _PEOPLE,
    ),
    _info(
        "newest_thumbnail_at", "datetime", "Newest picture file of anybody",
        f"When SharePoint last wrote a picture file of anybody; known when the files of "
        f"{FEWEST_LOOKED_UP:.0%} of the members could be looked up.",
        "greatest sharepoint.thumbnail_modified_at",
    ),
    _info(
        "days_without_write", "int", "Days since then",
        "Whole days from the newest picture file to the collection.",
        "run.collected_at - newest_thumbnail_at", "days",
    ),
    _info(
        "same_size_people", "int", "Picture files of one size",
        "The most people whose picture files have one size in bytes.",
        "greatest count of one sharepoint.thumbnail_bytes", _PEOPLE, bounded=True,
    ),
    _info(
        "same_size_bytes", "int", "That size", "The size they share.",
        "most frequent sharepoint.thumbnail_bytes", "bytes",
    ),
    _info(
        "same_size_share", "float", "Their share of all picture files",
        f"Their share of the people who have a file, 0 to 1; unknown below {FEWEST_PEOPLE} people.",
        "same_size_people / people with a file of known size", bounded=True,
    ),
    _info(
        "same_size_in_a_day_people", "int", "Picture files of one size written within 24 hours",
        "The most people whose files have one size and were written within the same 24 hours.",
        "greatest count of one sharepoint.thumbnail_bytes in 24 hours of thumbnail_modified_at", _PEOPLE,
        bounded=True,
    ),
    _info(
        "same_picture_people", "int", "People with one and the same picture",
        "The most people whose picture files show the same picture, blank ones left aside.",
        "greatest count of one sharepoint.thumbnail_fingerprint", _PEOPLE, bounded=True,
    ),
    _info(
        "blank_in_a_day_people", "int", "Blank picture files written within 24 hours",
        "The most people whose files are blank and were written within the same 24 hours.",
        "greatest count of sharepoint.thumbnail_is_blank in 24 hours of thumbnail_modified_at", _PEOPLE,
        bounded=True,
    ),
    _info(
        "blank_from", "datetime", "First of those files", "When the first of these blank files was written.",
        "start of those 24 hours",
    ),
    _info(
        "blank_until", "datetime", "Last of those files", "When the last of these blank files was written.",
        "latest thumbnail_modified_at in those 24 hours",
    ),
    _info(
        "picture_folder", "str", "Picture folder", "The folder that holds most picture files.",
        "most frequent folder of the library listing, or sharepoint.folder_name",
    ),
    _info(
        "picture_folder_address", "str", "Picture folder in addresses",
        "Its name as it stands in an address, in lower case.", "picture_folder",
    ),
    _info(
        "picture_folders", "list", "Picture folders", "All folders that hold picture files.",
        "folders of the library listing and sharepoint.folder_name",
    ),
    _info(
        "picture_folder_count", "int", "Number of picture folders", "How many these are.",
        "length of picture_folders", "folders",
    ),
    _info(
        "picture_folder_localised", "bool", "The folder's name is a translated one",
        "The folder is not called Profile Pictures, as in English.", "picture_folder",
    ),
    _info(
        "elsewhere_host", "str", "Host of most of those pictures",
        "The host outside the tenant's My Site host that most PictureURLs name; '' when there is none.",
        "most frequent host where sharepoint.picture_url_state = 'elsewhere'",
    ),
    _info(
        "pages_seen", "int", "Pages looked at", "People drawn at random whose pages were looked at.",
        "run.pages_sampled", "pages",
    ),
    _info(
        "pages_default", "int", "Pages with the grey figure",
        "How many of these showed the grey figure or could not be read.", "run.pages_default", "pages",
    ),
    _info(
        "pages_default_share", "float", "Share of these pages",
        f"Their share, 0 to 1; unknown below {FEWEST_PAGES} pages.", "pages_default / pages_seen",
    ),
    _info(
        "photo_source", "str", "Photo source of the tenant", "policy.photo_source, where all people agree.",
        "policy.photo_source", choices=FACTS["policy.photo_source"].choices,
    ),
    _info(
        "photo_roles_restricted", "bool", "Only some roles may change photos",
        "policy.roles_restricted, where all people agree.", "policy.roles_restricted",
    ),
    _info(
        "my_site_storage", "int", "Storage used by the My Site host",
        "Bytes the root site of the My Site host holds.", _SITE_USAGE, "bytes",
    ),
    _info(
        "my_site_storage_share", "float", "Share of its storage",
        "Used share of that site's own quota, 0 to 1. Whether an app may read it is not documented.",
        _SITE_USAGE,
    ),
)  # fmt: skip

TENANT_FACTS: Mapping[str, AggregateInfo] = MappingProxyType(
    {info.path: info for info in (*_ALONE, *(info for topic in TOPICS for info in _of_topic(topic)))}
)
"""Every tenant-wide fact by path, `tenant.<name>`."""


_FILE = "sharepoint.thumbnails_present IS NOT FALSE"
_ROW = {
    "people": "count(*)",
    "photos_known": "count(photo.present)",
    "profiles_known": "count(sharepoint.profile_exists)",
    "collected": "max(run.collected_at)",
    "newest": "any_value(newest)",
    "members": f"count(*) FILTER ({_MEMBERS})",
    "looked_up": f"count(*) FILTER ({_MEMBERS} AND (NOT sharepoint.thumbnails_present "
    "OR sharepoint.thumbnail_modified_at IS NOT NULL))",
    "sizes_unknown": f"count(*) FILTER ({_FILE} AND sharepoint.thumbnail_bytes IS NULL)",
    "writes_unknown": f"count(*) FILTER ({_FILE} AND (sharepoint.thumbnail_bytes IS NULL "
    "OR sharepoint.thumbnail_modified_at IS NULL))",
    "pictures_unknown": f"count(*) FILTER ({_FILE} AND sharepoint.thumbnail_fingerprint IS NULL "
    "AND sharepoint.thumbnail_is_blank IS NOT TRUE)",
    "blanks_unknown": f"count(*) FILTER ({_FILE} AND sharepoint.thumbnail_is_blank IS NOT FALSE "
    "AND (sharepoint.thumbnail_is_blank IS NULL OR sharepoint.thumbnail_modified_at IS NULL))",
    "picture_folder": "any_value(main_folder)",
    "picture_folders": "any_value(folders)",
    "picture_folder_count": "any_value(folder_count)",
    "elsewhere_host": "any_value(host)",
    "photo_source": "min(policy.photo_source)",
    "photo_source_kinds": "count(DISTINCT policy.photo_source)",
    "photo_roles_restricted": "bool_or(policy.roles_restricted)",
    "photo_roles_restricted_kinds": "count(DISTINCT policy.roles_restricted)",
}
_FIXED = f"""
WITH found AS (
    SELECT regexp_extract(folder, '[^/]*$') AS name, count(*) AS files FROM library WHERE stem <> ''
    GROUP BY 1 UNION ALL SELECT sharepoint.folder_name, count(*) FROM people GROUP BY 1),
named AS (SELECT name, sum(files) AS files FROM found WHERE name <> '' GROUP BY name),
hosts AS (SELECT {_URL_HOST} AS host FROM people WHERE sharepoint.picture_url_state = 'elsewhere'),
fixed AS (SELECT (SELECT max(sharepoint.thumbnail_modified_at) FROM people) AS newest,
    (SELECT name FROM named ORDER BY files DESC, name LIMIT 1) AS main_folder,
    (SELECT list(name ORDER BY files DESC, name)[:{_FOLDERS_NAMED}] FROM named) AS folders,
    (SELECT count(*) FROM named) AS folder_count,
    (SELECT host FROM hosts WHERE host <> '' GROUP BY host ORDER BY count(*) DESC, host LIMIT 1) AS host)"""
SIZES = """
SELECT max(people) AS people, sum(people) AS files, arg_max(bytes, people) AS bytes FROM (
    SELECT sharepoint.thumbnail_bytes AS bytes, count(*) AS people FROM people
    WHERE sharepoint.thumbnails_present AND sharepoint.thumbnail_bytes IS NOT NULL GROUP BY 1 ORDER BY 1)"""
SAME_PICTURE = """
SELECT max(people) AS people FROM (SELECT count(*) AS people FROM people
    WHERE NOT sharepoint.thumbnail_is_blank AND sharepoint.thumbnail_fingerprint <> ''
    GROUP BY sharepoint.thumbnail_fingerprint)"""


def within_a_day(kind: str, where: str) -> str:
    """The most files of one kind that were written within 24 hours, with the first and the last of them."""
    return f"""
SELECT max(people) AS people, arg_max(written, people) AS first, arg_max(until, people) AS last FROM (
    SELECT sharepoint.thumbnail_modified_at AS written, count(*) OVER day AS people,
        max(sharepoint.thumbnail_modified_at) OVER day AS until
    FROM people
    WHERE sharepoint.thumbnails_present AND sharepoint.thumbnail_modified_at IS NOT NULL AND {where}
    WINDOW day AS (PARTITION BY {kind} ORDER BY sharepoint.thumbnail_modified_at
        RANGE BETWEEN CURRENT ROW AND INTERVAL 24 HOURS FOLLOWING))"""


def statement() -> str:
    """Everything that one pass over the people tells, as one row."""
    columns = [f"{sql} AS {name}" for name, sql in _ROW.items()]
    for topic in TOPICS:
        among, both = f"({topic.among})", f"(({topic.among}) AND ({topic.having}))"
        for part, condition in (
            ("true", both),
            ("unknown", f"{both} IS NULL"),
            ("of", among),
            ("others", f"{both} IS NOT TRUE AND {among} IS NOT FALSE"),
            ("not", f"{both} IS FALSE AND {among}"),
        ):
            columns.append(f"count(*) FILTER ({condition}) AS {topic.name}_{part}")
    return f"{_FIXED} SELECT {', '.join(columns)} FROM people CROSS JOIN fixed"
