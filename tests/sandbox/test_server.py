"""The server itself: certificates, files, host names, the plain listener."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import tomllib
from pathlib import Path

import pytest
import requests

from tests.conftest import SandboxFactory
from tests.sandbox.wire_client import GRAPH, Wire
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox


def test_the_cloud_file_is_complete_and_private(sandbox: Sandbox) -> None:
    cloud = tomllib.loads(sandbox.cloud_file.read_text(encoding="utf-8"))
    assert cloud == {
        "name": "sandbox",
        "login": "login.sandbox.example",
        "graph": "graph.sandbox.example",
        "exchange": "exchange.sandbox.example",
        "sharepoint_suffix": "sharepoint.sandbox.example",
        "connect_to": f"127.0.0.1:{sandbox.port}",
        "ca_bundle": str(sandbox.ca_file),
    }
    if os.name == "posix":  # Windows keeps no such bits; the file is in the user's own temporary folder
        assert sandbox.cloud_file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name", ["login.sandbox.example", "graph.sandbox.example", "contosoeur-my.sharepoint.sandbox.example"]
)
def test_the_certificate_is_good_for_every_name_and_only_with_the_own_authority(
    sandbox: Sandbox, name: str
) -> None:
    good = ssl.create_default_context(cafile=str(sandbox.ca_file))
    with (
        socket.create_connection(("127.0.0.1", sandbox.port)) as raw,
        good.wrap_socket(raw, server_hostname=name),
    ):
        pass
    with (
        socket.create_connection(("127.0.0.1", sandbox.port)) as raw,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(raw, server_hostname=name)


def test_the_app_certificate_file_holds_key_and_certificate(sandbox: Sandbox) -> None:
    text = sandbox.certificate_file(DEMO_CLIENT).read_text(encoding="utf-8")
    assert "PRIVATE KEY" in text
    assert "BEGIN CERTIFICATE" in text


def test_a_temporary_directory_goes_and_a_given_one_stays(tenant: TenantState, tmp_path: Path) -> None:
    with Sandbox(tenant) as running:
        gone = running.directory
    assert not gone.exists()
    with Sandbox(tenant, directory=tmp_path / "kept") as running:
        kept = running.cloud_file
    assert kept.exists()


def test_an_absolute_target_in_clear_reaches_the_named_host(
    tenant: TenantState, make_sandbox: SandboxFactory
) -> None:
    sandbox = make_sandbox(tenant, plain_http=True)
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.http_port)
    token = sandbox.issue_token(GRAPH, DEMO_CLIENT)
    target = "http://graph.sandbox.example/v1.0/users?$top=1&$select=id"
    connection.request("GET", target, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status == 200
    assert f"{GRAPH}/v1.0/users?" in body


def test_a_loopback_host_dispatches_by_path_and_links_back_to_itself(
    tenant: TenantState, make_sandbox: SandboxFactory
) -> None:
    sandbox = make_sandbox(tenant, plain_http=True)
    base = f"http://127.0.0.1:{sandbox.http_port}"
    headers = {"Authorization": f"Bearer {sandbox.issue_token(GRAPH, DEMO_CLIENT)}"}
    session = requests.Session()
    session.trust_env = False
    page = session.get(f"{base}/v1.0/users?$top=1", headers=headers).json()
    assert page["@odata.nextLink"].startswith(f"{base}/v1.0/users?")
    assert session.get(f"{base}/_api/web").status_code == 401
    discovery = session.get(f"{base}/contoso.example/v2.0/.well-known/openid-configuration").json()
    assert discovery["token_endpoint"].startswith(base)


def test_an_unknown_host_and_a_closed_sharepoint_host_are_404(sandbox: Sandbox, wire: Wire) -> None:
    context = ssl.create_default_context(cafile=str(sandbox.ca_file))
    for host in ("elsewhere.example", "contosoold-my.sharepoint.sandbox.example"):
        raw = socket.create_connection(("127.0.0.1", sandbox.port))
        with context.wrap_socket(raw, server_hostname="graph.sandbox.example") as tls:
            tls.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert tls.recv(12) == b"HTTP/1.1 404"


def test_a_folder_used_again_gets_the_certificate_of_this_run(tmp_path: Path) -> None:
    (tmp_path / f"{DEMO_CLIENT}.pem").write_text("the key of an earlier run", encoding="utf-8")
    with Sandbox(directory=tmp_path) as sandbox:
        assert "BEGIN CERTIFICATE" in sandbox.certificate_file(DEMO_CLIENT).read_text(encoding="utf-8")
