"""SharePoint REST: single reads, multipart batches, and its ways of writing names and JSON.

https://learn.microsoft.com/sharepoint/dev/general-development/user-profiles-rest-api-reference
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from troubleshooter.signin.clouds import Cloud
from troubleshooter.transport.answer import Answer, UnreadableAnswer
from troubleshooter.transport.multipart import MultipartError, Part, read_batch, write_batch
from troubleshooter.transport.rounds import in_rounds
from troubleshooter.transport.service import Service

JSON = "application/json;odata=nometadata"
BATCH_SIZE = 100
_BATCH_UNKNOWN = (404, 405, 501)
_BATCH_REFUSED = (400, 411, 413, 415)


class SharePointClient:
    """Reads from SharePoint hosts of this cloud. Tokens go nowhere else, whatever a profile's URL says."""

    def __init__(self, service: Service, cloud: Cloud) -> None:
        self.service = service
        self.cloud = cloud
        self._batchless: set[str] = set()

    def get(self, url: str, *, accept: str = JSON) -> Answer:
        """One read with a token for the URL's own host. Raises only NoToken."""
        host = self._our_host(url)
        if not host:
            return self.service.failed(
                "GET", url, "host_refused", f"not a host of *.{self.cloud.sharepoint_suffix}"
            )
        return self.service.send(
            "GET",
            url,
            resource=f"https://{host}",
            headers={"Accept": accept},
            siblings=lambda other: self.cloud.is_sharepoint_host(other) and _tenant(other) == _tenant(host),
        )

    def batch(self, host: str, urls: Sequence[str], *, accept: str = JSON) -> list[Answer]:
        """Many reads on one host, answers in the same order. Raises only NoToken.

        Each part still counts against the tenant's quota; a batch saves round trips only.
        """
        governor, size = self.service.governor, BATCH_SIZE
        if governor is not None and urls:
            size = governor.largest_batch(urls[0], BATCH_SIZE)
        return in_rounds(self.service, lambda some: self._batch(host, some, accept), urls, size)

    def _our_host(self, url: str) -> str:
        """The host when the URL is https on port 443 of a SharePoint host of this cloud; otherwise ''."""
        try:
            parts = urlsplit(url)
            port = parts.port or 443
        except ValueError:
            return ""
        host = (parts.hostname or "").lower()
        fine = parts.scheme == "https" and port == 443 and parts.username is None
        return host if fine and self.cloud.is_sharepoint_host(host) else ""

    def _batch(self, host: str, urls: Sequence[str], accept: str) -> list[Answer]:
        same_host = all(self._our_host(url) == host.lower() for url in urls)
        if len(urls) == 1 or host in self._batchless or not same_host:
            return [self.get(url, accept=accept) for url in urls]
        boundary = f"batch_{uuid.uuid4()}"
        whole = self.service.send(
            "POST",
            f"https://{host}/_api/$batch",
            resource=f"https://{host}",
            headers={"Accept": "multipart/mixed", "Content-Type": f"multipart/mixed; boundary={boundary}"},
            body=write_batch(boundary, urls, accept),
            items=urls,
        )
        if whole.status in _BATCH_UNKNOWN:
            self._batchless.add(host)
        if not whole.ok and whole.status not in (*_BATCH_UNKNOWN, *_BATCH_REFUSED):
            return [replace(whole, method="GET", url=url) for url in urls]
        parts = _parts(whole)
        if len(parts) != len(urls):  # parts have no ids, so a missing one would shift all others
            return [self.get(url, accept=accept) for url in urls]
        answers = [self._part(url, part, whole) for url, part in zip(urls, parts, strict=True)]
        self.service.heard(answers)
        return answers

    def _part(self, url: str, part: Part, whole: Answer) -> Answer:
        headers = dict(part.headers)
        for name in ("request-id", "sprequestguid"):
            if name in whole.headers:
                headers.setdefault(name, whole.headers[name])
        return replace(whole, method="GET", url=url, status=part.status, headers=headers, body=part.body)


def _tenant(host: str) -> str:
    """The name that a tenant's hosts share: contoso, contoso-my and contoso-admin are one tenant's."""
    return host.partition(".")[0].removesuffix("-my").removesuffix("-admin")


def account_name(upn: str) -> str:
    """The claims name of a person in SharePoint: `i:0#.f|membership|megan@contoso.com`, in lower case."""
    return f"i:0#.f|membership|{upn.strip().lower()}"


def quote_claims(account: str) -> str:
    """A name as OData text literal for a URL, quotes included: `'i%3A0%23.f%7Cmembership%7C...'`."""
    return "'" + quote(account.replace("'", "''"), safe="") + "'"


def profile_url(host: str, upn: str) -> str:
    """Where PeopleManager answers with all profile properties of a person."""
    call = "GetPropertiesFor(accountName=@v)?@v="
    return f"https://{host}/_api/SP.UserProfiles.PeopleManager/{call}{quote_claims(account_name(upn))}"


def json_of(answer: Answer) -> Any:
    """The parsed body with the wrappers of verbose mode (`d`, `results`) taken off.

    UnreadableAnswer for any other content type: SharePoint throttles and locks with HTML or plain text.
    """
    kind = answer.content_type
    if kind not in ("application/json", "text/json") and not kind.endswith("+json"):
        raise UnreadableAnswer(
            "{url} answered {status} with {kind} where JSON was due ({size} bytes).",
            "Try again; if it stays, look for a proxy that rewrites answers.",
            url=answer.url,
            status=answer.status,
            kind=kind or "no content type",
            size=len(answer.body),
        )
    value = answer.json()
    if isinstance(value, dict) and set(value) == {"d"}:
        value = value["d"]
    try:
        return _without_results(value)
    except RecursionError as problem:
        raise UnreadableAnswer(
            "{url} answered {status} with JSON that is nested too deeply.",
            "Try again; if it stays, look for a proxy that rewrites answers.",
            url=answer.url,
            status=answer.status,
        ) from problem


def _without_results(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_results(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("results"), list) and value.keys() <= {"results", "__metadata"}:
        return [_without_results(item) for item in value["results"]]
    return {key: _without_results(item) for key, item in value.items()}


def _parts(whole: Answer) -> list[Part]:
    """The parts of a batch answer; none when it is no batch answer."""
    if not whole.ok:
        return []
    try:
        return read_batch(whole.headers.get("content-type", ""), whole.body)
    except MultipartError:
        return []
