"""Proxies and inspecting companies: real ones on loopback, met by the whole program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import run
from tests.signin.entra import Entra
from tests.transport.company_network import BLOCKS, WANTS_PASSWORD, refusing_proxy
from tests.transport.connect_proxy import connect_proxy
from tests.transport.tls_server import Reply, TlsServer

ARGUMENTS = ("permissions", "--tenant", "contoso.test", "--client-id", "x", "--lang", "en", "--cloud")
FILE = """\
name = "corp"
login = "login.test"
graph = "graph.test"
exchange = "exchange.test"
sharepoint_suffix = "sharepoint.test"
"""


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    """A cloud whose names exist nowhere: only a proxy could lead to them."""
    path = tmp_path / "corp.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    """What an inspecting proxy shows in place of the real host: its own certificate for that name."""
    server = TlsServer(tmp_path_factory.mktemp("inspector"), ("login.test", "graph.test"))
    yield server
    server.close()


def environment(proxy: str, **more: str) -> dict[str, str]:
    cleared = {"NO_PROXY": "", "no_proxy": "", "REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": ""}
    secret = {"PHOTO_TROUBLESHOOTER_CLIENT_SECRET": "very-secret-value"}
    return {**cleared, **secret, "HTTPS_PROXY": proxy, "https_proxy": proxy, **more}


def test_a_proxy_that_wants_a_password_is_named_with_the_remedy(cloud: Path) -> None:
    with refusing_proxy(WANTS_PASSWORD) as proxy:
        done = run(*ARGUMENTS, str(cloud), environment=environment(proxy.url))
    assert done.code == 4
    assert "The proxy wants to know who asks before it lets us through to login.test (407)." in done.stderr
    assert "HTTPS_PROXY" in done.stderr
    assert "very-secret-value" not in done.stderr
    assert proxy.heard
    assert all(request.startswith("CONNECT login.test:443 ") for request in proxy.heard)
    assert not any("very-secret-value" in request for request in proxy.heard)


def test_a_password_in_the_address_reaches_the_proxy_and_no_message(cloud: Path) -> None:
    with refusing_proxy(WANTS_PASSWORD) as proxy:
        address = proxy.url.replace("http://", "http://ana:p%40ss-of-ana@")
        done = run(*ARGUMENTS, str(cloud), environment=environment(address))
    assert done.code == 4
    assert any("Proxy-Authorization: Basic " in request for request in proxy.heard)
    for output in (done.stdout, done.stderr):
        assert "ss-of-ana" not in output


def test_a_proxy_that_blocks_is_not_taken_for_microsoft(cloud: Path) -> None:
    with refusing_proxy(BLOCKS) as proxy:
        done = run(*ARGUMENTS, str(cloud), environment=environment(proxy.url))
    assert done.code == 4
    assert "does not let us through to login.test" in done.stderr
    assert "403" in done.stderr


def test_a_proxy_that_is_not_there_is_called_the_proxy_and_not_the_host(cloud: Path) -> None:
    with refusing_proxy(b"") as proxy:
        gone = proxy.url
    done = run(*ARGUMENTS, str(cloud), environment=environment(gone))
    assert done.code == 4
    assert "The proxy cannot be reached" in done.stderr


def test_an_inspecting_proxy_is_recognised_by_who_made_its_certificate(
    cloud: Path, inspector: TlsServer
) -> None:
    inspector.asked.clear()
    with connect_proxy(inspector.port) as proxy:
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        done = run(*ARGUMENTS, str(cloud), environment=environment(address))
    assert done.code == 4
    assert "The certificate that login.test shows is not trusted. It was made by " in done.stderr
    assert "trustme" in done.stderr, "the issuer's own name"
    assert "REQUESTS_CA_BUNDLE" in done.stderr
    assert "do not go on" in done.stderr
    assert set(proxy.targets) == {"login.test:443"}
    assert inspector.asked == [], "looking at a certificate sends no request"


def test_with_the_companys_root_in_the_bundle_the_inspected_host_is_spoken_to(
    cloud: Path, inspector: TlsServer
) -> None:
    entra = Entra()
    inspector.asked.clear()
    inspector.answer = entra.answer
    with connect_proxy(inspector.port) as proxy:
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        bundle = {"REQUESTS_CA_BUNDLE": str(inspector.ca_bundle)}
        done = run(*ARGUMENTS, str(cloud), environment=environment(address, **bundle))
    assert done.code == 3, done.stderr
    assert {asked.host for asked in inspector.asked} == {"login.test", "graph.test"}


def test_a_page_of_the_network_in_place_of_the_sign_in_is_recognised(
    cloud: Path, inspector: TlsServer
) -> None:
    page = Reply(200, b"<html>Please accept the rules of this network</html>", {"Content-Type": "text/html"})
    inspector.answer = lambda asked: page
    with connect_proxy(inspector.port) as proxy:
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        bundle = {"REQUESTS_CA_BUNDLE": str(inspector.ca_bundle)}
        done = run(*ARGUMENTS, str(cloud), environment=environment(address, **bundle))
    assert done.code == 4
    assert "is not a sign-in service of Microsoft" in done.stderr
    assert "a guest network" in done.stderr


def test_a_page_of_the_network_in_place_of_graph_proves_nothing(cloud: Path, inspector: TlsServer) -> None:
    entra = Entra()
    page = Reply(200, b"<html>Blocked by policy</html>", {"Content-Type": "text/html"})
    inspector.answer = lambda asked: entra.answer(asked) if asked.host == "login.test" else page
    with connect_proxy(inspector.port) as proxy:
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        bundle = {"REQUESTS_CA_BUNDLE": str(inspector.ca_bundle)}
        done = run(*ARGUMENTS, str(cloud), environment=environment(address, **bundle))
    assert done.code == 3, done.stderr
    assert "and works" not in done.stdout
    assert "not JSON" in done.stdout
