"""Sentences about sign-ins: who, where that is kept and how protected, and what forgetting cannot do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from troubleshooter.render.labels import marked
from troubleshooter.render.language import Language

_ = marked

PLACES: dict[str, str] = {
    "dpapi": _("Kept in {place}, encrypted by Windows for your Windows account."),
    "keychain": _("Kept in the macOS Keychain, which encrypts it; {place} marks when it changed."),
    "libsecret": _(
        "Kept in the keyring of your desktop (libsecret), which encrypts it; {place} marks when it changed."
    ),
    "plain": _(
        "Kept UNENCRYPTED in {place}, a file made for your account alone: whoever can read it, an "
        "administrator or a backup included, can act as this person until the sign-in is revoked."
    ),
    "memory": _("Kept nowhere: tokens stay in memory and end with each command."),
}
NOT_REVOKED = (
    _("Not done, because only Microsoft can do it: tokens already given out stay good until they end."),
    _(
        "To end them now, let an administrator revoke the person's sessions "
        "(Revoke-MgUserSignInSession -UserId NAME), or the person sign out everywhere at "
        "https://mysignins.microsoft.com."
    ),
    _("The browser, and a broker of the system, may still be signed in on their own."),
)


def who_line(name: str, tenant: str, cloud: str, speak: Language) -> str:
    """Who signed in where."""
    return speak.text(
        _("Signed in as {name} in tenant {tenant} of cloud {cloud}."),
        name=name or "-",
        tenant=tenant or "-",
        cloud=cloud,
    )


def place_line(protection: str, place: str, speak: Language) -> str:
    """Where a sign-in is kept, and how that is protected."""
    return speak.text(PLACES[protection], place=place)


def rights(granted: Mapping[str, Sequence[str]], speak: Language) -> Iterator[str]:
    """What the tokens allow, a line for each service; a line that says so when nothing is known."""
    if not granted:
        yield speak.text(_("Rights: not known, no token is at hand."))
    for resource, names in granted.items():
        yield speak.text(
            _("Rights at {resource}: {rights}"),
            resource=resource or "Microsoft Graph",
            rights=", ".join(names) or speak.text(_("none")),
        )


def field(label: str, value: str, speak: Language) -> str:
    """One line of `whoami`."""
    return f"  {speak.text(label)}: {value or '-'}"


LABELS: dict[str, str] = {
    "tenant": _("Tenant"),
    "cloud": _("Cloud"),
    "client_id": _("Application"),
    "auth": _("Way to sign in"),
    "signed_in_at": _("Signed in at"),
}
