"""docs/permissions.md: what to grant, what it unlocks, and how; made from rules, facts and calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from troubleshooter.diagnose.permissions import Mode, Needs
from troubleshooter.diagnose.rule import Rule, Step
from troubleshooter.evidence.permissions import ALL, GRAPH, SHAREPOINT, Permission, broader, least
from troubleshooter.render.permissions import KEYS, LOSSES, PURPOSES
from troubleshooter.render.registration import GRAPH_POWERSHELL, TOOLS, Place, routes

_HEAD = """# Permissions

Made from the rules, the facts they read, the calls that tell these facts and the permission of each call; do
not edit. `photo-troubleshooter permissions` prints the same for your tenant: what is there, what is missing,
what that costs, and the commands that grant it.

- Every permission here only reads. The program asks for nothing that can change anything, and says so when an
  app could.
- A missing permission never stops a run and never becomes a finding: what it hides stays unknown, and the
  conclusions that need it stay undecided where nothing else settles them. Only an audit cannot begin without
  the list of accounts.
- A broader permission does for a narrower one. What another one of the list covers need not be granted: who
  holds Microsoft Graph `User.Read.All` needs no `ProfilePhoto.Read.All`
  ([why](decisions/0011-permissions-from-rules.md)).
- SharePoint's permissions are those under "SharePoint" in the registration. Graph's of the same name do not
  count there.
- SharePoint takes no application that signs in with a secret: use a certificate
  ([clouds.md](clouds.md#signing-in)).

## The least to grant

"""
_TRIED = """
## What is tried

With a tenant and an app, the command reads the permissions from the tokens (`scp` of a person's, `roles` of
an application's), and then tries each with one small read. The proof has the last word:

| shown | means |
|---|---|
| `[v]` there, and works | the read was answered; "nothing there" is an answer too |
| `[v]` covered | the token holds a broader permission, and the read was answered |
| `[!]` granted, but refused | the token holds it: consent has not arrived, or a role or policy forbids it |
| `[x]` missing | neither the token nor the service knows of it |
| `[x]` of no use with this kind of sign-in | SharePoint takes no application with a secret |
| `[?]` granted; could not be tried | throttled, not offered in this cloud, or an address is not known |
| `[?]` not known | the token cannot be read, and no answer said anything |

| permission | the read that proves it |
|---|---|
| Microsoft Graph User.Read.All | one account: `/users?$top=1`, or the one of `--person` |
| Microsoft Graph ProfilePhoto.Read.All | that account's `/photo`, the description alone |
| Microsoft Graph MailboxSettings.Read | that account's `/mailboxSettings/userPurpose` |
| Microsoft Graph PeopleSettings.Read.All | `/admin/people/photoUpdateSettings` (beta) |
| Microsoft Graph Sites.Read.All | `/sites/root` |
| SharePoint User.Read.All | that account's profile, at the administration host, then at the root |
| SharePoint Sites.Read.All | the title of the My Site host's root site |

"""
_TAKE_AWAY = """
To take everything away, remove the application (the undo of "Register the application"). It then stays among
the deleted applications for 30 days, where it can do nothing. To take one permission away, use the undo of
the grant.

The permissions named in `Connect-MgGraph -Scopes` are those of the administrator's own sign-in while
registering; the application gets none of them.

For an application that acts for a person (`--auth device`), register it in the same way, switch on "Allow
public client flows", and add the delegated permissions of the table above instead; an administrator consents
with the link that the command prints.
"""


def permissions_page(needs: Sequence[Needs]) -> str:
    """The whole page as Markdown."""
    by_mode = {one.mode: one for one in needs}
    audit = by_mode[Mode.AUDIT]
    parts = [_HEAD, *_least(needs), "\n## Each of them\n"]
    for one in audit.unlocks:
        uses = [n.mode.value for n in needs if one.key in n.keys]
        parts.append(_section(ALL[one.key], uses, one.rules, one.fine))
    parts += _optional()
    parts += [_TRIED, *_json(), "## Registering an application\n\n", *_register(audit), _TAKE_AWAY]
    return "".join(parts)


def _least(needs: Sequence[Needs]) -> Iterator[str]:
    yield "| for | acts for itself (application) | acts for a person (delegated) |\n|---|---|---|\n"
    for one in needs:
        cells = [_names(least(one.keys, app_only=app_only)) for app_only in (True, False)]
        yield f"| `{one.mode.value}` | {cells[0]} | {cells[1]} |\n"
    yield (
        "\nGraph's `Sites.Read.All` finds SharePoint's address; with `--sharepoint-host` it is not needed.\n"
    )


def _names(wanted: Mapping[str, tuple[str, ...]]) -> str:
    named = {GRAPH: "Graph", SHAREPOINT: "SharePoint"}
    return "; ".join(
        f"{named[service]} {', '.join(f'`{name}`' for name in names)}" for service, names in wanted.items()
    )


def _section(permission: Permission, uses: Sequence[str], rules: Sequence[Rule], fine: bool) -> str:
    lines = [f"\n### {permission.key}\n", f"Shows {PURPOSES[permission.key]}. Used by: {', '.join(uses)}.\n"]
    if permission.delegated != permission.application:
        lines.append(
            f"For an app that acts for a person: {', '.join(f'`{n}`' for n in permission.delegated)}.\n"
        )
    if permission.needs:
        lines.append(
            "Only with Microsoft Graph `User.Read.All`, by which people are told apart, and with Graph's "
            "`Sites.Read.All` or `--sharepoint-host`, by which SharePoint is found.\n"
        )
    for name in dict.fromkeys((*permission.application, *permission.delegated)):
        others = ", ".join(f"`{other}`" for other in broader(permission.resource, name))
        lines.append(f"`{name}` is covered by any one of: {others}.\n")
    lines.append(f"Without it: {LOSSES[permission.key]}{' Nobody can be called fine.' if fine else ''}\n")
    lines.append("Opens: " + "; ".join(permission.calls) + f". [Source]({permission.source})\n")
    links = ", ".join(f"[{rule.id}]({_page(rule)}#{rule.id})" for rule in rules)
    lines.append(f"{len(rules)} conclusions of an audit need it: {links}.\n")
    return "\n".join(lines)


def _page(rule: Rule) -> str:
    return "tenant-rules.md" if "/_tenant/" in rule.path or rule.area == "_tenant" else "rules.md"


def _optional() -> Iterator[str]:
    yield "\n### Useful, but not asked for\n\n| permission | shows | without it |\n|---|---|---|\n"
    for key, one in ALL.items():
        if one.optional:
            yield f"| {key} (delegated {', '.join(one.delegated)}) | {PURPOSES[key]} | {LOSSES[key]} |\n"


def _json() -> Iterator[str]:
    yield "## For programs\n\n`--json` prints one object:\n\n| key | meaning |\n|---|---|\n"
    yield from (f"| `{key}` | {meaning} |\n" for key, meaning in KEYS.items())
    yield (
        "\nThe states of a permission: `have`, `not_working`, `missing`, `blocked`, `unproven`, `unknown`.\n"
        "Exit code 0: everything is there, or nobody was asked; 3: something is missing or unproven; 4: the "
        "sign-in failed.\n\n"
    )


def _register(audit: Needs) -> Iterator[str]:
    names = least(audit.keys, app_only=True)
    place = Place("global", "global", "login.microsoftonline.com")
    for tool, steps in routes(place, names).items():
        yield f"### With {TOOLS[tool]}\n\n"
        for number, step in enumerate(steps, start=1):
            yield from _step(number, step, "powershell" if tool == GRAPH_POWERSHELL else "sh")


def _step(number: int, step: Step, shell: str) -> Iterator[str]:
    yield f"{number}. {step.text}\n\n"
    yield from _code(step.command, shell)
    yield f"   Effect: {step.effect}\n\n   Undo:\n\n"
    yield from _code(step.undo, shell)
    yield "   Verify:\n\n"
    yield from _code(step.verify, shell)


def _code(text: str, shell: str) -> Iterator[str]:
    yield f"   ```{shell}\n" + "".join(f"   {line}\n" for line in text.splitlines()) + "   ```\n\n"
