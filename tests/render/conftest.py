from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from troubleshooter.render.language import Language, language


@pytest.fixture
def speak() -> Callable[[str], Language]:
    """A language whose times are those of Zagreb."""
    return lambda code: language(code, zone=ZoneInfo("Europe/Zagreb"))
