"""Exchange Online as far as a photo diagnosis may meet it: the sign-in check, and no photo call at all.

`Get-UserPhoto` left the service in 2023: https://learn.microsoft.com/powershell/module/exchange/set-userphoto
"""

from __future__ import annotations

import json
import re

from troubleshooter.sandbox.access import claims_of, exchange_claims_ok
from troubleshooter.sandbox.model import OwaPolicy
from troubleshooter.sandbox.wire import Call, Reply, json_reply, text_reply
from troubleshooter.sandbox.world import World

_COMMAND = re.compile(r"/adminapi/beta/[^/]+/invokecommand", re.IGNORECASE)


def handle_exchange(world: World, call: Call) -> Reply:
    """InvokeCommand with the cmdlets that tell of photos; 401 and 403 as the service gives them."""
    world.kind = "exchange"
    claims = claims_of(call)
    if not exchange_claims_ok(world, claims):
        return text_reply(401, "").with_headers(
            WWW_Authenticate='Bearer client_id="00000002-0000-0ff1-ce00-000000000000"'
        )
    granted = (claims or {}).get("roles") or str((claims or {}).get("scp", "")).split()
    if not {"Exchange.ManageAsApp", "Exchange.Manage"} & set(granted):
        return text_reply(403, "Forbidden")
    if call.method != "POST" or not _COMMAND.fullmatch(call.path):
        return text_reply(404, "Not found")
    try:
        given = json.loads(call.body)["CmdletInput"]
        command, parameters = str(given["CmdletName"]).lower(), dict(given.get("Parameters") or {})
    except (ValueError, KeyError, TypeError):
        command, parameters = "", {}
    if command == "get-owamailboxpolicy":
        return _values(call, [_policy(policy) for policy in world.tenant.owa_policies])
    if command in ("get-casmailbox", "get-mailbox"):
        return _mailbox(world, call, str(parameters.get("Identity", "")), cas=command == "get-casmailbox")
    if command == "get-managementroleassignment":
        return _assignments(world, call, str(parameters.get("RoleAssignee", "")))
    return _bad_request(f"The term '{command}' is not recognized as the name of a cmdlet.")


def _mailbox(world: World, call: Call, identity: str, *, cas: bool) -> Reply:
    account = world.account(identity)
    if account is None or account.mailbox.place != "cloud":
        return _bad_request(f"Object '{identity}' couldn't be found.")
    mailbox: dict[str, object] = {
        "Identity": account.id,
        "ExternalDirectoryObjectId": account.id,
        "PrimarySmtpAddress": account.mail or account.upn,
    }
    if cas:
        mailbox |= {"OWAEnabled": True, "OwaMailboxPolicy": account.owa_policy}
    else:
        mailbox |= {"RoleAssignmentPolicy": account.role_policy}
    return _values(call, [mailbox])


def _assignments(world: World, call: Call, policy: str) -> Reply:
    """One object for each role of a role assignment policy."""
    found = next((one for one in world.tenant.role_policies if one.name.lower() == policy.lower()), None)
    if found is None:
        return _bad_request(f"Couldn't find an object '{policy}'.")
    return _values(
        call,
        [
            {
                "Name": f"{role}-{found.name}",
                "Role": role,
                "RoleAssigneeName": found.name,
                "RoleAssigneeType": "RoleAssignmentPolicy",
                "Enabled": True,
            }
            for role in found.roles
        ],
    )


def _policy(policy: OwaPolicy) -> dict[str, object]:
    return {
        "Identity": policy.name,
        "IsDefault": policy.is_default,
        "SetPhotoEnabled": policy.set_photo_enabled,
    }


def _values(call: Call, values: list[dict[str, object]]) -> Reply:
    context = f"{call.base}/adminapi/beta/$metadata"
    return json_reply(200, {"@odata.context": context, "@adminapi.warnings": [], "value": values})


def _bad_request(message: str) -> Reply:
    return json_reply(400, {"error": {"code": "BadRequest", "message": message}})
