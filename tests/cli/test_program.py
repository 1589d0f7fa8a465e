"""The program as a whole: help, exit codes, start-up, and the demo."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import run
from troubleshooter.cli.exit_codes import MEANING, ExitCode, gravest
from troubleshooter.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
HEAVY = ("duckdb", "msal", "requests", "PIL", "babel", "rich", "jinja2", "starlette", "sqlglot")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom troubleshooter.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print('loaded:', sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "loaded: []"


def test_help_lists_every_command_and_every_exit_code() -> None:
    shown = run("--help").stdout
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", shown, re.MULTILINE), name
    for code, text in MEANING.items():
        assert f"{code.value}  {text}" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    shown = run(name, "--help")
    assert shown.code == 0
    assert len(shown.stdout.splitlines()) > 4


def test_with_several_people_the_gravest_outcome_decides() -> None:
    assert gravest([]) is ExitCode.FINE
    assert gravest([ExitCode.FINE, ExitCode.UNDECIDED]) is ExitCode.UNDECIDED
    assert gravest([ExitCode.PROBLEM, ExitCode.UNDECIDED]) is ExitCode.PROBLEM
    assert gravest([ExitCode.PROBLEM, ExitCode.USAGE]) is ExitCode.USAGE
    assert gravest([ExitCode.FAILED, ExitCode.USAGE]) is ExitCode.FAILED


def test_a_wrong_option_is_a_usage_error() -> None:
    assert run("diagnose", "--no-such-option").code == 2
    assert run("no-such-command").code == 2


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_readme_names_the_two_commands_and_only_options_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme
    shown = (
        "".join(run(name, "--help").stdout for name in COMMANDS) + run("sandbox", "serve", "--help").stdout
    )
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", readme)):
        assert option in shown or option in {"--version"}, option


@pytest.mark.parametrize("which", ["evidence", "result"])
def test_schemas_are_json_schema_2020_12(which: str) -> None:
    schema = json.loads(run("schema", which).stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_rules_can_be_listed_and_shown_in_both_languages() -> None:
    listed = run("rules", "list", "--lang", "hr")
    assert listed.code == 0
    assert "never-triggered" in listed.stdout
    shown = run("rules", "show", "never-triggered", "--lang", "en")
    assert "sharepoint.timestamp_state = 'empty'" in shown.stdout
    assert run("rules", "show", "no-such-rule").code == 2


def test_the_demo_gives_every_scripted_person_the_expected_cause(tmp_path: Path) -> None:
    done = run("demo", "--no-open", "--out", str(tmp_path), "--lang", "en", "--lang", "hr")
    assert done.code == 0, done.stderr
    assert re.search(r"^\d\d people diagnosed, each with the expected cause\.$", done.stdout, re.MULTILINE)
    largest = max(path.stat().st_size for path in tmp_path.glob("*.html"))
    assert largest < 400_000  # with pictures, in both languages
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    for link in re.findall(r'href="([^"#:]+\.html)"', index):
        assert (tmp_path / link).is_file(), link
