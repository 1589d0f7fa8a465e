"""What the numbers of Entra's sign-in errors mean for this tool: cause and remedy, as data.

Meanings: https://learn.microsoft.com/entra/identity-platform/reference-error-codes. The remedies are ours.
Fields: client_id, tenant, login, resource, cloud, description (Entra's own words), detail.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """Two templates, as in every error: what happened, what to try."""

    what: str
    remedy: str


_CONSENT = Advice(
    "Nobody has consented to the permissions of application {client_id} for {resource}. "
    "Entra says: {description}",
    "Let an administrator open https://{login}/{tenant}/adminconsent?client_id={client_id} and accept.",
)
_NO_APPLICATION = Advice(
    "Tenant {tenant} has no application {client_id}. Entra says: {description}",
    "Check --client-id, --tenant and --cloud: the application must be registered in this tenant or added.",
)
_WRONG_SECRET = Advice(
    "The client secret of application {client_id} is wrong. Entra says: {description}",
    "Use the value of the secret, not its ID; if it is lost make a new one, or better use a certificate.",
)
_EXPIRED_SECRET = Advice(
    "The client secret of application {client_id} has expired. Entra says: {description}",
    "Make a new secret in the application's registration, or better use a certificate.",
)
_NOT_PUBLIC = Advice(
    "Application {client_id} wants a secret or a certificate. Entra says: {description}",
    "Switch on 'Allow public client flows' in its registration, or sign in with --auth certificate.",
)
_CERTIFICATE = Advice(
    "Entra does not accept the certificate of application {client_id}. Entra says: {description}",
    "Upload the certificate (.cer) to the application's registration; check its thumbprint, its expiry and "
    "the clock of this computer.",
)
_CLOCK = Advice(
    "What we signed is outside its time window. Entra says: {description}",
    "Set the clock of this computer right and try again.",
)
_REDIRECT = Advice(
    "The redirect address does not match the registration of application {client_id}. "
    "Entra says: {description}",
    "Add http://localhost under 'Mobile and desktop applications' in the application's registration.",
)
_WRONG_ACCOUNT = Advice(
    "This account does not belong to tenant {tenant}. Entra says: {description}",
    "Sign in with an account of the tenant, or name the account's own tenant with --tenant.",
)
_MORE_PROOF = Advice(
    "Entra wants another proof of who you are. Entra says: {description}",
    "Sign in again with --auth device and answer the second factor.",
)
_NOT_ASSIGNED = Advice(
    "This account is not assigned to application {client_id}. Entra says: {description}",
    "Let an administrator assign the account under Enterprise applications, or switch off "
    "'Assignment required'.",
)
_POLICY = Advice(
    "Conditional Access blocks this sign-in. Entra says: {description}",
    "Use a compliant device, or let an administrator make an exception; device code sign-in is often "
    "blocked, so try --auth certificate.",
)
_PASSWORD = Advice(
    "Entra refuses this account: a wrong, expired or locked password, or security defaults. "
    "Entra says: {description}",
    "Sign in once at https://{login}/ with a browser, put the account in order, and try again.",
)
_NO_TENANT = Advice(
    "There is no tenant {tenant} in cloud {cloud}. Entra says: {description}",
    "Check the spelling of --tenant, and --cloud: tenants of GCC High, DoD and China are not in the global "
    "cloud.",
)
_NO_RESOURCE = Advice(
    "The tenant does not know the service {resource}. Entra says: {description}",
    "Check the host name of SharePoint, and that the tenant has a subscription for this service.",
)
_WRONG_SCOPE = Advice(
    "Entra does not accept the scope we asked for at {resource}. Entra says: {description}",
    "Check that the permissions of application {client_id} belong to one service; report it if they do.",
)
_SIGN_IN_AGAIN = Advice(
    "The earlier sign-in has expired or was revoked. Entra says: {description}",
    "Sign in again.",
)
_PASSING = Advice(
    "Entra has a passing problem. Entra says: {description}",
    "Wait a few minutes and try again.",
)
_RESTART = Advice(
    "The sign-in got out of step. Entra says: {description}",
    "Start the sign-in again from the beginning.",
)
_DECLINED = Advice(
    "The sign-in was declined. Entra says: {description}",
    "Run the command again and accept in the browser.",
)
_CODE_EXPIRED = Advice(
    "The device code was not used in time. Entra says: {description}",
    "Run the command again and enter the new code within its time.",
)

_ROWS: tuple[tuple[Advice, tuple[int, ...]], ...] = (
    (_CONSENT, (65001, 90094, 90095, 90008)),
    (_NO_APPLICATION, (700016,)),
    (_WRONG_SECRET, (7000215,)),
    (_EXPIRED_SECRET, (7000222,)),
    (_NOT_PUBLIC, (7000218,)),
    (_CERTIFICATE, (700027,)),
    (_CLOCK, (500133, 50013, 700024)),
    (_REDIRECT, (50011, 900971)),
    (_WRONG_ACCOUNT, (50034, 50020, 51004, 90072)),
    (_MORE_PROOF, (50076, 50079, 50074, 50078)),
    (_NOT_ASSIGNED, (50105,)),
    (_POLICY, (53000, 53001, 53002, 53003, 530032, 50131)),
    (_PASSWORD, (530035, 50126, 50053, 50144)),
    (_NO_TENANT, (90002, 90019, 50059, 90038, 900432)),
    (_NO_RESOURCE, (500011,)),
    (_WRONG_SCOPE, (28002, 70011, 700022, 700023)),
    (_SIGN_IN_AGAIN, (50173, 50133, 700082, 70008)),
    (_PASSING, (90024, 90033, 90006, 50033, 50196, 90055)),
    (_RESTART, (501481, 54005)),
)

BY_NUMBER: dict[int, Advice] = {number: advice for advice, numbers in _ROWS for number in numbers}

BY_ERROR: dict[str, Advice] = {
    "consent_required": _CONSENT,
    "unauthorized_client": _NO_APPLICATION,
    "invalid_client": Advice(
        "Entra does not accept the credentials of application {client_id}. Entra says: {description}",
        "Check --client-id and its secret or certificate.",
    ),
    "invalid_tenant": _NO_TENANT,
    "invalid_grant": _SIGN_IN_AGAIN,
    "interaction_required": _MORE_PROOF,
    "login_required": _SIGN_IN_AGAIN,
    "authorization_declined": _DECLINED,
    "access_denied": _DECLINED,
    "authorization_pending": _CODE_EXPIRED,
    "expired_token": _CODE_EXPIRED,
    "code_expired": _CODE_EXPIRED,
    "bad_verification_code": _RESTART,
    "invalid_resource": _NO_RESOURCE,
    "invalid_scope": _WRONG_SCOPE,
    "temporarily_unavailable": _PASSING,
    "server_error": _PASSING,
    "slow_down": _PASSING,
}

OTHERWISE = Advice(
    "The sign-in to tenant {tenant} failed. Entra says: {description}",
    "Look the code up at https://login.microsoftonline.com/error; check --tenant, --client-id and --cloud.",
)

UNREACHABLE: dict[str, Advice] = {
    "dns": Advice(
        "The sign-in host {login} has no address.",
        "Check the network and --cloud; behind a proxy set HTTPS_PROXY.",
    ),
    "refused": Advice(
        "The sign-in host {login} refuses connections.",
        "Check the network and the proxy; with a cloud file check that the server at connect_to is running.",
    ),
    "tls": Advice(
        "The certificate of the sign-in host {login} is not trusted: {detail}.",
        "If a proxy inspects TLS, name its certificates in REQUESTS_CA_BUNDLE; a cloud file has ca_bundle.",
    ),
    "timeout": Advice(
        "The sign-in host {login} does not answer in time.",
        "Check the network and the proxy, and try again.",
    ),
    "other": Advice(
        "The sign-in host {login} cannot be reached: {detail}.",
        "Check the network and the proxy, and try again.",
    ),
    "nonsense": Advice(
        "What answers at {login} is not a sign-in service of Microsoft ({detail}).",
        "Check --cloud, --tenant and the network; a proxy or a guest network may have answered instead.",
    ),
    "status": Advice(
        "The sign-in host {login} has a problem of its own ({detail}).",
        "Wait a few minutes and try again.",
    ),
}
