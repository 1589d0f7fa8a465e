"""Microsoft Graph: single reads, JSON batches and pages.

https://learn.microsoft.com/graph/json-batching and https://learn.microsoft.com/graph/paging
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from troubleshooter.signin.clouds import Cloud
from troubleshooter.transport.answer import Answer, UnreadableAnswer
from troubleshooter.transport.rounds import in_rounds
from troubleshooter.transport.service import Service

BATCH_SIZE = 20
_BATCH_UNKNOWN = (404, 405, 501)  # this cloud has no batch: do not ask again
_BATCH_REFUSED = (400, 411, 413, 415)  # this batch was not liked: ask one by one


class GraphClient:
    """Reads from Graph v1.0 (or beta) with tokens for this cloud's Graph only."""

    def __init__(self, service: Service, cloud: Cloud) -> None:
        self.service = service
        self.cloud = cloud
        self._batch_works = True

    def get(self, path: str, *, beta: bool = False, headers: Mapping[str, str] | None = None) -> Answer:
        """One read. `path` starts below the version: `/users/megan@contoso.com`. Raises only NoToken."""
        return self._get(self._url(path, beta), headers)

    def batch(self, paths: Sequence[str]) -> list[Answer]:
        """Many v1.0 reads, answers in the same order; binary bodies are decoded. Raises only NoToken."""
        return in_rounds(self.service, self._batch, paths, BATCH_SIZE)

    def pages(
        self, path: str, *, beta: bool = False, headers: Mapping[str, str] | None = None
    ) -> Iterator[Answer]:
        """A listing page by page. An answer that is not ok, or not readable as a page, is the last one."""
        url = self._url(path, beta)
        seen = {url}
        while True:
            answer = self._get(url, headers)
            yield answer
            url = next_link(answer)
            if not url:
                return
            if url in seen or not self._is_ours(url):
                yield self.service.failed(
                    "GET",
                    url,
                    "host_refused",
                    "the next page is on another host, or one that was already read",
                )
                return
            seen.add(url)

    def _get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        if not self._is_ours(url):
            return self.service.failed("GET", url, "host_refused", f"not a URL of {self.cloud.graph}")
        return self.service.send("GET", url, resource=self.cloud.graph_resource, headers=headers)

    def _url(self, path: str, beta: bool = False) -> str:
        if path.startswith("https://"):  # a nextLink kept from earlier
            return path
        return f"https://{self.cloud.graph}/{'beta' if beta else 'v1.0'}/{path.lstrip('/')}"

    def _is_ours(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            port = parts.port or 443
        except ValueError:
            return False
        # `https://graph.microsoft.com:x@elsewhere/` is an address at `elsewhere`: no user name gets through.
        host = "" if "@" in parts.netloc else (parts.hostname or "")
        return (parts.scheme, host, port) == ("https", self.cloud.graph, 443)

    def _batch(self, paths: Sequence[str]) -> list[Answer]:
        """One round trip for up to 20 paths; one by one where batching does not work."""
        if len(paths) == 1 or not self._batch_works:
            return [self._get(self._url(path)) for path in paths]
        requests = [
            {"id": str(number), "method": "GET", "url": "/" + path.lstrip("/")}
            for number, path in enumerate(paths, start=1)
        ]
        whole = self.service.send(
            "POST",
            self._url("$batch"),
            resource=self.cloud.graph_resource,
            headers={"Content-Type": "application/json"},
            body=json.dumps({"requests": requests}).encode(),
            items=[self._url(path) for path in paths],
        )
        items = _items(whole)
        if items is None:
            if whole.status in _BATCH_UNKNOWN:
                self._batch_works = False
            if whole.ok or whole.status in (*_BATCH_UNKNOWN, *_BATCH_REFUSED):
                return [self._get(self._url(path)) for path in paths]
            return [replace(whole, method="GET", url=self._url(path)) for path in paths]
        answers = [
            self._item(self._url(path), items.get(str(number)), whole)
            for number, path in enumerate(paths, start=1)
        ]
        self.service.heard(answers)
        return answers

    def _item(self, url: str, item: dict[str, Any] | None, whole: Answer) -> Answer:
        status = _status(item) if item is not None else 0
        if item is None or not status:
            missing = self.service.failed("GET", url, "other", "the batch answer left this request out")
            return replace(missing, milliseconds=whole.milliseconds)
        raw = item.get("headers")
        pairs = raw.items() if isinstance(raw, dict) else ()
        headers = {str(name).lower(): str(value) for name, value in pairs}
        if "request-id" in whole.headers:
            headers.setdefault("request-id", whole.headers["request-id"])
        answer = replace(whole, method="GET", url=url, status=status, headers=headers, body=b"")
        answer = replace(answer, body=_body(item.get("body"), url, answer.content_type))
        if status == 401 and answer.error_code == "InvalidAuthenticationToken":
            return self._get(url)  # the token ended under way: the single read renews it
        return answer


def _items(whole: Answer) -> dict[str, dict[str, Any]] | None:
    """The items of a batch answer by id (lower case), the first of each; None when it is no batch answer."""
    if not whole.ok:
        return None
    try:
        envelope = whole.json()
    except UnreadableAnswer:
        return None
    responses = envelope.get("responses") if isinstance(envelope, dict) else None
    if not isinstance(responses, list):
        return None
    items: dict[str, dict[str, Any]] = {}
    for item in responses:
        if isinstance(item, dict):
            items.setdefault(str(item.get("id")).lower(), item)
    return items


def _status(item: dict[str, Any]) -> int:
    """The status of an item; 0 when there is none that makes sense."""
    try:
        status = int(item.get("status", 0))
    except (TypeError, ValueError, OverflowError):
        return 0
    return status if 100 <= status <= 599 else 0


def _body(body: Any, url: str, content_type: str) -> bytes:
    """Bytes of an item. Binary bodies come as base64 text, sometimes declared as JSON."""
    if body is None:
        return b""
    binary = content_type.startswith(("image/", "application/octet-stream")) or urlsplit(url).path.endswith(
        "/$value"
    )
    if isinstance(body, str) and binary:
        text = body.replace("-", "+").replace("_", "/").rstrip("=")
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            return body.encode("utf-8", "surrogatepass")
    return json.dumps(body).encode()


def next_link(answer: Answer) -> str:
    """Where the next page of a listing is; '' when this is the last one, or no page at all."""
    if not answer.ok:
        return ""
    try:
        page = answer.json()
    except UnreadableAnswer:
        return ""
    link = page.get("@odata.nextLink") if isinstance(page, dict) else None
    return link if isinstance(link, str) else ""
