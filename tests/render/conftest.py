from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from tests.render.browser import Visits, started
from troubleshooter.render.language import Language, language


@pytest.fixture
def speak() -> Callable[[str], Language]:
    """A language whose times are those of Zagreb."""
    return lambda code: language(code, zone=ZoneInfo("Europe/Zagreb"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as opened:
        yield opened


@pytest.fixture
def visits(browser: Browser) -> Iterator[Visits]:
    """Afterwards no page may have asked for anything, or complained."""
    opened = Visits(browser)
    yield opened
    opened.done()


@pytest.fixture
def visit(visits: Visits, tmp_path: Path) -> Callable[..., Page]:
    """Write a page and open it."""

    def open_page(html: str, fragment: str = "", **options: Any) -> Page:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        return visits.open(path, fragment, **options)

    return open_page
