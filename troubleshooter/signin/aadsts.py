"""What Entra's sign-in errors mean for this tool, from the same tables that `decode` and the reports read.

Meanings: https://learn.microsoft.com/entra/identity-platform/reference-error-codes. The remedies are ours.
Fields of the words: client_id, tenant, login, resource, cloud, host.
"""

from __future__ import annotations

from dataclasses import dataclass

from troubleshooter.codes.tables import Entry, shipped

_ENTRA = "AADSTS"


@dataclass(frozen=True, slots=True)
class Advice:
    """Two templates, as in every error: what it means, what to try; and who can do it."""

    meaning: str
    remedy: str
    actor: str = "operator"


def _advice(name: str) -> dict[str, Advice]:
    return {code: _of(entry) for entry in shipped(name) for code in entry.codes}


def _of(entry: Entry) -> Advice:
    return Advice(entry.meaning, entry.remedy, entry.actor)


def marked(msgid: str) -> str:
    """Mark a constant as a msgid, for the extraction; gives it back unchanged."""
    return msgid


_ = marked
_CODES = _advice("entra")

BY_NUMBER: dict[int, Advice] = {
    int(code.removeprefix(_ENTRA)): advice for code, advice in _CODES.items() if code.startswith(_ENTRA)
}
BY_ERROR: dict[str, Advice] = {code: advice for code, advice in _CODES.items() if not code.startswith(_ENTRA)}
OTHERWISE = Advice(
    _("The sign-in to tenant {tenant} failed."),
    _(
        "Look the code up at https://login.microsoftonline.com/error; "
        "check --tenant, --client-id and --cloud."
    ),
)
UNREACHABLE: dict[str, Advice] = _advice("network") | {
    "tls_issuer": Advice(
        _("The certificate that {host} shows is not trusted. It was made by {issuer}."),
        _(
            "If that is your company's or your security software's, TLS is inspected on the way: put its "
            "root certificate into a PEM file and name the file in REQUESTS_CA_BUNDLE (docs/network.md). If "
            "it is not, do not go on: somebody else may be listening."
        ),
    ),
    "nonsense": Advice(
        _("What answers at {host} is not a sign-in service of Microsoft."),
        _("Check --cloud, --tenant and the network; a proxy or a guest network may have answered instead."),
    ),
    "status": Advice(
        _("The sign-in host {host} has a problem of its own."),
        _("Wait a few minutes and try again."),
        "nobody",
    ),
}
CLOCK = _("{meaning} The clock of this computer is {minutes} minutes {direction}, says {login}.")
AHEAD, BEHIND = _("ahead"), _("behind")
BECAUSE = _("{meaning} ({detail})")
