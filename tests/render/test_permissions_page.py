"""docs/permissions.md, clouds.md and network.md say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from troubleshooter.diagnose.permissions import Mode, needs_of
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.tenant_rules import load_tenant_rules
from troubleshooter.evidence.inventory import HeldState
from troubleshooter.evidence.permissions import ALL
from troubleshooter.render.permissions_page import permissions_page
from troubleshooter.signin.clouds import CLOUDS, SOVEREIGN
from troubleshooter.transport.answer import FAILURES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def page() -> str:
    rules, about_tenant = load_rules().rules, load_tenant_rules().rules
    return permissions_page([needs_of(mode, rules, about_tenant) for mode in Mode])


def part(text: str, heading: str) -> str:
    """The text below a heading, up to the next one of the same depth."""
    depth = heading.partition(" ")[0]
    return re.split(rf"^{depth} ", text.partition(f"{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def test_every_permission_has_a_section_and_a_proof_and_every_rule_a_link_that_leads_somewhere(
    page: str,
) -> None:
    tried = part(page, "## What is tried")
    for key, one in ALL.items():
        if not one.optional:
            assert f"\n### {key}\n" in page
            assert f"| {key} |" in tried
    links = re.findall(r"\((rules|tenant-rules)\.md#([a-z0-9-]+)\)", page)
    assert len(links) > 100
    for name, anchor in links:
        assert f"## {anchor}\n" in (DOCS / f"{name}.md").read_text(encoding="utf-8"), anchor


def test_every_state_is_explained(page: str) -> None:
    assert all(f"`{state.value}`" in part(page, "## For programs") for state in HeldState)
    assert all(f"| `{mode.value}` |" in part(page, "## The least to grant") for mode in Mode)


def test_the_clouds_page_holds_every_host_we_know() -> None:
    text = (DOCS / "clouds.md").read_text(encoding="utf-8")
    for cloud in CLOUDS.values():
        assert (
            f"| {cloud.login} | {cloud.graph} | {cloud.exchange} | *tenant*.{cloud.sharepoint_suffix} |"
            in text
        )
    for one in SOVEREIGN.values():
        assert f"| {one.login} | {one.graph} | {one.exchange or 'not published'} | not published |" in text


def test_the_network_page_names_every_failure() -> None:
    text = (DOCS / "network.md").read_text(encoding="utf-8")
    assert all(f"`{failure}`" in text for failure in FAILURES)
