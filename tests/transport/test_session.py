"""TLS, the loopback redirection, and the limits of the one session."""

from __future__ import annotations

import gzip
import ssl
from pathlib import Path

import pytest
import requests
import trustme

from tests.transport.connect_proxy import connect_proxy
from tests.transport.tls_server import Reply, TlsServer
from troubleshooter.transport.failures import classify
from troubleshooter.transport.session import BodyTooLarge, build_session
from troubleshooter.transport.tls import TrustError, trust

OK = Reply.of({"fine": True})


def _other_authority(folder: Path) -> Path:
    bundle = folder / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    return bundle


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_bundle_in_the_environment_does_not_defeat_the_clouds_own(
    server: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(_other_authority(tmp_path)))
    server.answer = lambda asked: OK
    with build_session(server.cloud()) as session:
        assert session.get("https://graph.test/v1.0/me").json() == {"fine": True}


def test_a_broken_bundle_in_the_environment_does_not_matter_to_a_cloud_with_its_own(
    server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/at/all.pem")
    server.answer = lambda asked: OK
    with build_session(server.cloud()) as session:
        assert session.get("https://graph.test/").ok


def test_the_environments_bundle_cannot_add_trust_to_a_cloud_with_its_own(
    server: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.ca_bundle))
    with build_session(server.cloud(ca_bundle=_other_authority(tmp_path))) as session:
        with pytest.raises(requests.exceptions.SSLError) as caught:
            session.get("https://graph.test/")
        assert classify(caught.value)[0] == "tls"


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_without_a_bundle_of_the_cloud_the_environments_is_used(
    server: TlsServer, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(server.ca_bundle))
    server.answer = lambda asked: OK
    with build_session(server.cloud(ca_bundle=None)) as session:
        assert session.get("https://graph.test/").ok


def test_without_any_bundle_a_private_authority_is_not_trusted(
    server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with build_session(server.cloud(ca_bundle=None)) as session, pytest.raises(requests.exceptions.SSLError):
        session.get("https://graph.test/")


def test_an_environment_bundle_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/at/all.pem")
    with pytest.raises(TrustError, match="REQUESTS_CA_BUNDLE"):
        trust(None)


def test_verify_false_does_not_switch_the_check_off(server: TlsServer, tmp_path: Path) -> None:
    with build_session(server.cloud(ca_bundle=_other_authority(tmp_path))) as session:
        session.verify = False
        with pytest.raises(requests.exceptions.SSLError):
            session.get("https://graph.test/", verify=False)


def test_the_real_name_is_in_sni_and_host_header(server: TlsServer) -> None:
    server.answer = lambda asked: OK
    with build_session(server.cloud()) as session:
        session.get("https://contoso-admin.sharepoint.test/_api/web")
        session.get("https://contoso-my.sharepoint.test:443/User%20Photos/x.jpg")
    assert [(asked.sni, asked.host) for asked in server.asked] == [
        ("contoso-admin.sharepoint.test", "contoso-admin.sharepoint.test"),
        ("contoso-my.sharepoint.test", "contoso-my.sharepoint.test"),
    ]


def test_a_certificate_for_another_name_is_refused(server: TlsServer) -> None:
    with build_session(server.cloud()) as session, pytest.raises(requests.exceptions.SSLError) as caught:
        session.get("https://graph.microsoft.com/v1.0/me")
    word, detail = classify(caught.value)
    assert word == "tls"
    assert "graph.microsoft.com" in detail
    assert not server.asked


@pytest.mark.parametrize("address", ["10.0.0.1", "192.0.2.7", "example.com", "0.0.0.0", "::", "169.254.1.1"])
def test_connect_to_anything_but_loopback_is_refused(server: TlsServer, address: str) -> None:
    with pytest.raises(TrustError, match="not this machine"):
        build_session(server.cloud(connect_to=(address, 443)))


def test_proxies_of_the_environment_are_ignored_with_connect_to(
    server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    server.answer = lambda asked: OK
    with build_session(server.cloud()) as session:
        assert session.get("https://graph.test/").ok


def test_a_netrc_file_does_not_replace_our_token(
    server: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine graph.test login somebody password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.answer = lambda asked: OK
    with build_session(server.cloud()) as session:
        session.trust_env = True
        session.get("https://graph.test/", headers={"Authorization": "Bearer ours"}, proxies={"https": ""})
    assert server.asked[0].headers["authorization"] == "Bearer ours"


def test_plain_http_is_not_spoken(server: TlsServer) -> None:
    with build_session(server.cloud()) as session, pytest.raises(requests.exceptions.InvalidSchema):
        session.get("http://graph.test/")


def test_a_redirect_is_not_followed_by_the_session(server: TlsServer) -> None:
    server.answer = lambda asked: Reply(302, headers={"Location": "https://elsewhere.example/"})
    with build_session(server.cloud()) as session:
        assert session.get("https://graph.test/").status_code == 302
    assert len(server.asked) == 1


def test_cookies_are_not_kept(server: TlsServer) -> None:
    server.answer = lambda asked: Reply(200, headers={"Set-Cookie": "who=megan; Path=/"})
    with build_session(server.cloud()) as session:
        session.get("https://graph.test/")
        session.get("https://graph.test/")
    assert "cookie" not in server.asked[1].headers


def test_a_body_at_the_limit_passes_and_one_byte_more_does_not(server: TlsServer) -> None:
    with build_session(server.cloud(), largest_body=100_000) as session:
        server.answer = lambda asked: Reply(200, b"x" * 100_000)
        assert len(session.get("https://graph.test/").content) == 100_000
        server.answer = lambda asked: Reply(200, b"x" * 100_001)
        with pytest.raises(BodyTooLarge):
            session.get("https://graph.test/")


def test_a_compressed_bomb_is_stopped_at_the_limit(server: TlsServer) -> None:
    bomb = gzip.compress(bytes(20_000_000))
    server.answer = lambda asked: Reply(200, bomb, {"Content-Encoding": "gzip"})
    with build_session(server.cloud()) as session, pytest.raises(BodyTooLarge):
        session.get("https://graph.test/")


def test_a_compressed_body_is_unpacked(server: TlsServer) -> None:
    server.answer = lambda asked: Reply(200, gzip.compress(b"hello"), {"Content-Encoding": "gzip"})
    with build_session(server.cloud()) as session:
        assert session.get("https://graph.test/").text == "hello"


def test_a_truncated_body_is_an_error_and_not_a_short_answer(server: TlsServer) -> None:
    server.answer = lambda asked: Reply(200, b'{"value": []}', cut=5)
    with build_session(server.cloud()) as session, pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get("https://graph.test/")


def test_nothing_below_tls_1_2_is_spoken(server: TlsServer) -> None:
    assert trust(server.ca_bundle).minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_closed_port_is_named_refused(server: TlsServer) -> None:
    nobody = server.cloud(connect_to=("127.0.0.1", 9))
    with build_session(nobody) as session, pytest.raises(requests.ConnectionError) as caught:
        session.get("https://graph.test/")
    assert classify(caught.value)[0] == "refused"


def test_an_opaque_url_is_sent_as_it_was_given(server: TlsServer) -> None:
    server.answer = lambda asked: OK
    path = "/v1.0/users?$select=id&$skiptoken=m~X%2DY%7E'a'(b)*%2B"
    with build_session(server.cloud()) as session:
        session.get("https://graph.test" + path)
    assert server.asked[0].path == path


def test_without_connect_to_the_environments_proxy_is_used_and_trust_stays_the_clouds(
    server: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = lambda asked: OK
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(_other_authority(tmp_path)))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with connect_proxy(server.port) as proxy:
        for variable in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.server_address[1]}")
        with build_session(server.cloud(connect_to=None)) as session:
            assert session.get("https://graph.test/v1.0/me").ok
        stranger = server.cloud(connect_to=None, ca_bundle=tmp_path / "other.pem")
        with build_session(stranger) as session, pytest.raises(requests.exceptions.SSLError):
            session.get("https://graph.test/v1.0/me")
    assert proxy.targets == ["graph.test:443", "graph.test:443"]
    assert server.asked[0].sni == "graph.test"
