"""A plain HTTPS client for the sandbox: real names in Host and SNI, loopback underneath, the CA verified."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter

from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.server import Sandbox

LOGIN = "https://login.sandbox.example"
GRAPH = "https://graph.sandbox.example"
EXCHANGE = "https://exchange.sandbox.example"
ROOT = "https://contoso.sharepoint.sandbox.example"
MY = "https://contoso-my.sharepoint.sandbox.example"
ADMIN = "https://contoso-admin.sharepoint.sandbox.example"
EUROPE = "https://contosoeur-my.sharepoint.sandbox.example"
HOSTS = (LOGIN, GRAPH, EXCHANGE, ROOT, MY, ADMIN, EUROPE)


class LoopbackAdapter(HTTPAdapter):
    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, server_hostname=self._host, assert_hostname=self._host, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        assert request.url
        rest = request.url.split(self._host, 1)[1]
        request.headers["Host"] = self._host
        request.url = f"https://127.0.0.1:{self._port}{rest}"
        return super().send(request, **kwargs)


def session_for(sandbox: Sandbox) -> requests.Session:
    """A requests session that finds every sandbox host on loopback."""
    session = requests.Session()
    session.trust_env = False
    session.verify = str(sandbox.ca_file)
    for address in HOSTS:
        session.mount(address, LoopbackAdapter(urlsplit(address).netloc, sandbox.port))
    return session


class Wire:
    """Calls with an app's token for the host that is asked."""

    def __init__(self, sandbox: Sandbox, client_id: str = DEMO_CLIENT, **token: bool) -> None:
        self.sandbox = sandbox
        self.session = session_for(sandbox)
        self._client_id, self._token = client_id, token

    def headers(self, url: str) -> dict[str, str]:
        parts = urlsplit(url)
        resource = f"{parts.scheme}://{parts.netloc}"
        return {
            "Authorization": f"Bearer {self.sandbox.issue_token(resource, self._client_id, **self._token)}"
        }

    def get(self, url: str, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.get(url, headers={**self.headers(url), **named}, allow_redirects=False)

    def post(self, url: str, data: bytes | str = b"", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.post(url, data=data, headers={**self.headers(url), **named})

    def batch(self, *urls: str) -> dict[str, Any]:
        """A Graph batch of GETs; items by id, which is the position from '0'."""
        items = [{"id": str(n), "method": "GET", "url": url} for n, url in enumerate(urls)]
        url = f"{GRAPH}/v1.0/$batch"
        answer = self.session.post(url, json={"requests": items}, headers=self.headers(url))
        assert answer.status_code == 200, answer.text
        return {item["id"]: item for item in answer.json()["responses"]}


def profile_url(upn: str, host: str = ADMIN, function: str = "GetPropertiesFor", rest: str = "") -> str:
    """The PeopleManager address with an alias."""
    name = quote(f"i:0#.f|membership|{upn}", safe="")
    manager = f"{host}/_api/SP.UserProfiles.PeopleManager"
    return f"{manager}/{function}(accountName=@v{rest})?@v='{name}'"
