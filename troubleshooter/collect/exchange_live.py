"""The unsupported route: the same cmdlets, asked by InvokeCommand. Every failure is a gap."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from troubleshooter.collect import details
from troubleshooter.collect.classify import Reading, gap, json_of, note
from troubleshooter.collect.exchange import (
    MAILBOX_FACT,
    POLICY_FACT,
    ROLE_FACT,
    Answered,
    ExchangeObjects,
    amended,
    exchange_objects,
)
from troubleshooter.collect.powershell import PowerShellOutputError, Record, objects_of
from troubleshooter.errors import fill
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, Gap, GapReason, Source
from troubleshooter.transport.answer import Answer, NoToken

PERMISSION = "Exchange Online Exchange.ManageAsApp and the role Global Reader"


class Cmdlets(Protocol):
    """Runs a reading cmdlet; `troubleshooter.transport.exchange` implements it."""

    def read(self, cmdlet: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """The answer. Raises only NoToken."""
        ...


class LiveExchange:
    """Asks one tenant: its policies once, the mailbox of each person."""

    def __init__(self, cmdlets: Cmdlets) -> None:
        self._cmdlets = cmdlets
        self._policies: tuple[ExchangeObjects | Reading, Source] | None = None
        self._roles: dict[str, tuple[ExchangeObjects | Reading, Source]] = {}

    def told(self, evidence: Evidence) -> Evidence:
        """The evidence with what Exchange answered; facts that are known already are not asked for."""
        return self._with_roles(self._with_policies(evidence))

    def _with_policies(self, evidence: Evidence) -> Evidence:
        if None not in (evidence.value(POLICY_FACT), evidence.value(MAILBOX_FACT)):
            return evidence
        if self._policies is None:
            self._policies = self._ask("Get-OwaMailboxPolicy", {})
        policies, source = self._policies
        if isinstance(policies, Reading):
            missed: dict[str, Answered] = {
                path: _missed(path, policies) for path in (POLICY_FACT, MAILBOX_FACT)
            }
            return amended(evidence, missed, source)
        evidence = amended(evidence, {POLICY_FACT: policies.default_allows()}, source)
        who = evidence.person.id or evidence.person.user_principal_name
        if not who:
            return evidence
        mailbox, source = self._ask("Get-CASMailbox", {"Identity": who})
        if isinstance(mailbox, Reading):
            return amended(evidence, {MAILBOX_FACT: _missed(MAILBOX_FACT, mailbox)}, source)
        both = ExchangeObjects(policies.policies, mailbox.mailboxes)
        return amended(evidence, {MAILBOX_FACT: both.mailbox_allows(evidence)}, source)

    def _with_roles(self, evidence: Evidence) -> Evidence:
        """What the role assignment policy of the mailbox holds; each policy is asked for once."""
        who = evidence.person.id or evidence.person.user_principal_name
        if evidence.value(ROLE_FACT) is not None or not who:
            return evidence
        mailbox, source = self._ask("Get-Mailbox", {"Identity": who})
        if isinstance(mailbox, Reading):
            return amended(evidence, {ROLE_FACT: _missed(ROLE_FACT, mailbox)}, source)
        named = {one.role_policy for one in mailbox.mailboxes} - {None, ""}
        if len(named) != 1:
            return amended(evidence, {ROLE_FACT: mailbox.role_assigned(evidence)}, source)
        (name,) = named
        assert name is not None
        if name not in self._roles:
            self._roles[name] = self._ask("Get-ManagementRoleAssignment", {"RoleAssignee": name})
        roles, source = self._roles[name]
        if isinstance(roles, Reading):
            return amended(evidence, {ROLE_FACT: _missed(ROLE_FACT, roles)}, source)
        both = ExchangeObjects(mailboxes=mailbox.mailboxes, roles=roles.roles)
        return amended(evidence, {ROLE_FACT: both.role_assigned(evidence)}, source)

    def _ask(self, cmdlet: str, parameters: dict[str, str]) -> tuple[ExchangeObjects | Reading, Source]:
        try:
            answer = self._cmdlets.read(cmdlet, parameters)
        except NoToken as problem:
            source = Source("", "POST", f"InvokeCommand ({cmdlet})", datetime.now(UTC), 0)
            why = fill(problem.what, dict(problem.values))
            return Reading(reason=GapReason.DENIED, detail=why, lacks_permission=True), source
        builder = EvidenceBuilder()
        note(builder, answer)
        (source,) = builder.build().sources
        reading = json_of(answer)
        if reading.absent or answer.status == 400:
            # A cmdlet that finds nothing, a cloud without the endpoint and a changed endpoint look alike.
            reading = gap(GapReason.NOT_AVAILABLE, details.EXCHANGE_UNSUPPORTED)
        if not reading.ok:
            return reading, source
        try:
            found = [Record(number, item) for number, item in enumerate(objects_of(reading.body), start=1)]
            return exchange_objects(found, cmdlet), source
        except PowerShellOutputError:
            return gap(GapReason.UNREADABLE, details.EXCHANGE_UNSUPPORTED), source


def _missed(path: str, reading: Reading) -> Gap:
    permission = PERMISSION if reading.lacks_permission else ""
    return Gap(path, reading.reason or GapReason.UNREADABLE, reading.detail, permission)
