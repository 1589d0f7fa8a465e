"""Links between the pages: what is linked is there, and so is the heading."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.markdown import ROOT, anchors, links, pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_or_heading_of_ours_leads_somewhere(page: Path) -> None:
    dead = []
    for target in links(page):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = (page.parent / name).resolve() if name else page
        if file.is_dir():
            file = file / "README.md"
        if not file.exists() or (anchor and anchor not in anchors(file)) or not file.is_relative_to(ROOT):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_elsewhere_is_https(page: Path) -> None:
    assert [target for target in links(page) if "://" in target and not target.startswith("https://")] == []


def test_the_test_sees_links_and_headings() -> None:
    assert len(links(ROOT / "README.md")) > 10
    assert "signing-in" in anchors(ROOT / "docs" / "clouds.md")
