"""The app registrations of the sandbox, their permissions exactly what the program's own list asks for."""

from __future__ import annotations

from typing import Literal

from troubleshooter.sandbox.model import EXCHANGE, GRAPH, SHAREPOINT, Client

DEMO_CLIENT = "22222222-0000-4000-8000-000000000001"
NARROW_CLIENT = "22222222-0000-4000-8000-000000000002"
EXPIRED_CLIENT = "22222222-0000-4000-8000-000000000003"
UNCONSENTED_CLIENT = "22222222-0000-4000-8000-000000000004"
CONFIDENTIAL_CLIENT = "22222222-0000-4000-8000-000000000005"
MACHINE_CLIENT = "22222222-0000-4000-8000-000000000006"
USER_ASSIGNED_CLIENT = "22222222-0000-4000-8000-000000000007"
WORKLOAD_SUBJECT = "system:serviceaccount:photos:troubleshooter"

GRAPH_PERMISSIONS = (
    "User.Read.All",
    "ProfilePhoto.Read.All",
    "MailboxSettings.Read",
    "PeopleSettings.Read.All",
    "Sites.Read.All",
    "Organization.Read.All",
    "GroupMember.Read.All",
)
SHAREPOINT_ROLES = ("User.Read.All", "Sites.Read.All")
SHAREPOINT_SCOPES = ("AllSites.Read", "User.Read.All")


def demo_secret(client_id: str) -> str:
    """The secret of a sandbox app; it opens nothing but a sandbox."""
    return f"sandbox~only~{client_id[-4:]}"


def _full(client_id: str, name: str) -> Client:
    return Client(
        id=client_id,
        name=name,
        secret=demo_secret(client_id),
        certificate=True,
        federated=WORKLOAD_SUBJECT,
        roles={GRAPH: GRAPH_PERMISSIONS, SHAREPOINT: SHAREPOINT_ROLES, EXCHANGE: ("Exchange.ManageAsApp",)},
        scopes={GRAPH: ("User.Read", *GRAPH_PERMISSIONS), SHAREPOINT: SHAREPOINT_SCOPES},
    )


def _identity(client_id: str, name: str, kind: Literal["system", "user"]) -> Client:
    roles = {GRAPH: GRAPH_PERMISSIONS, SHAREPOINT: SHAREPOINT_ROLES}
    return Client(id=client_id, name=name, public=False, managed=kind, roles=roles)


def scripted_clients() -> tuple[Client, ...]:
    """A full app; one for users only; an expired secret; no consent; not public; two managed identities."""
    narrow = Client(
        id=NARROW_CLIENT,
        name="Users only",
        secret=demo_secret(NARROW_CLIENT),
        certificate=True,
        roles={GRAPH: ("User.Read.All",), SHAREPOINT: ()},
        scopes={GRAPH: ("User.Read", "User.Read.All"), SHAREPOINT: ()},
    )
    expired = Client(
        id=EXPIRED_CLIENT,
        name="Expired secret",
        secret=demo_secret(EXPIRED_CLIENT),
        secret_expired=True,
        roles={GRAPH: GRAPH_PERMISSIONS},
    )
    return (
        _full(DEMO_CLIENT, "Photo troubleshooter demo"),
        narrow,
        expired,
        Client(id=UNCONSENTED_CLIENT, name="No consent", consented=False),
        Client(
            id=CONFIDENTIAL_CLIENT,
            name="Not a public client",
            secret=demo_secret(CONFIDENTIAL_CLIENT),
            public=False,
            scopes={GRAPH: ("User.Read",)},
        ),
        _identity(MACHINE_CLIENT, "The machine", "system"),
        _identity(USER_ASSIGNED_CLIENT, "An identity of its own", "user"),
    )
