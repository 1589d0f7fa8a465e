"""Fixtures for everybody: a running sandbox tenant, and a way to start another one for a variant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.people import scripted_tenant
from troubleshooter.sandbox.server import Sandbox

pytest_plugins = ["tests.fuzz.counts"]

SandboxFactory = Callable[..., Sandbox]
"""`make_sandbox(tenant, **options)` with the options of `Sandbox`."""


@pytest.fixture(scope="session")
def now() -> datetime:
    """The one moment all times are relative to: the real one, so that wait windows are what they say."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="session")
def tenant(now: datetime) -> TenantState:
    """The scripted tenant; change a copy of it and give that to `make_sandbox`."""
    return scripted_tenant(now)


@pytest.fixture(scope="session")
def sandbox(tenant: TenantState) -> Iterator[Sandbox]:
    """A running sandbox shared by all tests: read from it, never change it."""
    with Sandbox(tenant) as running:
        yield running


@pytest.fixture
def make_sandbox() -> Iterator[SandboxFactory]:
    """Starts a sandbox of one's own, stopped when the test ends."""
    with ExitStack() as stack:

        def start(tenant: TenantState, **options: Any) -> Sandbox:
            return stack.enter_context(Sandbox(tenant, **options))

        yield start
