"""The small sign-in service behind TLS, and tokens from it by the real msal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.signin.entra import CLIENT, TENANT, Entra
from tests.transport.tls_server import TlsServer
from troubleshooter.signin.credentials import SignIn
from troubleshooter.signin.tokens import MsalTokens
from troubleshooter.transport.session import build_session

Signer = Callable[..., MsalTokens]


@pytest.fixture(scope="session")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    server = TlsServer(tmp_path_factory.mktemp("tls"), ("login.test",))
    yield server
    server.close()


@pytest.fixture
def entra() -> Entra:
    return Entra()


@pytest.fixture
def server(one_server: TlsServer, entra: Entra) -> TlsServer:
    one_server.asked.clear()
    one_server.answer = entra.answer
    return one_server


@pytest.fixture
def session(server: TlsServer) -> Iterator[requests.Session]:
    with build_session(server.cloud(), connect_seconds=5, read_seconds=5) as made:
        yield made


@pytest.fixture
def signer(server: TlsServer, session: requests.Session) -> Signer:
    def make(auth: str = "secret", **settings: Any) -> MsalTokens:
        callback = settings.pop("on_device_code", None)
        clock = {"clock": settings.pop("clock")} if "clock" in settings else {}
        if auth == "secret":
            settings.setdefault("secret", "very-secret-value")
        values = {"tenant": TENANT, "client_id": CLIENT, "auth": auth, **settings}
        return MsalTokens(
            server.cloud(),
            SignIn(**values),
            session,
            on_device_code=callback,
            sleep=lambda seconds: None,
            **clock,
        )

    return make
