"""Hosts of a tenant and addresses of picture files."""

from __future__ import annotations

import pytest

from troubleshooter.collect.addresses import file_address, hosts_from, mangled, stem_kind

MEGAN = "aaaaaaaa-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    "address",
    [
        "contoso",
        "contoso.sharepoint.com",
        "https://contoso.sharepoint.com",
        "https://CONTOSO.sharepoint.com:443/sites/x?y=1",
        "contoso-my.sharepoint.com",
        "https://contoso-my.sharepoint.com/personal/megan_contoso_com/Documents",
        "https://contoso-admin.sharepoint.com/",
    ],
)
def test_any_address_of_the_tenant_gives_all_three_hosts(address: str) -> None:
    hosts = hosts_from(address, "sharepoint.com")
    assert hosts is not None
    assert (hosts.root, hosts.my, hosts.admin) == (
        "contoso.sharepoint.com",
        "contoso-my.sharepoint.com",
        "contoso-admin.sharepoint.com",
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://contoso.sharepoint.us",
        "https://evil.example/contoso.sharepoint.com",
        "a.b.sharepoint.com",
        "https://[",
    ],
)
def test_an_address_of_another_cloud_gives_none(address: str) -> None:
    assert hosts_from(address, "sharepoint.com") is None


def test_port_encoding_query_and_case_do_not_make_another_file() -> None:
    plain = file_address("https://contoso-my.sharepoint.com/User Photos/Profile Pictures/A_MThumb.jpg", "")
    same = file_address(
        "https://Contoso-My.sharepoint.com:443/User%20Photos/Profile%20Pictures/a_MThumb.jpg?t=63930000000",
        "",
    )
    assert plain.key == same.key
    assert same.url == "https://contoso-my.sharepoint.com/User%20Photos/Profile%20Pictures/a_MThumb.jpg"
    assert (same.folder, same.name, same.stem) == ("/User Photos/Profile Pictures", "a_MThumb.jpg", "a")


def test_a_server_relative_address_belongs_to_the_host_it_was_read_from() -> None:
    assert (
        file_address("/User Photos/a_MThumb.jpg", "contoso-my.sharepoint.com").host
        == "contoso-my.sharepoint.com"
    )


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        (MEGAN, "object_id"),
        ("megan_contoso_com", "user_principal_name"),
        ("megan_old_name_fabrikam_hr", "user_principal_name"),
        ("ada_fabrikam_com#EXT#_contoso_onmicrosoft_com", "user_principal_name"),
        ("portrait", "other"),
        ("IMG_0042", "other"),
        ("", "other"),
    ],
)
def test_what_a_file_is_named_after(stem: str, expected: str) -> None:
    assert stem_kind(stem, "megan@contoso.com") == expected


def test_a_sign_in_name_becomes_a_file_stem() -> None:
    assert mangled("megan.b@contoso.com") == "megan_b_contoso_com"
