"""Which Microsoft cloud: its host names, and custom clouds from a file.

Host names: https://learn.microsoft.com/graph/deployments and
https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from troubleshooter.errors import UsageError


class CloudError(UsageError):
    """A cloud name or a cloud file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud. Host names only, no scheme. `connect_to` (host, port) is for loopback sandboxes alone."""

    name: str
    login: str
    graph: str
    exchange: str
    sharepoint_suffix: str
    connect_to: tuple[str, int] | None = None
    ca_bundle: Path | None = None
    custom: bool = False

    @property
    def graph_resource(self) -> str:
        """The audience of Graph tokens, `https://graph.microsoft.com`."""
        return f"https://{self.graph}"

    def authority(self, tenant: str) -> str:
        """Where this tenant signs in, `https://login.microsoftonline.com/<tenant>`."""
        return f"https://{self.login}/{tenant}"

    def sharepoint_host(self, tenant: str, kind: Literal["root", "my", "admin"] = "root") -> str:
        """A host of SharePoint for the tenant's SharePoint name (`contoso`): root, `-my` or `-admin`."""
        label = tenant.lower() if kind == "root" else f"{tenant.lower()}-{kind}"
        return f"{label}.{self.sharepoint_suffix}"

    def is_sharepoint_host(self, host: str) -> bool:
        """Whether the host belongs to SharePoint in this cloud, so that it may see SharePoint tokens."""
        tenant, _, suffix = host.lower().partition(".")
        return bool(tenant) and suffix == self.sharepoint_suffix


CLOUDS: dict[str, Cloud] = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            name="global",
            login="login.microsoftonline.com",
            graph="graph.microsoft.com",
            exchange="outlook.office365.com",
            sharepoint_suffix="sharepoint.com",
        ),
        Cloud(
            name="gcc-high",
            login="login.microsoftonline.us",
            graph="graph.microsoft.us",
            exchange="outlook.office365.us",
            sharepoint_suffix="sharepoint.us",
        ),
        Cloud(
            name="dod",
            login="login.microsoftonline.us",
            graph="dod-graph.microsoft.us",
            exchange="outlook-dod.office365.us",
            sharepoint_suffix="sharepoint-mil.us",
        ),
        Cloud(
            name="china",
            login="login.chinacloudapi.cn",
            graph="microsoftgraph.chinacloudapi.cn",
            exchange="outlook.office365.cn",
            sharepoint_suffix="sharepoint.cn",
        ),
    )
}
# Other names of the same sign-in hosts, which msal knows as well.
LOGIN_ALIASES: dict[str, str] = {
    "login.windows.net": "login.microsoftonline.com",
    "login.microsoft.com": "login.microsoftonline.com",
    "sts.windows.net": "login.microsoftonline.com",
    "login-us.microsoftonline.com": "login.microsoftonline.com",
    "login.usgovcloudapi.net": "login.microsoftonline.us",
    "login.partner.microsoftonline.cn": "login.chinacloudapi.cn",
}


@dataclass(frozen=True, slots=True)
class Sovereign:
    """A cloud of which Microsoft has published some host names. `exchange` '' when it is not among them.

    SharePoint's are not, so nobody can be asked there without a cloud file.
    Sign-in and Graph: https://learn.microsoft.com/powershell/module/microsoft.graph.authentication/get-mgenvironment
    Exchange: https://github.com/microsoft/CSS-Exchange/pull/2495
    """

    operator: str
    login: str
    graph: str
    names: str
    """How the names end that it gives to tenants."""
    exchange: str = ""


SOVEREIGN: dict[str, Sovereign] = {
    "bleu": Sovereign(
        operator="Bleu, France",
        login="login.sovcloud-identity.fr",
        graph="graph.svc.sovcloud.fr",
        names=".onsovcloud.fr",
        exchange="outlook.sovcloud.fr",
    ),
    "delos": Sovereign(
        operator="Delos, Germany",
        login="login.sovcloud-identity.de",
        graph="graph.svc.sovcloud.de",
        names=".onsovcloud.de",
        exchange="outlook.sovcloud.de",
    ),
    "govsg": Sovereign(
        operator="GovSG, Singapore",
        login="login.sovcloud-identity.sg",
        graph="graph.svc.sovcloud.sg",
        names=".onsovcloud.sg",
    ),
}
# GCC (without "High") lives in the global cloud: same sign-in, Graph and SharePoint hosts.
_ALIASES = {"gcc": "global", "worldwide": "global", "commercial": "global", "gcchigh": "gcc-high"}


def load_cloud(name_or_path: str) -> Cloud:
    """A known cloud by name (any case), or a custom one from a TOML file. CloudError says what is wrong."""
    name = name_or_path.strip().lower()
    known = CLOUDS.get(_ALIASES.get(name, name))
    if known is not None:
        return known
    if name in SOVEREIGN and not Path(name_or_path).exists():
        raise _half_known(name)
    path = Path(name_or_path).expanduser()
    if path.suffix.lower() != ".toml" and len(path.parts) < 2 and not path.exists():
        raise _unknown_name(name_or_path)
    from troubleshooter.signin.cloud_file import read_cloud_file  # it needs Cloud from this module

    return read_cloud_file(path)


def _half_known(name: str) -> CloudError:
    one = SOVEREIGN[name]
    return CloudError(
        "Of cloud {name} ({operator}) only some host names are published: sign-in {login}, Graph {graph}, "
        "Exchange {exchange}. SharePoint's are not.",
        "Write a cloud file with these names; sharepoint_suffix is what follows the tenant's name in the "
        "address of its SharePoint. docs/clouds.md shows it.",
        name=name,
        operator=one.operator,
        login=one.login,
        graph=one.graph,
        exchange=one.exchange or "?",
    )


def _unknown_name(name: str) -> CloudError:
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), [*CLOUDS, *_ALIASES], n=1)
    if near:
        return CloudError(
            "There is no cloud called {name!r}.",
            "Did you mean {near}? The clouds are {known}; anything else is the path of a cloud file (TOML).",
            name=name,
            near=near[0],
            known=", ".join(CLOUDS),
        )
    return CloudError(
        "There is no cloud called {name!r}, and no file of that name either.",
        "The clouds are {known}; anything else is the path of a cloud file (TOML).",
        name=name,
        known=", ".join(CLOUDS),
    )
