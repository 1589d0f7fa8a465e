"""The site that `make docs` builds: whole, without a reference to any other host, and strict about links."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, pages

pytestmark = pytest.mark.xdist_group("site")  # one process, so that the site is built once
BUILD = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html"]


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """What `make docs` runs after it wrote the generated pages."""
    words = [
        *BUILD,
        "-d",
        str(target / "doctrees"),
        "-c",
        str(source / "docs"),
        str(source),
        str(target / "site"),
    ]
    return subprocess.run(words, capture_output=True, encoding="utf-8", check=False, timeout=600)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once."""
    target = tmp_path_factory.mktemp("docs")
    done = build(ROOT, target)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return target / "site"


class _Loaded(HTMLParser):
    """What a browser fetches by itself when it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name in ("src", "srcset", "data", "poster") or (name == "href" and tag == "link")):
                self.found.append(value)


@pytest.mark.parametrize("file", ["Makefile", "CONTRIBUTING.md", "docs/install.md"])
def test_the_site_is_built_everywhere_by_the_same_command(file: str) -> None:
    words = " ".join((*BUILD[1:], "-d", "build/doctrees", "-c", "docs", ".", "build/site"))
    assert f"python {words}" in (ROOT / file).read_text(encoding="utf-8")


def test_every_page_is_there_and_the_first_one_leads_on(site: Path) -> None:
    for page in pages():
        assert (site / page.relative_to(ROOT).with_suffix(".html")).is_file(), page
    assert "docs/README.html" in (site / "index.html").read_text(encoding="utf-8")


def test_showing_the_site_needs_no_network(site: Path) -> None:
    remote = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)
    for page in site.rglob("*.html"):
        loaded = _Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert [target for target in loaded.found if remote.match(target)] == [], page
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", text), sheet


def test_the_navigation_holds_every_page(site: Path) -> None:
    first = (site / "docs" / "README.html").read_text(encoding="utf-8")
    tree = first.partition('class="sidebar-tree"')[2].partition("</div>")[0]
    for page in (ROOT / "docs").glob("*.md"):
        if page.name != "README.md":
            assert f'href="{page.stem}.html"' in tree, page.name


@pytest.mark.parametrize("link", ["no-such-page.md", "README.md#no-such-heading", "pictures/no.png"])
def test_a_dead_link_stops_the_build(link: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "docs" / "site").mkdir(parents=True)
    (source / "docs" / "conf.py").write_bytes((ROOT / "docs" / "conf.py").read_bytes())
    mark = "!" if link.endswith(".png") else ""
    (source / "docs" / "README.md").write_text(f"# Documentation\n\n{mark}[dead]({link})\n", encoding="utf-8")
    assert build(source, tmp_path).returncode != 0
    (source / "docs" / "README.md").write_text(
        "# Documentation\n\n[alive](README.md#documentation)\n", encoding="utf-8"
    )
    assert build(source, tmp_path).returncode == 0
