"""Exchange Online's InvokeCommand: works, but is neither documented nor supported by Microsoft.

What the Exchange Online PowerShell module itself calls. Nothing here runs unless the user allowed it.
https://michev.info/blog/post/5822
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from troubleshooter.signin.clouds import Cloud
from troubleshooter.transport.answer import Answer
from troubleshooter.transport.service import Service

READS = ("Get-CASMailbox", "Get-Mailbox", "Get-ManagementRoleAssignment", "Get-OwaMailboxPolicy")
"""The only cmdlets this program sends."""

# The mailbox every tenant has; requests about no mailbox in particular are routed by it.
_SYSTEM_MAILBOX = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}"


class ExchangeClient:
    """Runs reading cmdlets of one tenant, with a token for this cloud's Exchange host alone."""

    def __init__(self, service: Service, cloud: Cloud, tenant: str) -> None:
        self.service = service
        self.cloud = cloud
        self.tenant = tenant

    @property
    def url(self) -> str:
        """Where InvokeCommand is."""
        return f"https://{self.cloud.exchange}/adminapi/beta/{quote(self.tenant, safe='')}/InvokeCommand"

    def read(self, cmdlet: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """The answer of one of `READS`; its `url` names the cmdlet too. Raises only NoToken."""
        if cmdlet not in READS:
            raise ValueError(cmdlet)
        given = dict(parameters or {})
        anchor = given.get("Identity") or f"{_SYSTEM_MAILBOX}@{self.tenant}"
        answer = self.service.send(
            "POST",
            self.url,
            resource=f"https://{self.cloud.exchange}",
            headers={
                "Content-Type": "application/json",
                "X-ResponseFormat": "json",
                "X-AnchorMailbox": f"UPN:{_header_text(anchor)}",
                "Prefer": "odata.maxpagesize=1000",
                # Its compressed answers are sometimes mislabelled.
                "Accept-Encoding": "identity",
            },
            body=json.dumps({"CmdletInput": {"CmdletName": cmdlet, "Parameters": given}}).encode(),
        )
        return replace(answer, url=f"{self.url} ({cmdlet})")


def _header_text(name: str) -> str:
    """A name as a header may carry it: hostile names must not add headers."""
    return quote(name, safe="@.-_{}#+'")
