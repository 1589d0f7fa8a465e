"""Commands for an administrator: register an app that may only read, give an app what it lacks, take it away.

Printed, never run. What is granted is looked up by name, so that no id has to be trusted. Checked against
https://learn.microsoft.com/powershell/microsoftgraph/app-only , https://learn.microsoft.com/cli/azure/ad/app
and https://pnp.github.io/cli-microsoft365/cmd/entra/app/app-add
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from troubleshooter.diagnose.rule import Step
from troubleshooter.evidence.permissions import API_IDS, GRAPH
from troubleshooter.render.labels import marked as _

APP_NAME = "photo-troubleshooter"
GRAPH_POWERSHELL, AZURE_CLI, M365_CLI = "graph-powershell", "azure-cli", "m365"
TOOLS: Mapping[str, str] = MappingProxyType(
    {
        GRAPH_POWERSHELL: "Microsoft Graph PowerShell",
        AZURE_CLI: "Azure CLI",
        M365_CLI: "CLI for Microsoft 365",
    }
)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
# What each tool calls Microsoft's clouds: Graph PowerShell, Azure CLI.
_CLOUDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "global": ("Global", "AzureCloud"),
        "gcc-high": ("USGov", "AzureUSGovernment"),
        "dod": ("USGovDoD", "AzureUSGovernment"),
        "china": ("China", "AzureChinaCloud"),
    }
)
# The names that the CLI for Microsoft 365 takes for the two services, known for the global cloud only.
_M365_SERVICES = {GRAPH: "https://graph.microsoft.com", "SharePoint": "https://microsoft.sharepoint-df.com"}
Names = Mapping[str, tuple[str, ...]]
"""Permissions by service."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the app is or will be. `client_id` '' for an app that is not registered yet.

    `cloud` is the word for --cloud: a name or the path of a file.
    """

    cloud: str
    cloud_name: str
    login: str
    tenant: str = ""
    client_id: str = ""

    @property
    def safe_tenant(self) -> str:
        """The tenant as it may stand in a command; TENANT where it is not known, or could be anything."""
        return self.tenant if _HOST.fullmatch(self.tenant) else "TENANT"

    @property
    def safe_client_id(self) -> str:
        """The app's id as it may stand in a command, or CLIENT-ID."""
        return self.client_id if _GUID.fullmatch(self.client_id) else "CLIENT-ID"

    @property
    def consent_url(self) -> str:
        """Where an administrator consents to what the app's registration names.

        https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent
        """
        return f"https://{self.login}/{self.safe_tenant}/adminconsent?client_id={self.safe_client_id}"


def routes(place: Place, names: Names, *, app_only: bool = True) -> dict[str, tuple[Step, ...]]:
    """Steps by tool: what a known app still lacks, otherwise a new app. {} where no tool knows the cloud.

    For an app that acts for a person (`app_only` False) the Azure CLI alone can write what it lacks.
    """
    if place.cloud_name not in _CLOUDS or not any(names.values()):
        return {}
    environment, azure = _CLOUDS[place.cloud_name]
    known = place.safe_client_id != "CLIENT-ID"
    found = {
        GRAPH_POWERSHELL: _graph_grant(place, environment, names)
        if known
        else _graph_register(place, environment, names),
        AZURE_CLI: _azure_grant(place, azure, names, app_only)
        if known
        else _azure_register(place, azure, names),
    }
    if place.cloud_name == "global":
        found[M365_CLI] = _m365_grant(place, names) if known else _m365_register(place, names)
    return found if app_only or not known else {AZURE_CLI: found[AZURE_CLI]}


_EFFECT_KEY = _(
    "Makes a key that never leaves this computer, and a certificate that may be shown to everybody."
)
_EFFECT_APP = _("Registers an application that nobody has granted anything yet.")
_EFFECT_GRANT = _(
    "Lets the application read what is listed, in the whole tenant, from its next sign-in on. It can change "
    "nothing. The rights to register and grant are those of your own sign-in, not the application's."
)
_EFFECT_BOTH = _(
    "Registers the application and lets it read what is listed, in the whole tenant. It can change nothing. "
    "The setup registers, once, an application for the tool itself."
)
_MAKE_KEY = _("Make a certificate.")
_REGISTER = _("Register the application.")
_GRANT = _("Grant what it needs, and nothing that writes.")
_REMOVES_APP = _("It removes the application with everything that was granted to it.")


def _key_windows() -> Step:
    return Step(
        text=_MAKE_KEY,
        command=(
            "$cert = New-SelfSignedCertificate -Subject 'CN=photo-troubleshooter' -KeyAlgorithm RSA "
            "-KeyLength 2048 -KeyExportPolicy Exportable -CertStoreLocation Cert:\\CurrentUser\\My "
            "-NotAfter (Get-Date).AddDays(180)\n"
            "Export-PfxCertificate -Cert $cert -FilePath photo-troubleshooter.pfx "
            "-Password (Read-Host -AsSecureString 'Passphrase')\n"
            "Export-Certificate -Cert $cert -FilePath photo-troubleshooter.cer"
        ),
        effect=_EFFECT_KEY,
        undo=(
            'Remove-Item "Cert:\\CurrentUser\\My\\$($cert.Thumbprint)", photo-troubleshooter.pfx, '
            "photo-troubleshooter.cer"
        ),
        verify="Get-PfxCertificate photo-troubleshooter.cer",
    )


def _key_openssl() -> Step:
    return Step(
        text=_MAKE_KEY,
        command=(
            "umask 077\n"
            'openssl req -x509 -newkey rsa:2048 -noenc -days 180 -subj "/CN=photo-troubleshooter" '
            "-keyout key.pem -out photo-troubleshooter.cer\n"
            "cat key.pem photo-troubleshooter.cer > photo-troubleshooter.pem && rm key.pem"
        ),
        effect=_EFFECT_KEY,
        undo="rm photo-troubleshooter.pem photo-troubleshooter.cer",
        verify="openssl x509 -in photo-troubleshooter.cer -noout -subject -enddate",
    )


def _check(place: Place, certificate: str, client: str) -> str:
    return (
        f"photo-troubleshooter permissions --cloud {place.cloud_name} --tenant {place.safe_tenant} "
        f"--client-id {client} --certificate {certificate}"
    )


def _connect(place: Place, environment: str, scopes: str) -> str:
    return f"Connect-MgGraph -Environment {environment} -TenantId {place.safe_tenant} -Scopes {scopes}\n"


def _wanted(names: Names) -> str:
    """A PowerShell table: the service's application id, and the permissions by name."""
    rows = "; ".join(
        f"'{API_IDS[service]}' = @({', '.join(repr(name) for name in listed)})"
        for service, listed in names.items()
        if listed
    )
    return f"$wanted = @{{ {rows} }}\n"


_ROLES = (
    "$service.AppRoles | Where-Object { $wanted[$api] -contains $_.Value "
    "-and $_.AllowedMemberTypes -contains 'Application' }"
)
_SERVICE = "$service = Get-MgServicePrincipal -Filter \"appId eq '$api'\""
_ASSIGN = (
    "foreach ($api in $wanted.Keys) {\n"
    f"  {_SERVICE}\n"
    f"  {_ROLES} | ForEach-Object {{ New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id "
    "-PrincipalId $sp.Id -ResourceId $service.Id -AppRoleId $_.Id }\n"
    "}"
)
_UNASSIGN = (
    "Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -All | ForEach-Object { "
    "Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -AppRoleAssignmentId $_.Id }"
)


def _graph_register(place: Place, environment: str, names: Names) -> tuple[Step, ...]:
    register = (
        _connect(place, environment, "Application.ReadWrite.All, AppRoleAssignment.ReadWrite.All")
        + _wanted(names)
        + "$access = foreach ($api in $wanted.Keys) {\n"
        f"  {_SERVICE}\n"
        f"  @{{ ResourceAppId = $api; ResourceAccess = @({_ROLES} | "
        "ForEach-Object { @{ Id = $_.Id; Type = 'Role' } }) }\n"
        "}\n"
        "$public = Get-PfxCertificate photo-troubleshooter.cer\n"
        f"$app = New-MgApplication -DisplayName {APP_NAME} -SignInAudience AzureADMyOrg "
        "-RequiredResourceAccess $access "
        "-KeyCredentials @(@{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $public.RawData })\n"
        "$sp = New-MgServicePrincipal -AppId $app.AppId\n"
        "$app.AppId"
    )
    return (
        _key_windows(),
        Step(
            text=_REGISTER,
            command=register,
            effect=_EFFECT_APP,
            undo="Remove-MgApplication -ApplicationId $app.Id",
            why=_REMOVES_APP,
            verify=f"Get-MgApplication -Filter \"displayName eq '{APP_NAME}'\"",
        ),
        Step(
            text=_GRANT,
            command=_ASSIGN,
            effect=_EFFECT_GRANT,
            undo=_UNASSIGN,
            verify=_check(place, "photo-troubleshooter.pfx", "$($app.AppId)"),
        ),
    )


def _graph_grant(place: Place, environment: str, names: Names) -> tuple[Step, ...]:
    command = (
        _connect(place, environment, "Application.Read.All, AppRoleAssignment.ReadWrite.All")
        + f"$sp = Get-MgServicePrincipal -Filter \"appId eq '{place.safe_client_id}'\"\n"
        + _wanted(names)
        + _ASSIGN
    )
    undo = (
        "foreach ($api in $wanted.Keys) {\n"
        f"  {_SERVICE}\n"
        f"  $roles = ({_ROLES}).Id\n"
        "  Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -All | "
        "Where-Object { $_.ResourceId -eq $service.Id -and $roles -contains $_.AppRoleId } | "
        "ForEach-Object { Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id "
        "-AppRoleAssignmentId $_.Id }\n"
        "}"
    )
    verify = "Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -All"
    return (Step(text=_GRANT, command=command, effect=_EFFECT_GRANT, undo=undo, verify=verify),)


def _azure_login(place: Place, azure: str) -> str:
    return f"az cloud set --name {azure}\naz login --tenant {place.safe_tenant} --allow-no-subscriptions\n"


def _azure_add(names: Names, app_only: bool) -> Iterator[str]:
    kind, table = ("Role", "appRoles") if app_only else ("Scope", "oauth2PermissionScopes")
    for service, listed in names.items():
        if listed:
            api = API_IDS[service]
            yield (
                f"for name in {' '.join(listed)}; do\n"
                f"  id=$(az ad sp show --id {api} --query \"{table}[?value=='$name'].id\" --output tsv)\n"
                f'  az ad app permission add --id "$app" --api {api} --api-permissions "$id={kind}"\n'
                "done\n"
            )


def _azure_register(place: Place, azure: str, names: Names) -> tuple[Step, ...]:
    register = (
        _azure_login(place, azure)
        + f"app=$(az ad app create --display-name {APP_NAME} --sign-in-audience AzureADMyOrg "
        "--query appId --output tsv)\n"
        'az ad sp create --id "$app"\n'
        'az ad app credential reset --id "$app" --cert @photo-troubleshooter.cer --append\n'
        'echo "$app"'
    )
    return (
        _key_openssl(),
        Step(
            text=_REGISTER,
            command=register,
            effect=_EFFECT_APP,
            undo='az ad app delete --id "$app"',
            why=_REMOVES_APP,
            verify='az ad app show --id "$app" --query "[displayName, keyCredentials[].endDateTime]"',
        ),
        Step(
            text=_GRANT,
            command="".join(_azure_add(names, True)) + 'az ad app permission admin-consent --id "$app"',
            effect=_EFFECT_GRANT,
            undo='az ad sp delete --id "$app"',
            verify=_check(place, "photo-troubleshooter.pem", '"$app"'),
        ),
    )


def _azure_grant(place: Place, azure: str, names: Names, app_only: bool) -> tuple[Step, ...]:
    command = (
        _azure_login(place, azure)
        + f"app={place.safe_client_id}\n"
        + "".join(_azure_add(names, app_only))
        + 'az ad app permission admin-consent --id "$app"'
    )
    undo = _("Revoke it in the Microsoft Entra admin center, under Enterprise applications, Permissions.")
    verify = 'az ad app permission list-grants --id "$app" --show-resource-name'
    if app_only:
        verify = 'az ad app permission list --id "$app"'
    return (Step(text=_GRANT, command=command, effect=_EFFECT_GRANT, undo=undo, verify=verify),)


def _m365_register(place: Place, names: Names) -> tuple[Step, ...]:
    apis = ",".join(
        f"{_M365_SERVICES[service]}/{name}" for service, listed in names.items() for name in listed
    )
    command = (
        "m365 setup\nm365 login\n"
        f"m365 entra app add --name {APP_NAME} --apisApplication '{apis}' "
        f"--certificateFile photo-troubleshooter.cer --certificateDisplayName {APP_NAME} --grantAdminConsent"
    )
    return (
        _key_openssl(),
        Step(
            text=_REGISTER,
            command=command,
            effect=_EFFECT_BOTH,
            undo=f"m365 entra app remove --name {APP_NAME}",
            why=_REMOVES_APP,
            verify=_check(place, "photo-troubleshooter.pem", "CLIENT-ID"),
        ),
    )


def _m365_grant(place: Place, names: Names) -> tuple[Step, ...]:
    def each(verb: str, tail: str = "") -> str:
        return "\n".join(
            f"m365 entra approleassignment {verb} --appId {place.safe_client_id} --resource '{service}' "
            f"--scopes '{','.join(listed)}'{tail}"
            for service, listed in names.items()
            if listed
        )

    return (
        Step(
            text=_GRANT,
            command="m365 login\n" + each("add"),
            effect=_EFFECT_GRANT,
            undo=each("remove"),
            verify=f"m365 entra approleassignment list --appId {place.safe_client_id}",
        ),
    )
