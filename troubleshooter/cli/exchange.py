"""Options for what only Exchange itself can tell: the paste route, and the endpoint nobody supports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from troubleshooter.cli.connect import Connected
    from troubleshooter.evidence.record import Evidence

Command = TypeVar("Command", bound=Callable[..., Any])

output_option = click.option(
    "--exchange-output",
    "exchange_files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Output of Get-OwaMailboxPolicy, Get-CASMailbox, Get-Mailbox, Get-ManagementRoleAssignment or "
    "Get-RoleAssignmentPolicy (list, JSON, CSV). May be repeated.",
)

unsupported_option = click.option(
    "--allow-unsupported-exchange",
    is_flag=True,
    help="Ask Exchange by an endpoint that Microsoft does not support; the report labels it so.",
)


def from_files(files: Sequence[Path]) -> Callable[[Evidence], Evidence]:
    """What these files add to the evidence of a person. PowerShellOutputError when one cannot be read."""
    from troubleshooter.collect.exchange_output import merged, read_exchange_output

    output = merged([read_exchange_output(path) for path in files])
    return output.told if output else lambda evidence: evidence


def from_tenant(connected: Connected, values: Mapping[str, Any]) -> Callable[[Evidence], Evidence]:
    """What Exchange's endpoint adds, when the user allowed to ask it."""
    if not values["allow_unsupported_exchange"]:
        return lambda evidence: evidence
    from troubleshooter.collect.exchange_live import LiveExchange
    from troubleshooter.transport.exchange import ExchangeClient

    service, tenant = connected.graph.service, str(connected.run["run.tenant"])
    return LiveExchange(ExchangeClient(service, connected.cloud, tenant)).told
