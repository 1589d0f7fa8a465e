"""The permissions in words and as data: what is there, what is missing, what each unlocks and costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from troubleshooter.diagnose.permissions import Needs, Unlocks
from troubleshooter.diagnose.rule import Rule, Step
from troubleshooter.evidence import permissions as known
from troubleshooter.evidence.inventory import Held, HeldState, Inventory
from troubleshooter.evidence.permissions import ALL, broader, least, not_needed, writes
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language
from troubleshooter.render.registration import TOOLS, Place, routes
from troubleshooter.render.text import plain, shortened

SCHEMA = "photo-troubleshooter/permissions/1"

PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        known.ACCOUNTS: _("accounts and licences"),
        known.PHOTOS: _("photos"),
        known.MAILBOXES: _("kinds of mailbox"),
        known.POLICY: _("who may change photos"),
        known.SITE_ADDRESS: _("SharePoint's address"),
        known.PROFILES: _("SharePoint profiles"),
        known.FILES: _("picture files, pages and people search"),
        known.ORGANIZATION: _("the name of the tenant"),
        known.GROUPS: _("whether an address is a group's"),
    }
)
"""What each permission lets us see; msgids."""
LOSSES: Mapping[str, str] = MappingProxyType(
    {
        known.ACCOUNTS: _(
            "Accounts and licences stay unknown; an audit cannot list anybody and does not begin."
        ),
        known.PHOTOS: _("Whether there is a photo stays unknown, so hardly anything can be concluded."),
        known.MAILBOXES: _("Shared mailboxes, rooms and mailboxes on premises are not told from others."),
        known.POLICY: _("Whether a setting of the tenant keeps people from changing photos stays unknown."),
        known.SITE_ADDRESS: _(
            "SharePoint's address is looked for in other places; where it is not found, SharePoint is not "
            "asked. Giving --sharepoint-host makes up for it."
        ),
        known.PROFILES: _(
            "Whether SharePoint tried to copy the photo, and whether copying is off, stays unknown."
        ),
        known.FILES: _("Which picture SharePoint holds, shows and finds stays unknown."),
        known.ORGANIZATION: _("Reports name the tenant by its domain alone."),
        known.GROUPS: _("The address of a group is called unknown."),
    }
)
"""What its absence costs; msgids."""
KEYS: Mapping[str, str] = MappingProxyType(
    {
        "schema": f"`{SCHEMA}`; another number when a key changes its meaning.",
        "mode": "What for: diagnose, audit or policy.",
        "cloud": "Name of the cloud.",
        "signed_in_as": "The person, or the app; null when nobody signed in.",
        "app_only": "Whether the app acts for itself; null when nobody signed in.",
        "complete": "Whether every permission of the mode was seen to work; null when nobody was asked.",
        "tokens": "By service the permissions that its token names; null where it cannot be read.",
        "permissions": "Each one: `permission`, `state`, `granted_by`, `proof`, `unlocks`, `loss` and more.",
        "undecided": "Rules that cannot be decided for everybody; null when nobody was asked.",
        "not_needed": "Permissions of the tokens that are never used, and whether each `writes`.",
        "grant": "What an administrator should grant, by service.",
        "consent": "The address where an administrator consents.",
        "commands": "Steps by tool: `text`, `command`, `effect`, `undo`, `verify`.",
    }
)
"""The members of `--json`, as docs/permissions.md prints them."""
_STATES: Mapping[HeldState, str] = MappingProxyType(
    {
        HeldState.HAVE: _("there, and works"),
        HeldState.NOT_WORKING: _("granted, but refused all the same"),
        HeldState.MISSING: _("missing"),
        HeldState.BLOCKED: _("of no use with this kind of sign-in"),
        HeldState.UNPROVEN: _("granted; could not be tried"),
        HeldState.UNKNOWN: _("not known"),
    }
)
_SIGNS = {
    HeldState.HAVE: "v",
    HeldState.NOT_WORKING: "!",
    HeldState.MISSING: "x",
    HeldState.BLOCKED: "x",
    HeldState.UNPROVEN: "?",
    HeldState.UNKNOWN: "?",
}
_WHY_REFUSED = _(
    "A new consent needs a new sign-in and sometimes some minutes. A signed-in person also needs a role; for "
    "mailboxes, an access policy of Exchange may leave some out."
)
_OWN_MAILBOX_ONLY = _("An app that acts for a person reads this of that person's own mailbox alone.")
_LONGEST = 120
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is told. `inventory` None: nobody was asked, or nobody could sign in.

    `app_only` None: not known; then what an app needs that acts for itself is told. `every_conclusion`: name
    all that need a permission, and not a few.
    """

    needs: Needs
    place: Place
    inventory: Inventory | None = None
    app_only: bool | None = None
    signed_in_as: str = ""
    every_conclusion: bool = False

    @property
    def as_app(self) -> bool:
        """Whose permissions are named: the app's own, or those of an app that acts for a person."""
        return self.app_only is not False

    @property
    def lost(self) -> tuple[str, ...]:
        """Permissions of this mode that are missing or do not work."""
        needed = set(self.needs.keys)
        return tuple(one.key for one in self._held.values() if one.lost and one.key in needed)

    @property
    def complete(self) -> bool:
        """Everything this mode needs was seen to be there."""
        held = self._held
        return all(key in held and held[key].state is HeldState.HAVE for key in self.needs.keys)

    @property
    def _held(self) -> dict[str, Held]:
        return {one.key: one for one in self.inventory.held} if self.inventory else {}

    def held(self, key: str) -> Held | None:
        """What was found of a permission."""
        return self._held.get(key)

    @property
    def wanted(self) -> dict[str, tuple[str, ...]]:
        """What an administrator should grant, by service: what is missing, or all where nobody was asked."""
        if self.inventory is None:
            return least(self.needs.keys, app_only=self.as_app)
        missing = [key for key in self.lost if self._held[key].state is HeldState.MISSING]
        there = {
            (ALL[key].resource, name)
            for key in missing
            for name, by in (self._held[key].granted_by or {}).items()
            if by
        }
        return {
            service: tuple(name for name in names if (service, name) not in there)
            for service, names in least(missing, app_only=self.as_app).items()
        }

    @property
    def surplus(self) -> tuple[tuple[str, str], ...]:
        """Service and permission of what the tokens hold and this program never uses."""
        tokens = self.inventory.tokens if self.inventory else {}
        return tuple(
            (resource, name)
            for resource, names in tokens.items()
            for name in not_needed(resource, names or (), app_only=self.as_app)
        )

    @property
    def routes(self) -> dict[str, tuple[Step, ...]]:
        """Commands for an administrator, by tool."""
        return routes(self.place, self.wanted, app_only=self.as_app)


def lines(report: Report, language: Language) -> Iterator[str]:
    """The whole report for a terminal."""
    text = language.text
    yield text(_("Permissions that {mode} needs"), mode=report.needs.mode.value)
    if report.inventory is None:
        yield text(_("Nobody was asked: this is what is needed, not what you have."))
    elif report.as_app:
        yield text(_("Signed in as {name}, an application that acts for itself."), name=_name(report))
    else:
        yield text(_("Signed in as {name}, a person for whom the application acts."), name=_name(report))
    yield ""
    for one in report.needs.unlocks:
        yield from _permission(report, one, language)
        yield ""
    yield from _optional(report, language)
    yield from _summary(report, language)
    yield from _surplus(report, language)
    yield from _grant(report, language)


def _name(report: Report) -> str:
    return shortened(plain(report.signed_in_as), _LONGEST)


def _permission(report: Report, one: Unlocks, language: Language) -> Iterator[str]:
    text = language.text
    held = report.held(one.key)
    sign = f"[{_SIGNS[held.state]}] " if held else ""
    yield f"{sign}{_title(report, one.key)} - {text(PURPOSES[one.key])}"
    if held is not None:
        yield from (f"    {line}" for line in _found(report, held, language))
    yield "    " + text(
        _("Needed for {count} of {total} conclusions, such as:"),
        count=language.number(len(one.rules)),
        total=language.number(len(report.needs.by_rule)),
    )
    # Those that need little else say best what a permission is good for.
    least_needing = sorted(one.rules, key=report.needs.weight)
    for rule in one.rules if report.every_conclusion else least_needing[:_SHOWN]:
        yield f"      {text(rule.title)} [{rule.id}]"
    if one.fine:
        yield "    " + text(_("Nobody can be called fine without it."))
    if held is None or held.lost:
        yield "    " + text(_("Without it: {loss}"), loss=text(LOSSES[one.key]))
    if not report.as_app and one.key == known.MAILBOXES:
        yield "    " + text(_OWN_MAILBOX_ONLY)


def _title(report: Report, key: str) -> str:
    """A permission under the names to grant: those of an app for itself, or of one for a person."""
    one = ALL[key]
    return f"{one.resource} {', '.join(one.names(app_only=report.as_app))}"


def _found(report: Report, held: Held, language: Language) -> Iterator[str]:
    text = language.text
    others = sorted({by for name, by in (held.granted_by or {}).items() if by and by != name})
    state = text(_STATES[held.state])
    if others and held.granted:
        state = text(_("{state}: the broader {names} covers it"), state=state, names=", ".join(others))
    elif held.state is HeldState.HAVE and held.granted is False:
        state = text(_("works, although the token does not name it"))
    yield shortened(state[:1].upper() + state[1:] + ".", 3 * _LONGEST)
    if held.state is HeldState.MISSING and held.granted_by:
        lacking = ", ".join(name for name, by in held.granted_by.items() if not by)
        if lacking and len(held.granted_by) > 1:
            yield text(_("The token lacks {names}."), names=lacking)
    if held.state is not HeldState.HAVE and held.detail:
        yield shortened(plain(text(held.detail)), 3 * _LONGEST)
    if held.url and held.status:
        yield text(
            _("Tried: GET {url} answered {status}."),
            url=shortened(plain(held.url), _LONGEST),
            status=held.status,
        )
    if held.state is HeldState.NOT_WORKING:
        yield text(_WHY_REFUSED)


def _optional(report: Report, language: Language) -> Iterator[str]:
    """What serves no conclusion is told in one line each, and never asked for."""
    text = language.text
    shown = [key for key, one in ALL.items() if one.optional]
    yield text(_("Useful, but not asked for:"))
    for key in shown:
        held = report.held(key)
        state = f" ({text(_STATES[held.state])})" if held else ""
        yield f"  {_title(report, key)} - {text(PURPOSES[key])}{state}. {text(LOSSES[key])}"
    yield ""


def _summary(report: Report, language: Language) -> Iterator[str]:
    if report.inventory is None:
        return
    text = language.text
    if report.complete:
        yield text(_("Everything that {mode} needs is there."), mode=report.needs.mode.value)
        yield ""
        return
    lost = report.needs.undecided_without(report.lost)
    if lost:
        yield language.plural(
            "{count} conclusion cannot be drawn for everybody with these permissions:",
            "{count} conclusions cannot be drawn for everybody with these permissions:",
            len(lost),
        )
        yield from (f"  {text(rule.title)} [{rule.id}]" for rule in lost)
        yield text(_("A run goes on all the same: what it cannot see stays unknown and is never a finding."))
        yield ""


def _surplus(report: Report, language: Language) -> Iterator[str]:
    text = language.text
    surplus = report.surplus
    changing = [f"{resource} {name}" for resource, name in surplus if writes(name)]
    reading = [f"{resource} {name}" for resource, name in surplus if not writes(name)]
    if changing:
        yield text(
            _(
                "The application may also change things: {names}. This program needs none of that: "
                "take it away."
            ),
            names=shortened(plain(", ".join(changing)), 4 * _LONGEST),
        )
    if reading:
        yield text(
            _("The application may read more than this program uses: {names}."),
            names=shortened(plain(", ".join(reading)), 4 * _LONGEST),
        )
    if surplus:
        yield ""


def _grant(report: Report, language: Language) -> Iterator[str]:
    text = language.text
    wanted = {service: names for service, names in report.wanted.items() if names}
    if not wanted:
        return
    yield text(_("To grant, nothing of which can change anything:"))
    for service, names in wanted.items():
        yield f"  {service}: {', '.join(names)}"
    yield text(_("Consent of an administrator, once the registration names them:"))
    yield f"  {report.place.consent_url}"
    yield ""
    found = report.routes
    if not found:
        yield text(_("There are no commands for this cloud: name the permissions in the app's registration."))
    for tool, steps in found.items():
        yield text(_("With {tool}:"), tool=TOOLS[tool])
        for number, step in enumerate(steps, start=1):
            yield from (f"  {line}" for line in _step(number, step, language))
        yield ""


def _step(number: int, step: Step, language: Language) -> Iterator[str]:
    text = language.text
    yield f"{number}. {text(step.text)}"
    yield from (f"     {line}" for line in step.command.splitlines())
    yield "   " + text(_("Effect: {effect}"), effect=text(step.effect))
    undo = text(step.undo).splitlines()
    yield "   " + text(_("Undo: {undo}"), undo=undo[0])
    yield from (f"     {line}" for line in undo[1:])
    if step.why:
        yield f"   {text(step.why)}"
    yield "   " + text(_("Verify: {verify}"), verify=step.verify)


def as_data(report: Report, language: Language) -> dict[str, Any]:
    """The same as data, for other programs; texts in the language asked for."""
    inventory = report.inventory
    lost = report.needs.undecided_without(report.lost)
    return {
        "schema": SCHEMA,
        "mode": report.needs.mode.value,
        "cloud": report.place.cloud_name,
        "signed_in_as": report.signed_in_as or None,
        "app_only": report.app_only,
        "complete": report.complete if inventory else None,
        "tokens": {name: list(held) if held else None for name, held in inventory.tokens.items()}
        if inventory
        else None,
        "permissions": [_permission_data(report, one, language) for one in report.needs.unlocks],
        "undecided": _ids(lost) if inventory else None,
        "not_needed": [
            {"resource": resource, "permission": name, "writes": writes(name)}
            for resource, name in report.surplus
        ],
        "grant": {service: list(names) for service, names in report.wanted.items()},
        "consent": report.place.consent_url,
        "commands": {
            tool: [_step_data(step, language) for step in steps] for tool, steps in report.routes.items()
        },
    }


def _permission_data(report: Report, one: Unlocks, language: Language) -> dict[str, Any]:
    permission, held = ALL[one.key], report.held(one.key)
    names = permission.names(app_only=report.as_app)
    return {
        "permission": one.key,
        "purpose": language.text(PURPOSES[one.key]),
        "resource": permission.resource,
        "application": list(permission.application),
        "delegated": list(permission.delegated),
        "covered_by": {name: list(broader(permission.resource, name)) for name in names},
        "calls": list(permission.calls),
        "source": permission.source,
        "unlocks": _ids(one.rules),
        "alone": _ids(one.alone),
        "needed_for_fine": one.fine,
        "loss": language.text(LOSSES[one.key]),
        "state": held.state.value if held else None,
        "granted_by": dict(held.granted_by) if held and held.granted_by is not None else None,
        "proof": held.proof.value if held else None,
        "detail": plain(language.text(held.detail)) if held and held.detail else "",
        "tried": held.url if held else "",
        "status": held.status if held else None,
        "request_id": held.request_id if held else "",
    }


def _step_data(step: Step, language: Language) -> dict[str, str]:
    return {
        "text": language.text(step.text),
        "command": step.command,
        "effect": language.text(step.effect),
        "undo": language.text(step.undo),
        "verify": step.verify,
    }


def _ids(rules: tuple[Rule, ...]) -> list[str]:
    return [rule.id for rule in rules]
