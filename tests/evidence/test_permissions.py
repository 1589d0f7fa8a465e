"""The permissions we use: each opens a call, none of them writes, and broader ones cover narrower ones."""

from __future__ import annotations

import pytest

from troubleshooter.evidence.permissions import (
    ACCOUNTS,
    ALL,
    FILES,
    GRAPH,
    PHOTOS,
    PROFILES,
    SHAREPOINT,
    SITE_ADDRESS,
    broader,
    granted_as,
    least,
    not_needed,
    of_fact,
    writes,
)
from troubleshooter.evidence.schema import PERMISSIONS
from troubleshooter.sandbox.apps import GRAPH_PERMISSIONS, SHAREPOINT_ROLES, SHAREPOINT_SCOPES


def test_every_call_has_a_permission_we_describe_and_every_permission_opens_a_call() -> None:
    assert set(PERMISSIONS.values()) == {key for key, one in ALL.items() if not one.optional}
    assert all(one.calls for one in ALL.values() if not one.optional)


def test_nothing_that_is_asked_for_can_change_anything() -> None:
    for app_only in (True, False):
        names = [name for listed in least(ALL, app_only=app_only).values() for name in listed]
        assert names
        assert not any(map(writes, names))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("User.Read.All", False),
        ("AllSites.Read", False),
        ("Sites.Search.All", False),
        ("User.ReadWrite.All", True),
        ("Sites.FullControl.All", True),
        ("Sites.Manage.All", True),
        ("AllSites.Write", True),
        ("Mail.Send", True),
        ("full_access_as_app", True),
        ("Directory.AccessAsUser.All", True),
        ("User.Invite.All", True),
    ],
)
def test_a_permission_that_can_change_something_is_known_by_its_name(name: str, changes: bool) -> None:
    assert writes(name) is changes


@pytest.mark.parametrize(
    ("resource", "name", "granted", "by"),
    [
        (GRAPH, "User.Read.All", {"User.Read.All", "Directory.Read.All"}, "User.Read.All"),
        (GRAPH, "User.Read.All", {"Directory.Read.All"}, "Directory.Read.All"),
        (GRAPH, "User.Read.All", {"User.ReadBasic.All"}, ""),
        (GRAPH, "ProfilePhoto.Read.All", {"User.ReadBasic.All"}, "User.ReadBasic.All"),
        (GRAPH, "ProfilePhoto.Read.All", {"ProfilePhoto.ReadWrite.All"}, "ProfilePhoto.ReadWrite.All"),
        (GRAPH, "ProfilePhoto.Read.All", {"Directory.Read.All"}, ""),
        (GRAPH, "Sites.Read.All", {"Sites.FullControl.All"}, "Sites.FullControl.All"),
        (GRAPH, "Sites.Read.All", {"Sites.Selected"}, ""),
        (SHAREPOINT, "User.Read.All", {"Sites.FullControl.All"}, ""),
        (SHAREPOINT, "User.Read.All", {"Directory.Read.All"}, ""),
        (SHAREPOINT, "AllSites.Read", {"AllSites.Manage"}, "AllSites.Manage"),
    ],
)
def test_a_broader_permission_covers_a_narrower_one_of_the_same_service_alone(
    resource: str, name: str, granted: set[str], by: str
) -> None:
    assert granted_as(resource, name, granted) == by


def test_no_permission_covers_itself_in_a_circle() -> None:
    for resource in (GRAPH, SHAREPOINT):
        for one in ALL.values():
            for name in (*one.application, *one.delegated):
                for other in broader(resource, name):
                    assert name not in broader(resource, other), (name, other)


def test_what_another_one_of_the_list_covers_is_not_asked_for() -> None:
    assert least([ACCOUNTS, PHOTOS], app_only=True) == {GRAPH: ("User.Read.All",)}
    assert least([PHOTOS], app_only=True) == {GRAPH: ("ProfilePhoto.Read.All",)}
    assert least([PROFILES, FILES], app_only=False) == {SHAREPOINT: ("User.Read.All", "AllSites.Read")}


def test_a_fact_of_sharepoint_needs_its_address_and_a_comparison_needs_both_pictures() -> None:
    assert of_fact("sharepoint.thumbnails_present") == (FILES, ACCOUNTS, SITE_ADDRESS)
    assert set(of_fact("comparison.sharepoint_matches_photo")) == {PHOTOS, FILES, ACCOUNTS, SITE_ADDRESS}
    assert of_fact("ticket.symptom") == ()


def test_what_a_token_holds_beyond_our_use_is_named_and_signing_in_is_not() -> None:
    held = ("User.Read.All", "openid", "User.Read", "Mail.Read", "Sites.FullControl.All")
    assert not_needed(GRAPH, held, app_only=True) == ("Mail.Read", "Sites.FullControl.All")


def test_the_sandbox_s_full_app_holds_what_we_name_and_nothing_else() -> None:
    graph = {name for one in ALL.values() if one.resource == GRAPH for name in one.application}
    assert set(GRAPH_PERMISSIONS) == graph
    for names, app_only in ((SHAREPOINT_ROLES, True), (SHAREPOINT_SCOPES, False)):
        ours = [one.names(app_only=app_only) for one in ALL.values() if one.resource == SHAREPOINT]
        assert set(names) == {name for listed in ours for name in listed}
