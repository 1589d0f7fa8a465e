"""One tenant with every situation, and what an audit of it finds when nothing goes wrong."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.audit.audits import Audited, Run, mixed_tenant
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox


@pytest.fixture(scope="session")
def mixed(now: datetime) -> TenantState:
    """Scripted and generated people."""
    return mixed_tenant(now)


@pytest.fixture(scope="session")
def undisturbed(mixed: TenantState, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """The audit of that tenant without any trouble."""
    with Sandbox(mixed) as sandbox:
        return Run().audit(sandbox, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where this test keeps its audit."""
    return tmp_path
