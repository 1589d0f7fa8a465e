"""Ctrl-C while a bundle is collected leaves nothing behind, neither a bundle nor waiting lines."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.audit.processes import PROGRAM, environment
from tests.bundles.conftest import Options
from tests.conftest import SandboxFactory
from troubleshooter.sandbox.model import TenantState

STALE = "rita.supek@contoso.example"

# Whoever runs the tests in the background has them ignore Ctrl-C, and so their children.
HEEDFUL = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("whom", [(STALE, "ana.maric@contoso.example"), ("--all",)])
def test_ctrl_c_leaves_nothing(
    whom: tuple[str, ...],
    tenant: TenantState,
    make_sandbox: SandboxFactory,
    as_app: Options,
    tmp_path: Path,
) -> None:
    slow = make_sandbox(tenant, latency=1.0)
    temporary, out = tmp_path / "temporary", tmp_path / "out"
    temporary.mkdir()
    out.mkdir()
    command = ["collect", *whom, *as_app(slow), "--redact", "-o", str(out / "b.zip"), "--lang", "en"]
    running = subprocess.Popen(
        [sys.executable, "-c", HEEDFUL + PROGRAM, *command],
        env={**environment(), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    # In the middle: signed in, and asking about people.
    while running.poll() is None and not any("/organization" in one.path for one in list(slow.requests)):
        with suppress(subprocess.TimeoutExpired):
            running.wait(0.01)
    running.send_signal(signal.SIGINT)
    told, complaint = running.communicate(timeout=60)
    assert (running.returncode, told) == (4, "")
    assert "Stopped. Nothing was written." in complaint
    assert "Traceback" not in complaint
    assert [*out.iterdir(), *temporary.iterdir()] == []
