"""A client of the shared sandbox."""

from __future__ import annotations

import pytest

from tests.sandbox.wire_client import Wire
from troubleshooter.sandbox.server import Sandbox


@pytest.fixture(scope="session")
def wire(sandbox: Sandbox) -> Wire:
    """Calls as the demo app, app-only by certificate."""
    return Wire(sandbox)
