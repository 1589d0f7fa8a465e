"""How the program reaches the sandbox: as a person would, by options."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.server import Sandbox

Options = Callable[..., list[str]]


@pytest.fixture(scope="session")
def as_app(sandbox: Sandbox) -> Options:
    """The connection options for an app of the shared sandbox; `client` is its id."""

    def options(client: str = DEMO_CLIENT, *, where: Sandbox = sandbox) -> list[str]:
        named = {
            "--cloud": str(where.cloud_file),
            "--tenant": where.tenant.domain,
            "--client-id": client,
            "--certificate": str(where.certificate_file(client)),
        }
        return [word for pair in named.items() for word in pair]

    return options
