"""Inventory where tokens tell nothing, consent is missing for one service, or a service will not say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pytest

from tests.collect.conftest import Asker, AskerFactory, IssuedTokens
from tests.conftest import SandboxFactory
from troubleshooter.collect.permissions import take_inventory
from troubleshooter.evidence.inventory import Held, HeldState, Proof
from troubleshooter.evidence.permissions import ALL, FILES, PHOTOS, POLICY, PROFILES, SHAREPOINT
from troubleshooter.sandbox.apps import NARROW_CLIENT
from troubleshooter.sandbox.model import FaultAnswer, PathFault, TenantState
from troubleshooter.signin.clouds import load_cloud
from troubleshooter.signin.errors import ConsentMissing, TryLater
from troubleshooter.transport.answer import NoToken, Token
from troubleshooter.transport.graph import GraphClient
from troubleshooter.transport.service import Service
from troubleshooter.transport.session import build_session
from troubleshooter.transport.sharepoint import SharePointClient


def inventory(asker: Asker, tokens: IssuedTokens | None = None) -> dict[str, Held]:
    found = take_inventory(
        asker.graph,
        asker.sharepoint,
        tokens or IssuedTokens(asker.sandbox),
        asker.cloud.graph_resource,
        asker.cloud.sharepoint_suffix,
        tuple(ALL),
        app_only=True,
        by_secret=False,
    )
    return {one.key: one for one in found.held}


def test_tokens_that_cannot_be_read_leave_the_word_to_the_proof(asker: Asker) -> None:
    found = inventory(asker)
    assert {one.granted for one in found.values()} == {None}
    assert {one.state for one in found.values()} == {HeldState.HAVE}


@dataclass
class _WithoutSharePoint(IssuedTokens):
    """No token for SharePoint, for this reason."""

    problem: type[NoToken] = ConsentMissing

    def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
        if "sharepoint" in (urlsplit(resource).hostname or ""):
            raise self.problem("Nobody has consented.", "Let an administrator consent.")
        return super().token(resource, claims=claims, renew=renew)


@pytest.mark.parametrize(
    ("problem", "state"), [(ConsentMissing, HeldState.MISSING), (TryLater, HeldState.UNKNOWN)]
)
def test_one_service_without_a_token_leaves_the_other(
    asker: Asker, problem: type[NoToken], state: HeldState
) -> None:
    tokens = _WithoutSharePoint(asker.sandbox, problem=problem)
    cloud = load_cloud(str(asker.sandbox.cloud_file))
    with build_session(cloud) as session:
        service = Service(session, tokens, sleep=lambda seconds: None)
        alone = Asker(asker.sandbox, cloud, GraphClient(service, cloud), SharePointClient(service, cloud))
        found = inventory(alone, tokens)
    assert found[PHOTOS].state is HeldState.HAVE
    assert (found[PROFILES].state, found[FILES].state) == (state, state)
    assert found[FILES].detail == "Nobody has consented."


@pytest.mark.parametrize(
    ("answer", "proof"),
    [
        (FaultAnswer(429, retry_after=100000), Proof.UNPROVEN),
        (FaultAnswer(503, "html"), Proof.UNPROVEN),
        (FaultAnswer(404, code="ResourceNotFound"), Proof.UNPROVEN),
        (FaultAnswer(403, code="Authorization_RequestDenied"), Proof.REFUSED),
    ],
)
def test_only_a_refusal_speaks_against_a_permission(
    tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory, answer: FaultAnswer, proof: Proof
) -> None:
    fault = PathFault(r"photoUpdateSettings", (answer,), forever=True)
    found = inventory(ask(make_sandbox(replace(tenant, faults=(fault,)))))
    assert found[POLICY].proof is proof
    assert found[POLICY].detail
    assert found[PHOTOS].proof is Proof.WORKS


def test_an_app_without_any_right_in_sharepoint_is_not_called_unknown(
    tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    asker = ask(make_sandbox(tenant))
    narrow = IssuedTokens(asker.sandbox, NARROW_CLIENT)
    with build_session(asker.cloud) as session:
        service = Service(session, narrow, sleep=lambda seconds: None)
        sharepoint = SharePointClient(service, asker.cloud)
        found = inventory(Asker(asker.sandbox, asker.cloud, asker.graph, sharepoint), narrow)
    assert {found[key].state for key in found if ALL[key].resource == SHAREPOINT} == {HeldState.MISSING}
