"""A tenant written without our sandbox: another author's reading of the same public wire formats.

Built on the standard library. It differs wherever the formats leave room: opaque tokens, verbose OData
whatever was asked for, batch items in reverse order with url-safe base64, upper-case size ids, a profile
service on the root site only, thumbnails named after the sign-in name, redirects inside the tenant.
"""

from __future__ import annotations

import base64
import io
import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import trustme
from PIL import Image, ImageDraw

LOGIN, GRAPH, SUFFIX = "signin.elsewhere.test", "graph.elsewhere.test", "sites.elsewhere.test"
ROOT, MY, ADMIN = (f"fabrikam{part}.{SUFFIX}" for part in ("", "-my", "-admin"))
TENANT = "99999999-8888-7777-6666-555555555555"
MAILBOX_PLAN = {
    "servicePlanId": "efb87545-963c-4e0d-99df-69c6916d9eb0",
    "capabilityStatus": "Enabled",
    "service": "exchange",
    "assignedDateTime": "2024-02-01T00:00:00Z",
}
SITES_PLAN = {
    "servicePlanId": "5dbe027f-2339-4123-9542-606e4d348a72",
    "capabilityStatus": "Enabled",
    "service": "SharePoint",
    "assignedDateTime": "2024-02-01T00:00:00Z",
}


def drawing(seed: int, side: int) -> bytes:
    """A picture that nobody else draws: seeded blocks and circles, as JPEG."""
    image = Image.new("RGB", (240, 240), ((seed * 53) % 200, (seed * 97) % 200, (seed * 31) % 200))
    pen = ImageDraw.Draw(image)
    for step in range(9):
        value = seed * 7919 + step * 104729
        x, y, r = value % 200, (value // 7) % 200, 20 + value % 60
        colour = ((value // 3) % 256, (value // 5) % 256, (value // 11) % 256)
        pen.ellipse((x, y, x + r, y + r), fill=colour) if step % 2 else pen.rectangle(
            (x, y, x + r, y + 40), fill=colour
        )
    out = io.BytesIO()
    image.resize((side, side), Image.Resampling.BICUBIC).save(out, "JPEG", quality=82)
    return out.getvalue()


def sharepoint_seconds(moment: datetime) -> str:
    """Whole seconds since 0001-01-01, as SPS-PictureTimestamp counts."""
    return str(int(moment.timestamp()) + 62135596800)


@dataclass
class Resident:
    """One person of the foreign tenant."""

    name: str
    number: int
    photo: int | None = None  # seed of the Microsoft 365 photo
    thumbnail: int | None = None  # seed of SharePoint's copy
    timestamp: str = ""
    sync: str = "1"
    placeholder: str = "0"
    enabled: bool = True

    @property
    def upn(self) -> str:
        return f"{self.name}@fabrikam.test"

    @property
    def id(self) -> str:
        return f"dddddddd-0000-4000-8000-{self.number:012d}"

    @property
    def picture_url(self) -> str:
        url = f"https://{MY}:443/User%20Photos/Profile%20Pictures/{self.stem}_MThumb.jpg"
        return url if self.thumbnail is not None else ""

    @property
    def stem(self) -> str:
        return self.upn.replace("@", "_").replace(".", "_")


@dataclass
class ForeignTenant:
    """State and address of the running server."""

    people: list[Resident]
    directory: Path
    batches: bool = True
    port: int = 0
    seen: list[str] = field(default_factory=list)

    @property
    def cloud_file(self) -> Path:
        return self.directory / "elsewhere.toml"


@contextmanager
def foreign_tenant(directory: Path, *, batches: bool = True) -> Iterator[ForeignTenant]:
    """Run the tenant on loopback with its own certificate authority; writes the cloud file."""
    now = datetime.now(UTC)
    tenant = ForeignTenant(
        [
            Resident("fine", 1, 11, 11, sharepoint_seconds(now - timedelta(days=30))),
            Resident("waiting", 2, 12, 13, sharepoint_seconds(now - timedelta(hours=2))),
            Resident("stuck", 3, 14, 15, sharepoint_seconds(now - timedelta(days=20))),
            Resident("untouched", 4, 16, None, "", "", ""),
            Resident("photoless", 5, None, None, "", "", ""),
            Resident("detached", 6, 17, 18, sharepoint_seconds(now - timedelta(days=90)), "0"),
            Resident("blocked", 7, 19, 20, sharepoint_seconds(now - timedelta(days=90)), enabled=False),
        ],
        directory,
        batches,
    )
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOGIN, GRAPH, ROOT, MY, ADMIN).configure_cert(context)
    authority.cert_pem.write_to_path(directory / "authority.pem")

    class Handler(_Handler):
        here = tenant

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    tenant.port = server.server_address[1]
    tenant.cloud_file.write_text(
        f'name = "elsewhere"\nlogin = "{LOGIN}"\ngraph = "{GRAPH}"\nexchange = "mail.elsewhere.test"\n'
        f'sharepoint_suffix = "{SUFFIX}"\nconnect_to = "127.0.0.1:{tenant.port}"\n'
        'ca_bundle = "authority.pem"\n',
        encoding="utf-8",
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield tenant
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    here: ForeignTenant
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it so)
        self.here.seen.append(f"{self.command} {self.headers.get('Host')}{self.path}")

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _answer(self, body: bytes) -> None:
        host = (self.headers.get("Host") or "").partition(":")[0]
        if host == LOGIN:
            status, kind, content = self._login(body)
        elif host == GRAPH:
            if self.headers.get("Authorization") != f"Bearer opaque-for-https://{GRAPH}":
                status, kind, content = _graph_error(401, "InvalidAuthenticationToken")
            elif urlsplit(self.path).path.lower() == "/v1.0/$batch":
                status, kind, content = self._graph_batch(json.loads(body))
            else:
                status, kind, content = self._graph(self.path)
        else:
            status, kind, content = self._sharepoint(host, self.path)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", content.decode())
            content = b""
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    # Sign-in: any app, opaque tokens bound to the resource.
    def _login(self, body: bytes) -> tuple[int, str, bytes]:
        base = f"https://{LOGIN}/{TENANT}"
        if "openid-configuration" in self.path:
            return _json(
                {
                    "issuer": f"{base}/v2.0",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                    "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                }
            )
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        scope = form.get("scope", "").split()[0]
        resource = scope.removesuffix("/.default").rstrip("/")
        return _json(
            {
                "token_type": "Bearer",
                "expires_in": 3599,
                "access_token": f"opaque-for-{resource}",
                "scope": scope,
            }
        )

    def _graph_batch(self, envelope: dict[str, list[dict[str, str]]]) -> tuple[int, str, bytes]:
        if not self.here.batches:
            return _graph_error(501, "NotImplemented")
        responses = []
        for item in reversed(envelope["requests"]):
            status, kind, content = self._graph("/v1.0" + "/" + item["url"].lstrip("/"))
            text = base64.urlsafe_b64encode(content).decode().rstrip("=")
            shown = json.loads(content) if kind.startswith("application/json") else text
            responses.append(
                {"body": shown, "headers": {"content-type": kind}, "status": status, "id": item["id"]}
            )
        return _json({"responses": responses})

    def _graph(self, target: str) -> tuple[int, str, bytes]:
        path = unquote(urlsplit(target).path)
        parts = path.strip("/").split("/")
        if path.startswith("/beta/admin/people/photoUpdateSettings"):
            return _json({"source": None, "allowedRoles": {}})
        if parts[1:] == ["sites", "root"]:
            return _json({"webUrl": f"https://{ROOT}", "id": f"{ROOT},1,2"})
        if parts[1:2] == ["organization"]:
            return _json({"value": [{"id": TENANT, "displayName": "Fabrikam", "verifiedDomains": []}]})
        if parts[1:2] != ["users"]:
            return _graph_error(404, "itemNotFound")
        if len(parts) == 2:
            return _json({"value": []})
        person = next((p for p in self.here.people if parts[2].lower() in (p.id, p.upn)), None)
        if person is None:
            return _graph_error(404, "Request_ResourceNotFound")
        return self._user(person, "/".join(parts[3:]))

    def _user(self, person: Resident, rest: str) -> tuple[int, str, bytes]:
        if rest == "":
            return _json(
                {
                    "assignedPlans": [SITES_PLAN, MAILBOX_PLAN],
                    "provisionedPlans": [],
                    "onPremisesSyncEnabled": None,
                    "createdDateTime": "2024-02-01T08:00:00Z",
                    "accountEnabled": person.enabled,
                    "userType": "Member",
                    "mail": person.upn,
                    "displayName": person.name.title(),
                    "userPrincipalName": person.upn,
                    "id": person.id,
                }
            )
        if rest == "mailboxSettings/userPurpose":
            return _json({"value": "user"})
        if rest == "settings/exchange":
            return _json({"primaryMailboxId": "MBX:1@2"})
        if not rest.startswith("photo"):
            return _graph_error(404, "ResourceNotFound")
        if person.photo is None:
            return _graph_error(404, "ErrorItemNotFound")
        if rest.endswith("$value"):
            return 200, "image/jpeg", drawing(person.photo, 648)
        sizes = [
            {
                "id": f"{n}X{n}",
                "width": n,
                "height": n,
                "@odata.mediaEtag": '"1"',
                "@odata.mediaContentType": "image/jpeg",
            }
            for n in (48, 64, 96, 120, 240, 360, 432, 504, 648)
        ]
        return _json({"value": sizes} if rest == "photos" else sizes[-1])

    def _sharepoint(self, host: str, target: str) -> tuple[int, str, bytes]:
        split = urlsplit(target)
        path = unquote(split.path)
        bearer = self.headers.get("Authorization", "")
        if not bearer.startswith("Bearer opaque-for-https://fabrikam"):
            return 401, "text/plain", b"401 UNAUTHORIZED"
        if "getpropertiesfor" in path.lower():
            if host != ROOT:
                return 404, "text/html", b"<html><body>File not found</body></html>"
            wanted = unquote(split.query) + path
            person = next((p for p in self.here.people if p.upn in wanted), None)
            return _json({"d": self._profile(person) if person else {"GetPropertiesFor": None}})
        if path.startswith("/_api/search/query") and host == ROOT:
            return _json({"d": {"query": self._search(unquote(split.query))}})
        if path == "/_layouts/15/userphoto.aspx":
            query = parse_qs(split.query)
            name = (query.get("accountname") or query.get("username") or [""])[0]
            person = next((p for p in self.here.people if p.upn in name), None)
            seed = person.thumbnail if person and person.thumbnail is not None else 999
            return 302, "text/html", f"https://{ROOT}/_cached/{seed}.jpg".encode()
        if cached := re.fullmatch(r"/_cached/(\d+)\.jpg", path):
            return 200, "image/jpeg", drawing(int(cached[1]), 200)
        if path.startswith("/User Photos/Profile Pictures/") and host == MY:
            person = next((p for p in self.here.people if p.stem in path), None)
            if person is None or person.thumbnail is None:
                return 404, "text/html", b"<html>404</html>"
            side = {"S": 48, "M": 72, "L": 300}[path[-len("LThumb.jpg")]]
            return 200, "image/jpeg", drawing(person.thumbnail, side)
        return (
            404,
            "application/json",
            b'{"odata.error":{"code":"-1","message":{"value":"Cannot find resource"}}}',
        )

    def _search(self, wanted: str) -> dict[str, object]:
        """People rows, verbose: collections under `results`; a person with an old copy is indexed with it."""
        found = [p for p in self.here.people if p.id in wanted or p.upn in wanted] or self.here.people
        rows = [
            {
                "Cells": {
                    "results": [
                        {"Key": "AADObjectID", "Value": person.id, "ValueType": "Edm.String"},
                        {
                            "Key": "AccountName",
                            "Value": f"i:0#.f|membership|{person.upn}",
                            "ValueType": "Edm.String",
                        },
                        {"Key": "PictureURL", "Value": person.picture_url, "ValueType": "Edm.String"},
                        {"Key": "DocId", "Value": str(1000 + person.number), "ValueType": "Edm.Int64"},
                    ]
                }
            }
            for person in found
        ]
        table = {"Rows": {"results": rows}}
        relevant = {"RowCount": len(rows), "TotalRows": len(rows), "Table": table}
        return {"PrimaryQueryResult": {"RelevantResults": relevant}}

    def _profile(self, person: Resident) -> dict[str, object]:
        shown = person.picture_url
        properties = {
            "PictureURL": shown,
            "SPS-PictureTimestamp": person.timestamp,
            "SPS-PicturePlaceholderState": person.placeholder,
            "SPS-PictureExchangeSyncState": person.sync,
            "msOnline-ObjectId": person.id,
            "SPS-PersonalSiteInstantiationState": "2",
        }
        return {
            "__metadata": {"type": "SP.UserProfiles.PersonProperties"},
            "AccountName": f"i:0#.f|membership|{person.upn}",
            "PersonalUrl": f"https://{MY}/personal/{person.stem}/",
            "PictureUrl": f"{shown}?t={person.timestamp}" if shown else None,
            "UserProfileProperties": {
                "results": [
                    {
                        "__metadata": {"type": "SP.KeyValue"},
                        "Key": key,
                        "Value": value,
                        "ValueType": "Edm.String",
                    }
                    for key, value in properties.items()
                ]
            },
        }


def _json(content: object) -> tuple[int, str, bytes]:
    return 200, "application/json; charset=utf-8", json.dumps(content).encode()


def _graph_error(status: int, code: str) -> tuple[int, str, bytes]:
    error = {"error": {"code": code, "message": "no", "innererror": {"request-id": "1", "date": "2026"}}}
    return status, "application/json", json.dumps(error).encode()
