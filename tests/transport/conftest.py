"""One server with the names of a test cloud, and a service whose waiting is only counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.transport.fakes import Waits, WrittenTokens
from tests.transport.tls_server import TlsServer
from troubleshooter.transport.graph import GraphClient
from troubleshooter.transport.service import Service
from troubleshooter.transport.session import build_session
from troubleshooter.transport.sharepoint import SharePointClient

NAMES = ("login.test", "graph.test", "*.sharepoint.test", "elsewhere.example")


@pytest.fixture(scope="session")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    server = TlsServer(tmp_path_factory.mktemp("tls"), NAMES)
    yield server
    server.close()


@pytest.fixture
def server(one_server: TlsServer) -> TlsServer:
    one_server.asked.clear()
    return one_server


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def tokens() -> WrittenTokens:
    return WrittenTokens()


@pytest.fixture
def service(server: TlsServer, waits: Waits, tokens: WrittenTokens) -> Iterator[Service]:
    with build_session(server.cloud(), connect_seconds=5, read_seconds=5) as session:
        yield Service(session, tokens, sleep=waits.sleep, now=waits.now, jitter=lambda: 1.0)


@pytest.fixture
def graph(service: Service, server: TlsServer) -> GraphClient:
    return GraphClient(service, server.cloud())


@pytest.fixture
def sharepoint(service: Service, server: TlsServer) -> SharePointClient:
    return SharePointClient(service, server.cloud())
