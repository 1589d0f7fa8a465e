"""Repeat it yourself: the requests behind a diagnosis as lines for curl, PowerShell and m365.

Only reads that a person can repeat with a token of their own: GET, over HTTPS, at Graph or SharePoint's REST.
Addresses come from evidence, which may come from anywhere; one that is not plain printable ASCII is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from troubleshooter.evidence.record import Source
from troubleshooter.render.labels import marked
from troubleshooter.render.language import Language
from troubleshooter.render.text import powershell

_ = marked

_MOST = 16
_LONGEST = 600  # a request about many people at once repeats nothing about this one
_ADDRESS = re.compile(r"https://[\x21-\x7e]+")
_BYTES = ("/$value", "/photo/$value")
_JSON = "application/json;odata=nometadata"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Lines for one tool, sign-in first. `tool` is its id, `name` how it is called."""

    tool: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class _Read:
    url: str
    host: str
    path: str
    graph: bool
    binary: bool
    note: str


def recipes(sources: Iterable[Source], language: Language) -> tuple[Recipe, ...]:
    """The lines for each tool; empty when no request can be repeated."""
    reads = list(_reads(sources, language))[:_MOST]
    if not reads:
        return ()
    return (
        Recipe("curl", "curl", "\n".join(_curl(reads, language))),
        Recipe("powershell", "PowerShell", "\n".join(_powershell(reads, language))),
        Recipe("m365", "CLI for Microsoft 365", "\n".join(_m365(reads, language))),
    )


def _reads(sources: Iterable[Source], language: Language) -> Iterator[_Read]:
    seen = set()
    for source in sources:
        url = source.url
        if source.method != "GET" or url in seen or len(url) > _LONGEST or not _ADDRESS.fullmatch(url):
            continue
        seen.add(url)
        parts = urlsplit(url)
        sharepoint = parts.path.startswith("/_api/")
        if not sharepoint and not re.match(r"/(v1\.0|beta)/", parts.path):
            continue
        answered = (
            f"HTTP {source.status} {source.error_code}".strip()
            if source.status
            else language.text(_("no answer"))
        )
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        yield _Read(
            url, parts.netloc, path, not sharepoint, parts.path.endswith(_BYTES), _comment(answered, language)
        )


def _comment(answered: str, language: Language) -> str:
    said = language.text(_("this program got: {answer}"), answer=answered)
    return "# " + re.sub(r"[^\x20-\x7e\u00a0-\u024f]", " ", said)


def _curl(reads: list[_Read], language: Language) -> Iterator[str]:
    yield "# " + language.text(_("a token of yours: `az login` first, and a permission to read"))
    for host in dict.fromkeys(read.host for read in reads):
        yield f"# {host}"
        yield (
            f"TOKEN=$(az account get-access-token --resource {_shell(f'https://{host}')} "
            "--query accessToken --output tsv)"
        )
        for read in (one for one in reads if one.host == host):
            accept = "" if read.graph else f" -H {_shell(f'Accept: {_JSON}')}"
            save = " -o photo.jpg" if read.binary else ""
            yield read.note
            yield f'curl -sS -H "Authorization: Bearer $TOKEN"{accept}{save} {_shell(read.url)}'


def _powershell(reads: list[_Read], language: Language) -> Iterator[str]:
    for host in dict.fromkeys(read.host for read in reads):
        mine = [read for read in reads if read.host == host]
        if mine[0].graph:
            yield "# Install-Module Microsoft.Graph.Authentication"
            yield "Connect-MgGraph -Scopes 'User.Read.All','ProfilePhoto.Read.All'"
        else:
            yield "# Install-Module PnP.PowerShell; " + language.text(
                _("the client id is that of your app registration")
            )
            yield f"Connect-PnPOnline -Url {powershell(f'https://{host}')} -Interactive -ClientId <GUID>"
        for read in mine:
            yield read.note
            if read.graph:
                save = " -OutputFilePath photo.jpg" if read.binary else ""
                yield f"Invoke-MgGraphRequest -Method GET -Uri {powershell(read.url)}{save}"
            else:
                yield f"Invoke-PnPSPRestMethod -Method Get -Url {powershell(read.path)}"


def _m365(reads: list[_Read], language: Language) -> Iterator[str]:
    yield "# npm install --global @pnp/cli-microsoft365; " + language.text(
        _("in PowerShell the lines are the same")
    )
    yield "m365 login"
    for read in reads:
        # The same quoting is right in both kinds of shell, unless the address holds a quote itself.
        accept = "" if read.graph else f" --accept {powershell(_JSON)}"
        save = " --filePath photo.jpg" if read.binary else ""
        url = '"' + read.url.replace("$", "%24") + '"' if "'" in read.url else powershell(read.url)
        if any(sign in url for sign in ("`", "\\")) or url[1:-1].count('"'):
            continue
        yield read.note
        yield f"m365 request --method get --url {url}{accept}{save}"


def _shell(text: str) -> str:
    """A literal for a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"
