"""`--interview` on a real terminal, and sign-in by device code."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Options
from tests.cli.program import run
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.server import Sandbox

FINE = "petra.horvat@contoso.example"
PROGRAM = [sys.executable, "-c", "from troubleshooter.cli.main import main; main()"]


def test_answers_on_a_terminal_become_ticket_facts(as_app: Options, tmp_path: Path) -> None:
    """Symptom by number, app by name, a date that is corrected, everything else left open."""
    keyboard, terminal = pty.openpty()
    out = tmp_path / "result.json"
    try:
        with out.open("w", encoding="utf-8") as sink:
            child = subprocess.Popen(
                [*PROGRAM, "diagnose", FINE, *as_app(), "--interview", "--json", "--lang", "en"],
                stdin=terminal,
                stdout=sink,
                stderr=subprocess.PIPE,
            )
            os.write(keyboard, b"2\nteams\n\nyesterday\n\n\n\n" + b"\n" * 20)
            _, shown = child.communicate(timeout=120)
    finally:
        os.close(keyboard)
        os.close(terminal)
    result = json.loads(out.read_text(encoding="utf-8"))
    assert (result["evidence"]["ticket"]["symptom"], result["evidence"]["ticket"]["app"]) == ("old", "teams")
    assert result["verdict"]["cause"] == "teams-cache"
    assert "What is wrong with the photo?" in shown.decode()
    assert "'yesterday' is not a time" in shown.decode()


def test_a_person_signs_in_by_device_code(sandbox: Sandbox) -> None:
    named = {
        "--cloud": str(sandbox.cloud_file),
        "--tenant": sandbox.tenant.domain,
        "--client-id": DEMO_CLIENT,
    }
    done = run("diagnose", FINE, *(w for pair in named.items() for w in pair), "--auth", "device", "--json")
    result = json.loads(done.stdout)
    assert done.code == 0, done.stderr
    assert "/device" in done.stderr
    assert result["run"]["app_only"] is False
    assert "@" in result["run"]["signed_in_as"]
