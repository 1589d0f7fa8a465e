"""Known clouds, and the cloud file with everything that can be wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from troubleshooter.errors import UsageError
from troubleshooter.signin.clouds import CLOUDS, CloudError, load_cloud

GOOD = """# a tenant on this machine
name = "sandbox"
login = "login.sandbox.test"
graph = "graph.sandbox.test"
exchange = "exchange.sandbox.test"
sharepoint_suffix = "sharepoint.sandbox.test"
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "cloud.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_four_clouds_have_their_documented_hosts() -> None:
    assert {cloud.name: (cloud.login, cloud.graph, cloud.sharepoint_suffix) for cloud in CLOUDS.values()} == {
        "global": ("login.microsoftonline.com", "graph.microsoft.com", "sharepoint.com"),
        "gcc-high": ("login.microsoftonline.us", "graph.microsoft.us", "sharepoint.us"),
        "dod": ("login.microsoftonline.us", "dod-graph.microsoft.us", "sharepoint-mil.us"),
        "china": ("login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "sharepoint.cn"),
    }
    assert not any(cloud.custom or cloud.connect_to or cloud.ca_bundle for cloud in CLOUDS.values())


def test_gcc_is_the_global_cloud_and_case_does_not_matter() -> None:
    assert load_cloud("gcc") is load_cloud("Global") is CLOUDS["global"]
    assert load_cloud("GCC-High") is CLOUDS["gcc-high"]


def test_a_cloud_names_its_hosts() -> None:
    cloud = load_cloud("gcc-high")
    assert cloud.graph_resource == "https://graph.microsoft.us"
    assert cloud.authority("contoso.us") == "https://login.microsoftonline.us/contoso.us"
    assert cloud.sharepoint_host("Contoso") == "contoso.sharepoint.us"
    assert cloud.sharepoint_host("contoso", "my") == "contoso-my.sharepoint.us"
    assert cloud.sharepoint_host("contoso", "admin") == "contoso-admin.sharepoint.us"


def test_a_misspelt_cloud_gets_the_nearest_name() -> None:
    with pytest.raises(CloudError, match=r"Did you mean china\?"):
        load_cloud("chine")
    with pytest.raises(UsageError, match="global, gcc-high, dod, china"):
        load_cloud("xyz")


def test_a_file_describes_a_cloud_and_its_bundle_is_relative_to_it(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    text = GOOD + 'connect_to = "127.0.0.1:8443"\nca_bundle = "ca.pem"\n'
    cloud = load_cloud(str(_file(tmp_path, text)))
    assert (cloud.name, cloud.custom, cloud.connect_to) == ("sandbox", True, ("127.0.0.1", 8443))
    assert cloud.ca_bundle == tmp_path.resolve() / "ca.pem"
    assert cloud.sharepoint_host("contoso", "my") == "contoso-my.sharepoint.sandbox.test"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8443", ("127.0.0.1", 8443)),
        ("127.8.9.1:1", ("127.8.9.1", 1)),
        ("[::1]:8443", ("::1", 8443)),
        ("localhost:65535", ("localhost", 65535)),
    ],
)
def test_connect_to_takes_loopback_addresses(tmp_path: Path, text: str, address: tuple[str, int]) -> None:
    assert load_cloud(str(_file(tmp_path, f'{GOOD}connect_to = "{text}"'))).connect_to == address


@pytest.mark.parametrize(
    "text", ["10.0.0.1:443", "0.0.0.0:8443", "[::]:8443", "example.com:443", "127.0.0.1.nip.io:443"]
)
def test_connect_to_another_machine_is_refused_with_the_reason(tmp_path: Path, text: str) -> None:
    with pytest.raises(CloudError, match="send sign-ins and tokens") as caught:
        load_cloud(str(_file(tmp_path, f'{GOOD}connect_to = "{text}"')))
    assert "cloud.toml:7" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "8443", "127.0.0.1:0", "127.0.0.1:70000", "::1:8443", "https://127.0.0.1:1", "x:y"]
)
def test_connect_to_without_a_proper_port_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CloudError, match="not an address with a port"):
        load_cloud(str(_file(tmp_path, f'{GOOD}connect_to = "{text}"')))


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ('sharepoint = "x"', "sharepoint_suffix"),
        ('connect-to = "x"', "connect_to"),
        ('ca_budle = "x"', "ca_bundle"),
        ('Login = "x"', "login"),
    ],
)
def test_an_unknown_key_gets_the_nearest_right_one_and_its_line(tmp_path: Path, line: str, near: str) -> None:
    with pytest.raises(CloudError) as caught:
        load_cloud(str(_file(tmp_path, GOOD + line)))
    assert f"Did you mean '{near}'?" in str(caught.value)
    assert "cloud.toml:7" in str(caught.value)


def test_a_key_like_no_other_and_a_table_are_refused(tmp_path: Path) -> None:
    for line in ('zzz = "x"', "[section]\na = 1"):
        with pytest.raises(CloudError, match=r"cloud\.toml:7: there is no key"):
            load_cloud(str(_file(tmp_path, GOOD + line)))


def test_all_missing_keys_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(CloudError, match="lacks graph, exchange, sharepoint_suffix"):
        load_cloud(str(_file(tmp_path, 'name = "x"\nlogin = "login.test"\n')))


@pytest.mark.parametrize(
    "value",
    [
        "https://graph.test",
        "graph.test:443",
        "graph.test/v1.0",
        ".graph.test",
        "graph..test",
        "graph.test.",
        "*.graph.test",
        "gra ph.test",
        "grāph.test",
        "megan@graph.test",
        "a" * 300,
    ],
)
def test_a_host_that_is_not_a_bare_name_is_refused(tmp_path: Path, value: str) -> None:
    text = GOOD.replace("graph.sandbox.test", value)
    with pytest.raises(CloudError, match=r"cloud\.toml:4: graph is .* not a host name"):
        load_cloud(str(_file(tmp_path, text)))


@pytest.mark.parametrize("value", ["1", "true", '""', '["a"]', '"  "'])
def test_a_value_that_is_no_text_is_refused(tmp_path: Path, value: str) -> None:
    text = GOOD.replace('"login.sandbox.test"', value)
    with pytest.raises(CloudError, match=r"cloud\.toml:3: login must be a text"):
        load_cloud(str(_file(tmp_path, text)))


def test_broken_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(CloudError, match=r"cloud\.toml is not valid TOML: .*line 7"):
        load_cloud(str(_file(tmp_path, GOOD + "connect_to = 127.0.0.1:8443")))


def test_a_file_that_is_missing_or_a_folder_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CloudError, match="cannot be read"):
        load_cloud(str(tmp_path / "none.toml"))
    with pytest.raises(CloudError, match="cannot be read"):
        load_cloud(str(tmp_path))
    (tmp_path / "bytes.toml").write_bytes(b"name = \xff\xfe")
    with pytest.raises(CloudError, match="not UTF-8"):
        load_cloud(str(tmp_path / "bytes.toml"))


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "cloud.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_cloud(str(path)).name == "sandbox"


def test_a_bundle_that_is_missing_empty_or_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("", encoding="utf-8")
    (tmp_path / "text.pem").write_text("hello", encoding="utf-8")
    (tmp_path / "half.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n", encoding="utf-8")
    for name in ("missing.pem", "empty.pem", "text.pem", "half.pem", "."):
        with pytest.raises(CloudError, match=r"cloud\.toml:7: the ca_bundle"):
            load_cloud(str(_file(tmp_path, f'{GOOD}ca_bundle = "{name}"')))
