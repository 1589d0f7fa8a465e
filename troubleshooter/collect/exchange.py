"""Exchange's own photo switches: a mailbox's Outlook on the web policy, and the roles of its users.

Get-CASMailbox names the policy of a mailbox, Get-OwaMailboxPolicy says SetPhotoEnabled of every policy:
https://learn.microsoft.com/powershell/module/exchange/get-casmailbox
https://learn.microsoft.com/powershell/module/exchange/get-owamailboxpolicy
Get-Mailbox names the role assignment policy, and what that holds is in `exchange_roles`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from troubleshooter.collect import details
from troubleshooter.collect.exchange_roles import (
    ROLES_TELL,
    RolePolicy,
    holds_photo_role,
    role_policies,
    short_name,
    text_of_value,
)
from troubleshooter.collect.powershell import PowerShellOutputError, Record
from troubleshooter.evidence.record import Evidence, Gap, GapReason, Source, Value, with_values
from troubleshooter.evidence.schema import FACTS

POLICY_FACT, MAILBOX_FACT, PURPOSE_FACT, ROLE_FACT = (
    "policy.owa_set_photo_enabled",
    "mailbox.photo_change_allowed",
    "mailbox.purpose",
    "mailbox.photo_role_assigned",
)
_OF_MAILBOXES = frozenset({"owamailboxpolicy", "recipienttypedetails", "roleassignmentpolicy"})
TELLING = frozenset({"setphotoenabled"}) | _OF_MAILBOXES | ROLES_TELL
"""Properties that say what a printed object is."""

# https://learn.microsoft.com/powershell/module/exchange/set-casmailbox names the default policy.
_DEFAULT_POLICY = "owamailboxpolicy-default"
_ADDRESSES = (
    "userprincipalname",
    "primarysmtpaddress",
    "windowsemailaddress",
    "windowsliveid",
    "microsoftonlineservicesid",
    "identity",
)
_PURPOSES = {
    "usermailbox": "user",
    "linkedmailbox": "linked",
    "sharedmailbox": "shared",
    "roommailbox": "room",
    "equipmentmailbox": "equipment",
}

Answered = bool | str | Gap
"""A value, or why there is none."""


@dataclass(frozen=True, slots=True)
class OwaPolicy:
    """One Outlook on the web mailbox policy; `names` are all its names, in lower case."""

    names: frozenset[str]
    is_default: bool | None
    set_photo_enabled: bool


@dataclass(frozen=True, slots=True)
class MailboxRecord:
    """One mailbox as Exchange printed it; what the object lacks is None."""

    object_id: str
    addresses: frozenset[str]
    policy: str | None
    purpose: str | None
    role_policy: str | None = None


@dataclass(frozen=True, slots=True)
class ExchangeObjects:
    """Everything that one file or one pair of answers told."""

    policies: tuple[OwaPolicy, ...] = ()
    mailboxes: tuple[MailboxRecord, ...] = ()
    roles: tuple[RolePolicy, ...] = ()

    def default_allows(self) -> Answered:
        """SetPhotoEnabled of the default policy."""
        if not self.policies:
            return _gap(POLICY_FACT, GapReason.NOT_COLLECTED, details.EXCHANGE_NO_POLICIES)
        default = [one for one in self.policies if one.is_default]
        if not default and all(one.is_default is None for one in self.policies):
            default = [one for one in self.policies if _DEFAULT_POLICY in one.names]
        return _agreed(POLICY_FACT, {one.set_photo_enabled for one in default}, details.EXCHANGE_NO_DEFAULT)

    def mailbox_allows(self, evidence: Evidence) -> Answered:
        """SetPhotoEnabled of the policy that this person's mailbox has."""
        named = {one.policy for one in self._of(evidence) if one.policy is not None}
        if not named:
            return _gap(MAILBOX_FACT, GapReason.NOT_COLLECTED, details.EXCHANGE_NO_MAILBOX)
        if len(named) > 1:
            return _gap(MAILBOX_FACT, GapReason.UNREADABLE, details.EXCHANGE_CONTRADICTS)
        wanted = short_name(named.pop())
        if not wanted:
            return _gap(MAILBOX_FACT, GapReason.UNREADABLE, details.EXCHANGE_UNNAMED_POLICY)
        found = {one.set_photo_enabled for one in self.policies if wanted in one.names}
        return _agreed(MAILBOX_FACT, found, details.EXCHANGE_POLICY_MISSING)

    def role_assigned(self, evidence: Evidence) -> Answered:
        """Whether the role assignment policy of this person's mailbox holds the role."""
        named = {one.role_policy for one in self._of(evidence) if one.role_policy is not None}
        if not named:
            return _gap(ROLE_FACT, GapReason.NOT_COLLECTED, details.EXCHANGE_NO_MAILBOX)
        if len(named) > 1:
            return _gap(ROLE_FACT, GapReason.UNREADABLE, details.EXCHANGE_CONTRADICTS)
        wanted = short_name(named.pop())
        if not wanted:
            return _gap(ROLE_FACT, GapReason.UNREADABLE, details.EXCHANGE_UNNAMED_ROLE_POLICY)
        found = {holds_photo_role(one) for one in self.roles if wanted in one.names} - {None}
        return _agreed(ROLE_FACT, {one for one in found if one is not None}, details.EXCHANGE_ROLES_MISSING)

    def purpose(self, evidence: Evidence) -> str | None:
        """The kind of mailbox in the words of `mailbox.purpose`; None when it was not told clearly."""
        found = {one.purpose for one in self._of(evidence) if one.purpose}
        return _PURPOSES.get(found.pop() or "") if len(found) == 1 else None

    def _of(self, evidence: Evidence) -> list[MailboxRecord]:
        person = evidence.person
        own = {text.lower() for text in (person.user_principal_name, person.mail, person.id) if text}
        id_known = (person.id or "").lower()
        return [
            one
            for one in self.mailboxes
            if (one.object_id == id_known if one.object_id and id_known else own & one.addresses)
        ]


def exchange_objects(found: Iterable[Record], file: str) -> ExchangeObjects:
    """Policies and mailboxes among printed objects; others are passed over.

    PowerShellOutputError for a policy without a name, or with a SetPhotoEnabled that says nothing.
    """
    found = list(found)
    policies: list[OwaPolicy] = []
    mailboxes: list[MailboxRecord] = []
    for record in found:
        if "setphotoenabled" in record.values:
            policies.append(_policy(record, file))
        if _OF_MAILBOXES & record.values.keys():
            mailboxes.append(_mailbox(record))
    return ExchangeObjects(tuple(policies), tuple(mailboxes), role_policies(found))


def told(evidence: Evidence, objects: ExchangeObjects, source: Source) -> Evidence:
    """The evidence with what Exchange told. Facts it could not settle keep their value, or say why not."""
    answers: dict[str, Answered] = {
        POLICY_FACT: objects.default_allows(),
        MAILBOX_FACT: objects.mailbox_allows(evidence),
        ROLE_FACT: objects.role_assigned(evidence),
    }
    purpose = objects.purpose(evidence)
    if purpose is not None and evidence.value(PURPOSE_FACT) is None:
        answers[PURPOSE_FACT] = purpose
    return amended(evidence, answers, source)


def amended(evidence: Evidence, answers: Mapping[str, Answered], source: Source) -> Evidence:
    """A copy with facts known or missed later than the rest, and the source they come from."""
    taken = {one.id for one in evidence.sources}
    number = next(n for n in range(len(taken) + 1, 2 * len(taken) + 3) if f"s{n}" not in taken)
    source = replace(source, id=f"s{number}")
    known: dict[str, Value] = {path: one for path, one in answers.items() if not isinstance(one, Gap)}
    missed = {
        path: replace(one, source=source.id)
        for path, one in answers.items()
        if isinstance(one, Gap) and evidence.value(path) is None
    }
    changed = with_values(evidence, known)
    gaps = {gap.fact: gap for gap in changed.gaps} | missed
    return replace(
        changed,
        sources=(*evidence.sources, source),
        fact_sources=MappingProxyType({**evidence.fact_sources, **dict.fromkeys(known, source.id)}),
        gaps=tuple(gaps[path] for path in FACTS if path in gaps),
    )


def _gap(fact: str, reason: GapReason, detail: str) -> Gap:
    return Gap(fact, reason, detail)


def _agreed(fact: str, values: set[bool], otherwise: str) -> Answered:
    if len(values) == 1:
        return values.pop()
    if values:
        return _gap(fact, GapReason.UNREADABLE, details.EXCHANGE_CONTRADICTS)
    return _gap(fact, GapReason.NOT_COLLECTED, otherwise)


def _policy(record: Record, file: str) -> OwaPolicy:
    values = record.values
    names = {short_name(text_of_value(values.get(name))) for name in ("name", "identity", "id", "guid")} - {
        ""
    }
    if not names:
        raise PowerShellOutputError(
            "{file}, line {line}: the policy has no name.",
            "Write the file again: Get-OwaMailboxPolicy | Format-List Identity,IsDefault,SetPhotoEnabled",
            file=file,
            line=record.line,
        )
    enabled = _flag(values["setphotoenabled"])
    if enabled is None:
        raise PowerShellOutputError(
            "{file}, line {line}: SetPhotoEnabled is {value}, which is neither True nor False.",
            "Write the file again: Get-OwaMailboxPolicy | Format-List Identity,IsDefault,SetPhotoEnabled",
            file=file,
            line=record.line,
            value=repr(text_of_value(values["setphotoenabled"])[:40]),
        )
    return OwaPolicy(frozenset(names), _flag(values.get("isdefault")), enabled)


def _mailbox(record: Record) -> MailboxRecord:
    values = record.values
    addresses = {text_of_value(values.get(name)).lower() for name in _ADDRESSES}
    addresses |= set(_proxy_addresses(values.get("emailaddresses")))
    policy, kind = values.get("owamailboxpolicy"), values.get("recipienttypedetails")
    roles = values.get("roleassignmentpolicy")
    return MailboxRecord(
        # On premises the id is written with a prefix.
        text_of_value(values.get("externaldirectoryobjectid")).lower().removeprefix("user_"),
        frozenset(addresses - {""}),
        None if "owamailboxpolicy" not in values else text_of_value(policy),
        text_of_value(kind).lower() or None,
        None if roles is None else text_of_value(roles),
    )


def _proxy_addresses(value: object) -> list[str]:
    """`{SMTP:megan@contoso.com, smtp:m@contoso.com}`, a JSON array, or addresses with blanks between."""
    if isinstance(value, str):
        value = re.split(r"[\s,;{}]+", value)
    parts = value if isinstance(value, list) else []
    texts = [text_of_value(part).lower() for part in parts]
    return [text.removeprefix("smtp:") for text in texts if text.startswith("smtp:")]


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None
