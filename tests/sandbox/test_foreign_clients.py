"""Other people's clients against the sandbox: they know the services, not us."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from office365.sharepoint.client_context import ClientContext
from office365.sharepoint.userprofiles.people_manager import PeopleManager

from tests.sandbox.wire_client import GRAPH, ROOT
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

PETRA = "petra.horvat@contoso.example"
NAME = f"i:0#.f|membership|{PETRA}"


@pytest.fixture(scope="module")
def plain(tenant: TenantState) -> Iterator[Sandbox]:
    """A sandbox with a listener without TLS, as these clients are pointed at loopback."""
    with Sandbox(tenant, plain_http=True) as running:
        yield running


def sharepoint(plain: Sandbox) -> Any:
    token = plain.issue_token(ROOT, DEMO_CLIENT)
    answer = {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
    return ClientContext(f"http://127.0.0.1:{plain.http_port}").with_access_token(lambda: answer)


def test_office365_rest_python_client_reads_a_profile(plain: Sandbox) -> None:
    context = sharepoint(plain)
    person = PeopleManager(context).get_properties_for(NAME).execute_query()
    assert person.properties["DisplayName"] == "Petra Horvat"
    assert person.properties["AccountName"] == NAME


def test_office365_rest_python_client_reads_two_people_in_one_batch(
    plain: Sandbox, tenant: TenantState
) -> None:
    context = sharepoint(plain)
    manager = PeopleManager(context)
    other = tenant.person("ines.tadic@contoso.example")
    first = manager.get_properties_for(NAME)
    second = manager.get_properties_for(other.login_name)
    context.execute_batch()
    names = [first.properties["DisplayName"], second.properties["DisplayName"]]
    assert names == ["Petra Horvat", other.display_name]
    assert sum(record.batched for record in plain.requests) >= 2


class _SandboxTokens(AccessTokenProvider):
    def __init__(self, token: str) -> None:
        self._token = token
        self._hosts = AllowedHostsValidator([])

    async def get_authorization_token(self, uri: str, additional_authentication_context: Any = None) -> str:
        return self._token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return self._hosts


@contextmanager
def graph(sandbox: Sandbox) -> Iterator[GraphServiceClient]:
    tokens = BaseBearerTokenAuthenticationProvider(_SandboxTokens(sandbox.issue_token(GRAPH, DEMO_CLIENT)))
    context = ssl.create_default_context(cafile=str(sandbox.ca_file))
    client = httpx.AsyncClient(verify=context, trust_env=False)
    adapter = GraphRequestAdapter(tokens, client=client)
    adapter.base_url = f"https://127.0.0.1:{sandbox.port}/v1.0"
    yield GraphServiceClient(request_adapter=adapter)


def test_msgraph_sdk_lists_everybody_page_by_page(sandbox: Sandbox, tenant: TenantState) -> None:
    async def everybody(client: GraphServiceClient) -> list[str]:
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            select=["id", "displayName"], top=20
        )
        configuration: Any = UsersRequestBuilder.UsersRequestBuilderGetRequestConfiguration(
            query_parameters=query
        )
        page = await client.users.get(request_configuration=configuration)
        found = []
        while page:
            found += [user.id for user in page.value]
            link = page.odata_next_link
            page = await client.users.with_url(link).get() if link else None
        return found

    with graph(sandbox) as client:
        assert asyncio.run(everybody(client)) == [account.id for account in tenant.accounts]


def test_msgraph_sdk_reads_one_user_and_the_photo(sandbox: Sandbox) -> None:
    async def one(client: GraphServiceClient) -> tuple[Any, Any, bytes]:
        person = client.users.by_user_id(PETRA)
        return await person.get(), await person.photo.get(), await person.photo.content.get()

    with graph(sandbox) as client:
        user, photo, content = asyncio.run(one(client))
    assert user.display_name == "Petra Horvat"
    assert (photo.id, photo.width) == ("648x648", 648)
    assert content.startswith(b"\xff\xd8")


def test_msgraph_sdk_understands_our_errors(sandbox: Sandbox) -> None:
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError

    async def missing(client: GraphServiceClient) -> None:
        await client.users.by_user_id("dario.bilic@contoso.example").photo.get()

    with graph(sandbox) as client, pytest.raises(ODataError) as caught:
        asyncio.run(missing(client))
    assert caught.value.response_status_code == 404
    assert caught.value.error.code == "ImageNotFound"
