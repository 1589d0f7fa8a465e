"""Exchange Online as far as a photo diagnosis may meet it: the sign-in check, and no photo call at all.

`Get-UserPhoto` left the service in 2023: https://learn.microsoft.com/powershell/module/exchange/set-userphoto
"""

from __future__ import annotations

import json
import re

from troubleshooter.sandbox.access import claims_of, exchange_claims_ok
from troubleshooter.sandbox.wire import Call, Reply, json_reply, text_reply
from troubleshooter.sandbox.world import World

_COMMAND = re.compile(r"/adminapi/beta/[^/]+/invokecommand", re.IGNORECASE)


def handle_exchange(world: World, call: Call) -> Reply:
    """InvokeCommand with Get-OwaMailboxPolicy; 401 and 403 as the service gives them."""
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
        command = json.loads(call.body)["CmdletInput"]["CmdletName"]
    except (ValueError, KeyError, TypeError):
        command = ""
    if str(command).lower() != "get-owamailboxpolicy":
        message = f"The term '{command}' is not recognized as the name of a cmdlet."
        return json_reply(400, {"error": {"code": "BadRequest", "message": message}})
    policy = {"Identity": "OwaMailboxPolicy-Default", "IsDefault": True, "SetPhotoEnabled": True}
    return json_reply(200, {"@odata.context": f"{call.base}/adminapi/beta/$metadata", "value": [policy]})
