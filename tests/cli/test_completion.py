"""Shell completion: a shell that loads the script completes commands, options and values."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import run

VARIABLE = "_PHOTO_TROUBLESHOOTER_COMPLETE"
ROOT = Path(__file__).parents[2]


def completions(shell: str, words: str, last: str) -> str:
    """What the program answers when a shell asks for completions."""
    asked = {VARIABLE: f"{shell}_complete", "COMP_WORDS": f"{words} {last}".strip(), "COMP_CWORD": last}
    if shell != "fish":
        asked["COMP_CWORD"] = str(len(words.split()))
    return run(environment=asked).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_is_offered_commands_options_and_values(shell: str) -> None:
    assert "diagnose" in completions(shell, "photo-troubleshooter", "dia")
    assert "check" in completions(shell, "photo-troubleshooter rules", "ch")
    assert "--certificate" in completions(shell, "photo-troubleshooter diagnose", "--cert")
    assert "needed" in completions(shell, "photo-troubleshooter audit --pictures", "ne")
    assert "audit" not in completions(shell, "photo-troubleshooter", "dia")


@pytest.mark.parametrize(
    "shell",
    ["zsh", "fish", pytest.param("bash", marks=pytest.mark.skipif(os.name == "nt", reason="no bash"))],
)
def test_the_script_for_every_shell_names_the_program_and_the_variable(shell: str) -> None:
    done = run(environment={VARIABLE: f"{shell}_source"})
    assert done.code == 0, done.stderr
    assert VARIABLE in done.stdout
    assert "photo-troubleshooter" in done.stdout


@pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="needs bash")
def test_bash_completes_a_command_after_loading_the_script(tmp_path: Path) -> None:
    program = tmp_path / "photo-troubleshooter"
    code = "from troubleshooter.cli.main import main; main()"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    script = f"""
        eval "$({VARIABLE}=bash_source photo-troubleshooter)"
        COMP_WORDS=(photo-troubleshooter rul); COMP_CWORD=1
        fill=$(complete -p photo-troubleshooter | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        $fill photo-troubleshooter rul photo-troubleshooter
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
    )
    assert (done.stdout, done.stderr) == ("rules\n", "")


def test_the_profiles_of_the_settings_are_offered(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[profiles.contoso]\n[profiles.fabrikam]\n", encoding="utf-8")
    for words in ("photo-troubleshooter --profile con", "photo-troubleshooter diagnose --profile con"):
        asked = {VARIABLE: "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
        done = run(environment={**asked, "PHOTO_TROUBLESHOOTER_CONFIG": str(file)})
        assert (done.stdout, done.stderr) == ("plain,contoso\n", "")
    file.write_text("no TOML", encoding="utf-8")
    done = run(environment={**asked, "PHOTO_TROUBLESHOOTER_CONFIG": str(file)})
    assert (done.code, done.stdout, done.stderr) == (0, "\n", "")


def test_completion_does_not_read_the_settings(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("no TOML", encoding="utf-8")
    asked = {VARIABLE: "bash_complete", "COMP_WORDS": "photo-troubleshooter dia", "COMP_CWORD": "1"}
    done = run(environment={**asked, "PHOTO_TROUBLESHOOTER_CONFIG": str(broken)})
    assert (done.stdout, done.stderr) == ("plain,diagnose\n", "")


@pytest.mark.parametrize("page", ["README.md", "docs/install.md"])
def test_the_pages_tell_how_to_load_each_script(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for shell in ("bash", "zsh", "fish"):
        assert f"{VARIABLE}={shell}_source photo-troubleshooter" in text
