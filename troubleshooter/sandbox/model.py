"""The state of a sandbox tenant: frozen values; a variant is a copy, so no test can disturb another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

PictureKind = Literal[
    "portrait", "cmyk", "animated", "transparent", "cut_out", "not_an_image", "blank", "default", "pixel"
]
SizesMode = Literal["hd", "single"]
NoPhoto = Literal["404", "1x1"]
MailboxPlace = Literal["cloud", "on_premises", "none"]
NoProfile = Literal["", "null", "404", "500", "empty"]
Endpoint = Literal[
    "user",
    "photo",
    "photos",
    "photo_bytes",
    "mailbox",
    "exchange",
    "drive",
    "profile",
    "thumbnail",
    "userphoto",
]
BodyKind = Literal["json", "odata", "html", "text", "truncated", "empty"]
Spoiling = Literal[
    "reset",
    "stall",
    "truncated",
    "items_missing",
    "content_type",
    "next_link_self",
    "next_link_first",
    "previous",
    "rows_twice",
]
RetryAfterStyle = Literal["seconds", "fraction", "date", "missing"]

GRAPH = "graph"
SHAREPOINT = "sharepoint"
EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture as a description; `pictures.render` makes the bytes when somebody asks for them.

    `width` and `height` in pixels. A stretched picture is squeezed into its frame, as upload scripts do;
    otherwise a frame that is not square shows a crop.
    """

    seed: int
    width: int = 648
    height: int = 648
    kind: PictureKind = "portrait"
    stretched_from: tuple[int, int] | None = None
    quality: int = 88

    @property
    def content_type(self) -> str:
        """The media type the services claim for it."""
        if self.kind in ("animated", "pixel"):
            return "image/gif"
        return "image/png" if self.kind == "transparent" else "image/jpeg"


@dataclass(frozen=True, slots=True)
class GraphPhoto:
    """What Microsoft Graph serves. `picture` None: no photo, told in the way `none_as` says.

    `hd` lists every standard size up to the picture's own; `single` lists the picture's own size alone, as
    for photos that only Entra ID holds. https://learn.microsoft.com/graph/api/profilephoto-get
    """

    picture: Picture | None = None
    sizes: SizesMode = "hd"
    none_as: NoPhoto = "404"
    none_code: str = "ImageNotFound"
    uppercase_ids: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """One assigned service plan; `status` is capabilityStatus, `provisioning` is provisioningStatus."""

    service: str
    plan_id: str
    assigned: datetime
    status: str = "Enabled"
    provisioning: str = "Success"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The mailbox as Graph shows it; `pending` means assigned but not created yet."""

    place: MailboxPlace = "cloud"
    purpose: str = "user"
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """The SharePoint user profile, its property values raw as stored ('' is unset).

    `missing` names how the service says that there is no profile; '' means that there is one.
    """

    missing: NoProfile = ""
    object_id: str = ""
    picture_url: str = ""
    timestamp: str = ""
    placeholder: str = ""
    sync: str = ""
    personal_site: str = "2"
    home_host: str = ""


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """The three files in the User Photos library: `<stem>_SThumb.jpg`, `_MThumb.jpg`, `_LThumb.jpg`."""

    stem: str
    picture: Picture
    modified: datetime
    large: int = 300
    host: str = ""


@dataclass(frozen=True, slots=True)
class FaultAnswer:
    """A wrong answer. `retry_after` seconds are written in `retry_style`; None sends no such header.

    `json` is an error in Graph's shape, `odata` one in SharePoint's; `message` is also the text or the HTML.
    """

    status: int
    body: BodyKind = "json"
    retry_after: float | None = None
    retry_style: RetryAfterStyle = "seconds"
    code: str = "UnknownError"
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpoiltAnswer:
    """A good answer that goes wrong on its way; `share` is how much of its body or its rows is concerned.

    reset: that share of the body, then the connection is reset. stall: that share, then silence until the
    client gives up. truncated: a body that ends there, with a length to fit. items_missing: a batch answer
    with that share of its items. content_type: the whole body, named `content_type`. next_link_self and
    next_link_first: the link to the next page names this page or the first one. previous: what the previous
    matching request was answered. rows_twice: that share of a page's rows stands in it twice.
    """

    how: Spoiling
    share: float = 0.5
    content_type: str = "text/html; charset=utf-8"


Fault = FaultAnswer | SpoiltAnswer


@dataclass(frozen=True, slots=True)
class AccountFault:
    """Answers one endpoint wrongly for one account: `times` requests long, 0 for ever."""

    endpoint: Endpoint
    answer: FaultAnswer
    times: int = 0


@dataclass(frozen=True, slots=True)
class PathFault:
    """Answers every request wrongly whose `METHOD //host/path` matches the regular expression `pattern`.

    The first `after` matching requests pass. Then the answers are used up one by one, each `times` times, and
    requests pass again; `forever` repeats the last one.
    """

    pattern: str
    answers: tuple[Fault, ...]
    forever: bool = False
    after: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Account:
    """One person (or room, or shared mailbox) in every store at once.

    `situation` is the id of the rule that must be found as the cause; `ticket` holds the facts only people
    know, by their names in the evidence schema. `search_url` None: not in the people index.
    """

    id: str
    upn: str
    display_name: str
    mail: str
    situation: str
    created: datetime
    user_type: Literal["Member", "Guest"] = "Member"
    enabled: bool = True
    proxy_addresses: tuple[str, ...] = ()
    external_user_state: str | None = None
    on_premises_synced: bool | None = None
    on_premises_last_sync: datetime | None = None
    on_premises_name: str | None = None
    usage_location: str = "HR"
    preferred_data_location: str | None = None
    plans: tuple[Plan, ...] = ()
    mailbox: Mailbox = Mailbox()
    photo: GraphPhoto = GraphPhoto()
    owa_policy: str = "OwaMailboxPolicy-Default"
    profile: Profile = Profile()
    thumbnails: Thumbnails | None = None
    serves_default: bool = False
    search_url: str | None = ""
    job_title: str = ""
    department: str = ""
    faults: tuple[AccountFault, ...] = ()
    ticket: Mapping[str, object] = field(default_factory=dict)

    @property
    def login_name(self) -> str:
        """SharePoint's claims name of the account."""
        return f"i:0#.f|membership|{self.upn.lower()}"


@dataclass(frozen=True, slots=True)
class Group:
    """A Microsoft 365 group; its address is not a person's."""

    id: str
    display_name: str
    mail: str


@dataclass(frozen=True, slots=True)
class Client:
    """An app registration.

    `roles` (app-only) and `scopes` (delegated) are by resource: graph, sharepoint, exchange. With `consented`
    False the sign-in answers AADSTS65001; `public` allows device code without a secret. `federated` is the
    subject of a workload whose tokens prove the app; `managed` makes it the machine's managed identity.
    """

    id: str
    name: str
    secret: str = ""
    secret_expired: bool = False
    certificate: bool = False
    public: bool = True
    consented: bool = True
    federated: str = ""
    managed: Literal["", "system", "user"] = ""
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PhotoPolicy:
    """Tenant-wide photoUpdateSettings; `empty_shape` is how "no restriction" is written."""

    source: Literal["cloud", "onPremises"] | None = None
    allowed_roles: tuple[str, ...] = ()
    empty_shape: Literal["list", "object", "null"] = "list"


@dataclass(frozen=True, slots=True)
class OwaPolicy:
    """An Outlook on the web mailbox policy of Exchange Online."""

    name: str = "OwaMailboxPolicy-Default"
    set_photo_enabled: bool = True
    is_default: bool = True


@dataclass(frozen=True, slots=True)
class Quota:
    """A token bucket: `limit` units in each `window` seconds.

    `retry_after` None tells how long it really takes until the call would pass, in whole seconds.
    """

    limit: float
    window: float
    retry_after: float | None = 1.0
    retry_style: RetryAfterStyle = "seconds"
    html_503: bool = False


@dataclass(frozen=True, slots=True)
class Quotas:
    """Which limits are enforced, in requests or resource units; None is generous."""

    people_manager: Quota | None = None
    sharepoint_units: Quota | None = None
    graph_units: Quota | None = None
    search: Quota | None = None


@dataclass(frozen=True, slots=True)
class TenantState:
    """Everything the sandbox serves.

    Tokens live `token_seconds`, and `token_uses` requests when that is not 0; the sign-in announces
    `announced_seconds`, None for the truth. A token that dies before its announced time surprises a client
    in the middle of a run. With a `cloud_instance` such as microsoftonline.us the discovery document leads to
    the sign-in of that cloud, as Microsoft's does for a tenant that lives in another one.
    """

    id: str
    now: datetime
    domain: str = "contoso.example"
    initial_domain: str = "contoso.onmicrosoft.com"
    display_name: str = "Contoso d.o.o."
    sharepoint_name: str = "contoso"
    accounts: tuple[Account, ...] = ()
    clients: tuple[Client, ...] = ()
    groups: tuple[Group, ...] = ()
    policy: PhotoPolicy | None = None
    policy_denied: bool = False
    owa_policies: tuple[OwaPolicy, ...] = (OwaPolicy(),)
    photo_folder: str = "Profile Pictures"
    photo_library: str = "User Photos"
    quotas: Quotas = Quotas()
    faults: tuple[PathFault, ...] = ()
    signed_in: str = ""
    device_polls: int = 1
    device_approval: Literal["auto", "page", "declined"] = "auto"
    on_premises_sync: bool | None = True
    cloud_instance: str = ""
    region_sub_scope: str = ""
    region_scope: str | None = "EU"
    msgraph_host: str = "graph.microsoft.com"
    list_view_threshold: int = 5000
    token_seconds: int = 3600
    announced_seconds: int | None = None
    token_uses: int = 0

    def with_policy(
        self, source: Literal["cloud", "onPremises"] | None = None, allowed_roles: Iterable[str] = ()
    ) -> TenantState:
        """The same tenant with a photo policy."""
        return replace(self, policy=PhotoPolicy(source, tuple(allowed_roles)))

    def with_quotas(self, quotas: Quotas) -> TenantState:
        """The same tenant with other limits."""
        return replace(self, quotas=quotas)

    def with_faults(self, *faults: PathFault) -> TenantState:
        """The same tenant with faults added."""
        return replace(self, faults=self.faults + faults)

    def with_accounts(self, *accounts: Account) -> TenantState:
        """The same tenant; accounts replace those of the same id, new ones are added at the end."""
        new = {account.id: account for account in accounts}
        kept = tuple(new.pop(account.id, account) for account in self.accounts)
        return replace(self, accounts=kept + tuple(new.values()))

    def with_client(self, client: Client) -> TenantState:
        """The same tenant with one app registration added or replaced."""
        others = tuple(c for c in self.clients if c.id != client.id)
        return replace(self, clients=(*others, client))

    def client(self, client_id: str) -> Client | None:
        """The app registration, None when the tenant does not know it."""
        return next((c for c in self.clients if c.id == client_id.lower()), None)

    def person(self, address: str) -> Account:
        """An account by sign-in name, object id or mail. KeyError when there is none."""
        wanted = address.lower()
        for account in self.accounts:
            if wanted in (account.upn.lower(), account.id, account.mail.lower()):
                return account
        raise KeyError(address)


def deny(tenant: TenantState, client_id: str, resource: str, *permissions: str) -> TenantState:
    """The tenant after an admin took permissions away from an app, both app roles and delegated scopes.

    `resource` is graph, sharepoint or exchange. New sign-ins notice it; tokens already issued keep what
    they have. KeyError when the tenant does not know the app.
    """
    client = tenant.client(client_id)
    if client is None:
        raise KeyError(client_id)

    def without(granted: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        kept = tuple(p for p in granted.get(resource, ()) if p not in permissions)
        return {**granted, resource: kept}

    return tenant.with_client(replace(client, roles=without(client.roles), scopes=without(client.scopes)))


def grant(tenant: TenantState, client_id: str, resource: str, *permissions: str) -> TenantState:
    """The tenant after an admin consented to more, roles and scopes alike. KeyError as in `deny`."""
    client = tenant.client(client_id)
    if client is None:
        raise KeyError(client_id)

    def more(granted: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        return {**granted, resource: tuple(dict.fromkeys((*granted.get(resource, ()), *permissions)))}

    return tenant.with_client(replace(client, roles=more(client.roles), scopes=more(client.scopes)))


def denied_answer(resource: str) -> FaultAnswer:
    """How `graph` or `sharepoint` refuses a call whose permission is gone; for injecting."""
    if resource == GRAPH:
        message = "Insufficient privileges to complete the operation."
        return FaultAnswer(403, code="Authorization_RequestDenied", message=message)
    message = "Access denied. You do not have permission to perform this action or access this resource."
    return FaultAnswer(403, "odata", code="-2147024891, System.UnauthorizedAccessException", message=message)
