"""What is refused, throttled or garbled becomes a gap with its reason, and the rest is read all the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tests.collect.answers import reason
from tests.collect.conftest import Asker, AskerFactory
from tests.conftest import SandboxFactory
from troubleshooter.collect.sharepoint import PROFILE_FACTS, SHAREPOINT_FACTS
from troubleshooter.errors import TroubleshooterError
from troubleshooter.evidence.record import Evidence
from troubleshooter.evidence.schema import FACTS
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.model import (
    GRAPH,
    SHAREPOINT,
    BodyKind,
    FaultAnswer,
    PathFault,
    TenantState,
    deny,
)
from troubleshooter.signin.errors import ResourceUnknown, SharePointSecretRefused, SignInUnreachable
from troubleshooter.transport.answer import Answer, NoToken, Token, TokenProvider

PETRA = "petra.horvat@contoso.example"
NOTHING_COPIED = "paula.herceg@contoso.example"


@pytest.fixture
def small(tenant: TenantState) -> TenantState:
    """Petra alone, so that nothing is drawn in vain."""
    return replace(tenant, accounts=(tenant.person(PETRA),))


def denied(evidence: Evidence) -> dict[str, str]:
    """Permission by denied fact."""
    return {gap.fact: gap.permission for gap in evidence.gaps if gap.reason == "denied"}


@pytest.mark.parametrize(
    ("resource", "permission", "unknown", "still_known"),
    [
        (GRAPH, "MailboxSettings.Read", {"mailbox.purpose"}, ("mailbox.exists", "photo.present")),
        (
            GRAPH,
            "PeopleSettings.Read.All",
            {"policy.photo_source", "policy.roles_restricted", "policy.allowed_roles"},
            ("photo.present", "sharepoint.picture_url"),
        ),
        (
            SHAREPOINT,
            "User.Read.All",
            set(PROFILE_FACTS) | {"sharepoint.search_state"},
            ("photo.present", "sharepoint.thumbnails_present", "sharepoint.search_picture_url"),
        ),
        (
            SHAREPOINT,
            "Sites.Read.All",
            {path for path in SHAREPOINT_FACTS if FACTS[path].permission == "SharePoint Sites.Read.All"}
            - {"sharepoint.served_status"},
            ("photo.present", "sharepoint.picture_url", "sharepoint.timestamp_state"),
        ),
    ],
    ids=["mailbox settings", "people settings", "profiles", "sites"],
)
def test_a_missing_permission_hides_its_facts_and_no_others(
    small: TenantState,
    make_sandbox: SandboxFactory,
    ask: AskerFactory,
    resource: str,
    permission: str,
    unknown: set[str],
    still_known: tuple[str, ...],
) -> None:
    evidence = ask(make_sandbox(deny(small, DEMO_CLIENT, resource, permission))).one(PETRA).evidence
    found = denied(evidence)
    comparison = {"comparison.sharepoint_matches_photo", "comparison.distance"}
    assert set(found) - comparison == unknown
    assert all(name.endswith(permission) for name in found.values())
    assert all(evidence.value(path) is not None for path in still_known)


def test_without_the_right_to_read_users_the_rest_is_read_by_sign_in_name(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    locked = FaultAnswer(403, code="Authorization_RequestDenied")
    fault = PathFault(r"/users/[^/?]+\?", (locked,), forever=True)
    evidence = ask(make_sandbox(small.with_faults(fault))).one(PETRA).evidence
    assert reason(evidence, "directory.exchange_plan") == "denied"
    assert denied(evidence)["person.id"] == "Microsoft Graph User.Read.All"
    assert evidence.photo.present is True
    assert evidence.sharepoint.profile_exists is True
    assert evidence.sharepoint.file_stem_matches is True  # its name is the sign-in name
    assert denied(evidence)["sharepoint.object_id_state"] == "Microsoft Graph User.Read.All"


FAULTS: list[tuple[str, int, BodyKind, str]] = [
    ("throttled", 429, "html", "throttled"),
    ("unavailable", 503, "html", "service_error"),
    ("html", 200, "html", "unreadable"),
    ("truncated", 200, "truncated", "unreadable"),
    ("empty", 200, "empty", "unreadable"),
    ("refused", 403, "json", "denied"),
]


@pytest.mark.parametrize(
    ("status", "body", "expected"), [one[1:] for one in FAULTS], ids=[one[0] for one in FAULTS]
)
@pytest.mark.parametrize(
    ("pattern", "fact"),
    [
        (r"/photo$", "photo.etag"),
        (r"/photos", "photo.sizes"),
        (r"/photo/\$value", "photo.width"),
        (r"/userPurpose", "mailbox.purpose"),
        (r"photoUpdateSettings", "policy.photo_source"),
        (r"/organization", "run.tenant_name"),
        (r"GetPropertiesFor", "sharepoint.picture_url"),
        (r"/search/query", "sharepoint.search_picture_url"),
        (r"userphoto\.aspx.*petra", "sharepoint.served_is_default_image"),
        (r"_[LM]Thumb\.jpg", "sharepoint.thumbnail_width"),
    ],
)
def test_one_broken_answer_costs_its_own_facts_only(
    broken: Asker, pattern: str, fact: str, status: int, body: BodyKind, expected: str
) -> None:
    whole = broken.sandbox.tenant
    try:
        broken.sandbox.inject(pattern, FaultAnswer(status, body, code="X"), forever=True)
        evidence = broken.one(PETRA).evidence
    finally:
        broken.sandbox.tenant = whole
    assert evidence.value(fact) is None
    assert reason(evidence, fact) == expected
    assert evidence.directory.exchange_plan == "enabled"
    systems = ("photo.present", "sharepoint.thumbnails_present", "mailbox.exists")
    assert sum(evidence.value(path) is not None for path in systems) >= 2
    assert all(evidence.value(path) is not False for path in systems)


@pytest.fixture(scope="module")
def broken(tenant: TenantState, tmp_path_factory: pytest.TempPathFactory, _open: AskerFactory):  # type: ignore[no-untyped-def]
    """One sandbox for all faults; each test mends it again."""
    from troubleshooter.sandbox.server import Sandbox

    alone = replace(tenant, accounts=(tenant.person(PETRA),))
    with Sandbox(alone, directory=tmp_path_factory.mktemp("broken")) as sandbox:
        yield _open(sandbox)


def test_the_root_site_is_asked_when_the_admin_host_refuses_profiles(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    for status in (401, 403, 404):
        fault = PathFault(r"//contoso-admin\.", (FaultAnswer(status),), forever=True)
        evidence = ask(make_sandbox(small.with_faults(fault))).one(PETRA).evidence
        assert evidence.sharepoint.profile_exists is True
        source = evidence.source("sharepoint.picture_url")
        assert source is not None
        assert source.url.startswith("https://contoso.sharepoint")


def test_an_app_with_a_secret_never_asks_sharepoint(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    sandbox = make_sandbox(small)
    evidence = ask(sandbox).one(PETRA, run={"sharepoint_app_only_secret": True}).evidence
    assert evidence.run.sharepoint_app_only_secret is True
    assert not [one for one in sandbox.requests if "sharepoint" in one.host]
    for path in SHAREPOINT_FACTS:
        gap = evidence.gap(path)
        assert gap is not None
        assert gap.reason == "denied"
        assert "certificate" in gap.permission
        assert "secret" in gap.detail
    assert evidence.photo.present is True
    assert reason(evidence, "comparison.distance") == "denied"


class NoSharePoint:
    """A SharePoint client that gets no token."""

    def __init__(self, problem: TroubleshooterError) -> None:
        self.problem = problem

    def get(self, url: str, *, accept: str = "") -> Answer:
        raise self.problem

    def batch(self, host: str, urls: object, *, accept: str = "") -> list[Answer]:
        raise self.problem


def test_a_sharepoint_sign_in_that_fails_leaves_gaps_for_sharepoint_only(asker: Asker) -> None:
    refused = SharePointSecretRefused("the-app", "contoso.sharepoint.example")
    alone = replace(asker, sharepoint=NoSharePoint(refused))  # type: ignore[arg-type]
    evidence = alone.one(PETRA).evidence
    gap = evidence.gap("sharepoint.picture_url")
    assert gap is not None
    assert gap.reason == "denied"
    assert "the-app signs in with a secret, and SharePoint (contoso.sharepoint.example) refuses" in gap.detail
    assert "certificate" in gap.permission.lower()
    assert evidence.photo.present is True


def test_the_tenants_hosts_are_found_by_a_personal_site_when_the_root_site_is_denied(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    fault = PathFault(r"/sites/root", (FaultAnswer(403, code="accessDenied"),), forever=True)
    evidence = ask(make_sandbox(small.with_faults(fault))).one(PETRA).evidence
    assert evidence.sharepoint.profile_exists is True


def test_without_any_host_the_gaps_name_the_permission_that_finds_it(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    tenant = deny(small, DEMO_CLIENT, GRAPH, "Sites.Read.All")
    hidden = PathFault(r"mySite", (FaultAnswer(403, code="accessDenied"),), forever=True)
    sandbox = make_sandbox(tenant.with_faults(hidden))
    evidence = ask(sandbox).one(PETRA).evidence
    gap = evidence.gap("sharepoint.picture_url")
    assert gap is not None
    assert (gap.reason, gap.permission) == ("denied", "Microsoft Graph Sites.Read.All")
    assert evidence.photo.present is True
    told = ask(sandbox).one(PETRA, sharepoint_host=f"contoso.{ask(sandbox).cloud.sharepoint_suffix}").evidence
    assert told.sharepoint.profile_exists is True


@pytest.mark.parametrize("person", ["ante.milic@contoso.example", PETRA, "paula.herceg@contoso.example"])
def test_a_localised_folder_is_found(
    tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory, person: str
) -> None:
    account = tenant.person(person)
    if account.profile.picture_url:
        url = account.profile.picture_url.replace("Profile%20Pictures", "Profielafbeeldingen")
        account = replace(account, profile=replace(account.profile, picture_url=url))
    dutch = replace(tenant, accounts=(account,), photo_folder="Profielafbeeldingen")
    shown = ask(make_sandbox(dutch)).one(person).evidence.sharepoint
    assert shown.folder_name == "Profielafbeeldingen"
    assert shown.thumbnails_present is (account.thumbnails is not None)
    if account.profile.picture_url:
        assert shown.picture_url_state == "set"


def test_a_folder_too_long_to_list_is_asked_for_the_file_itself(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    evidence = ask(make_sandbox(replace(small, list_view_threshold=1))).one(PETRA).evidence
    assert evidence.sharepoint.thumbnails_present is True
    assert evidence.sharepoint.picture_url_state == "set"
    assert evidence.comparison.sharepoint_matches_photo is True


def test_a_file_whose_address_takes_browsers_only_is_read_by_rest(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    fault = PathFault(r"/Profile%20Pictures/\w+_LThumb\.jpg$", (FaultAnswer(401),), forever=True)
    evidence = ask(make_sandbox(small.with_faults(fault))).one(PETRA).evidence
    assert evidence.sharepoint.thumbnail_width == 300
    source = evidence.source("sharepoint.thumbnail_width")
    assert source is not None
    assert source.url.endswith("/$value")


def test_upper_case_sizes_count_like_lower_case_ones(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    (petra,) = small.accounts
    loud = replace(petra, photo=replace(petra.photo, uppercase_ids=True))
    photo = ask(make_sandbox(replace(small, accounts=(loud,)))).one(PETRA).evidence.photo
    assert (photo.hd_size_count, photo.store_class, photo.largest_side) == (9, "mailbox", 648)


@pytest.mark.parametrize("shape", ["null", "404", "500", "empty"])
def test_every_way_of_saying_no_profile(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory, shape: str
) -> None:
    (petra,) = small.accounts
    lost = replace(petra, profile=replace(petra.profile, missing=shape))  # type: ignore[arg-type]
    sandbox = make_sandbox(replace(small, accounts=(lost,)))
    evidence = ask(sandbox).one(PETRA).evidence
    assert evidence.sharepoint.profile_exists is False
    assert reason(evidence, "sharepoint.served_is_default_image") == "not_applicable"
    assert reason(evidence, "comparison.distance") == "not_applicable"
    assert not [one for one in sandbox.requests if "userphoto" in one.path]


def test_somebody_missing_from_the_index_of_a_tenant_that_shows_others(
    tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    petra, layla = tenant.person(PETRA), tenant.person("layla.haddad@contoso.example")
    unlisted = replace(petra, search_url=None)
    both = ask(make_sandbox(replace(tenant, accounts=(unlisted, layla)))).one(PETRA).evidence
    assert both.sharepoint.search_state == "not_indexed"
    alone = ask(make_sandbox(replace(tenant, accounts=(unlisted,)))).one(PETRA).evidence
    assert reason(alone, "sharepoint.search_state") == "denied"  # nobody at all: the app may not see people


@dataclass
class ClosedTo:
    """Tokens for everything but one resource."""

    tokens: TokenProvider
    resource: str
    problem: NoToken

    def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
        if resource == self.resource:
            raise self.problem
        return self.tokens.token(resource, claims=claims, renew=renew)


def test_the_root_site_is_asked_when_there_is_no_token_for_the_admin_host(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    asker = ask(make_sandbox(small))
    service = asker.sharepoint.service
    admin = f"https://contoso-admin.{asker.cloud.sharepoint_suffix}"
    service.tokens = ClosedTo(service.tokens, admin, ResourceUnknown("{x} is unknown.", "Ask.", x=admin))
    evidence = asker.one(PETRA).evidence
    assert evidence.sharepoint.profile_exists is True
    assert evidence.sharepoint.thumbnails_present is True


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (ResourceUnknown("The tenant does not know it.", "Look."), "denied"),
        (SignInUnreachable("The sign-in host failed.", "Wait."), "service_error"),
    ],
)
def test_a_sign_in_that_failed_is_no_refusal(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory, problem: NoToken, expected: str
) -> None:
    asker = ask(make_sandbox(small))
    service = asker.sharepoint.service
    my = f"https://contoso-my.{asker.cloud.sharepoint_suffix}"
    service.tokens = ClosedTo(service.tokens, my, problem)
    evidence = asker.one(PETRA).evidence
    assert evidence.sharepoint.profile_exists is True
    assert reason(evidence, "sharepoint.thumbnails_present") == expected


def test_an_address_that_may_be_an_alias_proves_no_profile_missing(
    small: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    sandbox = make_sandbox(small)
    sandbox.inject(r"/users/p\.alias@contoso\.example\?", FaultAnswer(503, "html"), forever=True)
    evidence = ask(sandbox).one("p.alias@contoso.example").evidence
    assert reason(evidence, "sharepoint.profile_exists") == "service_error"
    assert reason(evidence, "sharepoint.thumbnails_present") == "service_error"


def test_without_an_object_id_no_picture_file_is_missing_for_certain(
    tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    account = tenant.person(NOTHING_COPIED)
    fault = PathFault(r"/users/[^/]*@[^/]*\?", (FaultAnswer(403, "json", code="X"),), forever=True)
    alone = replace(tenant, accounts=(account,)).with_faults(fault)
    evidence = ask(make_sandbox(alone)).one(NOTHING_COPIED).evidence
    assert evidence.sharepoint.picture_url_state == "empty"
    assert reason(evidence, "sharepoint.thumbnails_present") == "denied"
