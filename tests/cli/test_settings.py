"""Settings: which one wins, for every option of every command, and what the program itself does with them."""

from __future__ import annotations

import json
import stat
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from tests.cli.program import Done, run
from troubleshooter.cli.config_rows import settable
from troubleshooter.cli.main import cli
from troubleshooter.cli.options import PASSPHRASE_VARIABLE, PREFIX, SECRET_VARIABLE, environment
from troubleshooter.cli.settings import Settings
from troubleshooter.cli.settings_keys import key_of, leaves, settings_of, table_name, variables_of
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.server import Sandbox

COMMANDS = settable(Settings(cli))
Write = Callable[[str], Path]

LAYERS = """
profile = "contoso"

[defaults]
share = 0.11
[defaults.audit]
share = 0.12
[profiles.contoso]
share = 0.13
[profiles.contoso.audit]
share = 0.14
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a settings file and returns its path."""

    def to_file(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def effective(done: Done, option: str, command: str = "audit") -> tuple[str, str]:
    """Value and origin of one option, as `config show --json` tells them."""
    assert done.code == 0, done.stderr
    for row in json.loads(done.stdout)["settings"]:
        if (row["command"], row["option"]) == (command, option):
            return row["value"], row["from"]
    raise AssertionError(option)


@pytest.mark.parametrize(("given", "value"), [(4, "0.14"), (3, "0.13"), (2, "0.12"), (1, "0.11")])
def test_the_profile_wins_over_the_defaults_and_the_table_of_the_command_over_its_section(
    given: int, value: str, write: Write
) -> None:
    text = LAYERS
    for layer in range(given + 1, 5):
        text = text.replace(f"share = 0.1{layer}", "")
    shown = run("config", "show", "audit", "--json", "--config", str(write(text)))
    assert effective(shown, "share") == (value, "file")


def test_an_environment_variable_wins_over_the_file_and_that_of_the_command_over_the_short_one(
    write: Write,
) -> None:
    file = str(write('[defaults]\ntenant = "file.example"\n'))
    short = {"PHOTO_TROUBLESHOOTER_TENANT": "short.example"}
    both = {**short, "PHOTO_TROUBLESHOOTER_AUDIT_TENANT": "own.example"}
    words = ("--config", file, "config", "show", "audit", "--json")
    assert effective(run(*words), "tenant") == ("file.example", "file")
    assert effective(run(*words, environment=short), "tenant") == ("short.example", "environment")
    assert effective(run(*words, environment=both), "tenant") == ("own.example", "environment")


def test_a_flag_wins_over_everything(write: Write) -> None:
    file = str(write('[defaults]\nlang = "en"\n'))
    hr = {"PHOTO_TROUBLESHOOTER_LANG": "hr"}
    shown = run("rules", "list", "--lang", "en", "--config", file, environment=hr)
    assert "The person" in shown.stdout
    assert "Osoba" not in shown.stdout
    assert "Osoba" in run("rules", "list", "--config", file, environment=hr).stdout


def test_what_nobody_sets_is_built_in() -> None:
    assert effective(run("config", "show", "audit", "--json"), "share") == ("0.5", "built-in")


def _sample(option: click.Option) -> str | int | float | bool | list[str]:
    """A value that is not the built-in one and that the option takes."""
    if option.is_flag:
        return True
    if isinstance(option.type, click.types.IntParamType):
        return 7
    if isinstance(option.type, click.types.FloatParamType):
        return 0.25
    if isinstance(option.type, click.Choice):
        value = str(list(option.type.choices)[-1])
    elif option.name == "include":
        value = "guests"
    elif isinstance(option.type, click.Path):
        value = "."
    elif option.type.name in ("time", "day") or "YYYY" in (option.metavar or ""):
        value = "2026-11-22"
    else:
        value = "abc"
    return [value] if option.multiple else value


def test_every_option_of_every_command_can_stand_in_the_file(write: Write) -> None:
    tables = []
    for words, command in COMMANDS.items():
        lines = [f"{key} = {json.dumps(_sample(option))}" for key, option in settings_of(command).items()]
        tables.append("\n".join((f"[defaults.{table_name(words)}]", *lines)))
    shown = run("config", "show", "--json", "--config", str(write("\n".join(tables))))
    assert shown.code == 0, shown.stderr
    rows = json.loads(shown.stdout)["settings"]
    assert {(row["command"], row["option"]) for row in rows if row["from"] == "file"} == {
        (" ".join(words), key) for words, command in COMMANDS.items() for key in settings_of(command)
    }


def test_every_option_of_every_command_can_stand_in_the_environment() -> None:
    variables: dict[str, str] = {}
    wanted = {}
    for words, command in COMMANDS.items():
        for key, option in settings_of(command).items():
            value = _sample(option)
            own = environment("-".join((*words, key)))
            assert own not in variables, "two options have the same variable"
            variables[own] = str(value[0] if isinstance(value, list) else value)
            wanted[" ".join(words), key] = own
    shown = run("config", "show", "--json", environment=variables)
    rows = json.loads(shown.stdout)["settings"]
    assert {(row["command"], row["option"]): row["where"] for row in rows} == wanted


def test_no_name_means_two_things() -> None:
    own = {
        environment("-".join((*w, key))) for w, command in COMMANDS.items() for key in settings_of(command)
    }
    short = {
        v for command in COMMANDS.values() for o in settings_of(command).values() for v in variables_of(o)
    }
    secret = {SECRET_VARIABLE, PASSPHRASE_VARIABLE}
    assert not secret & (own | short)
    assert not (short - own) & own
    keys = {key for command in COMMANDS.values() for key in settings_of(command)}
    assert not keys & {table_name(words) for words in COMMANDS}, "a key and a table with the same name"


def test_config_and_profile_are_understood_before_and_after_the_command(write: Write) -> None:
    file = str(write('[profiles.a]\nlang = "hr"\n[profiles.b]\nlang = "en"\n'))
    selected = ("--config", file, "--profile", "a")
    in_environment = {"PHOTO_TROUBLESHOOTER_CONFIG": file, "PHOTO_TROUBLESHOOTER_PROFILE": "b"}
    assert "Osoba" in run(*selected, "rules", "list").stdout
    assert "Osoba" in run("rules", "list", *selected).stdout
    assert "Osoba" not in run("rules", "list", environment=in_environment).stdout
    assert "Osoba" in run("rules", "list", "--profile", "a", environment=in_environment).stdout


def test_every_command_takes_config_and_profile() -> None:
    for words, command in leaves(cli):
        taken = {key_of(one) for one in command.params if isinstance(one, click.Option)}
        assert {"config", "profile"} <= taken, words


def test_a_profile_is_all_that_a_diagnosis_needs(write: Write, sandbox: Sandbox, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    file = write(
        f"""
        [profiles.sandbox]
        cloud = {json.dumps(str(sandbox.cloud_file))}
        tenant = "{sandbox.tenant.domain}"
        client-id = "{DEMO_CLIENT}"
        certificate = {json.dumps(str(sandbox.certificate_file(DEMO_CLIENT)))}
        [profiles.sandbox.diagnose]
        lang = ["en", "hr"]
        since = 2026-11-20
        out = {json.dumps(str(out))}
        """
    )
    person = sandbox.tenant.accounts[0].upn
    done = run("diagnose", person, "--config", str(file), "--profile", "sandbox")
    assert done.code in (0, 1, 3), done.stderr
    assert {path.name.split(".")[-2] for path in out.glob("*.letter.*.txt")} == {"en", "hr"}


def test_an_error_speaks_the_language_of_the_settings(write: Write) -> None:
    file = str(write('[defaults]\nlang = "hr"\n'))
    done = run("rules", "show", "no-such-rule", "--config", file)
    assert done.code == 2
    assert done.stderr.startswith("Pogreška")


def test_help_needs_no_settings(write: Write) -> None:
    broken = str(write("this is no TOML"))
    assert run("--config", broken, "audit", "--help").code == 0
    assert run("--config", broken, "--help").code == 0
    assert run("--config", broken, "config", "path").code == 0
    assert run("--config", broken, "rules", "list").code == 2


def test_help_tells_the_value_that_the_settings_give(write: Write) -> None:
    assert (
        "default: 0.25" in run("--config", str(write("[defaults]\nshare = 0.25")), "audit", "--help").stdout
    )


def test_show_never_shows_a_secret(write: Write) -> None:
    secrets = {
        SECRET_VARIABLE: "Tr0ub4dor",
        PASSPHRASE_VARIABLE: "c0rrecthorse",
        PREFIX + "API_TOKEN": "st4ple",
    }
    file = str(write('[defaults]\ntenant = "contoso.com"\n'))
    for words in ((), ("audit",), ("--json",), ("diagnose", "--json")):
        shown = run("--config", file, "config", "show", *words, environment=secrets)
        assert shown.code == 0
        for name, value in secrets.items():
            assert name in shown.stdout
            assert value not in shown.stdout + shown.stderr


def test_show_names_a_variable_that_nobody_reads_with_the_nearest() -> None:
    shown = run("config", "show", "--lang", "en", environment={"PHOTO_TROUBLESHOOTER_CLENT_ID": "1"})
    line = "No option reads PHOTO_TROUBLESHOOTER_CLENT_ID. Did you mean PHOTO_TROUBLESHOOTER_CLIENT_ID?"
    assert line in shown.stdout


def test_show_tells_people_value_place_and_commands(write: Write) -> None:
    file = write('profile = "contoso"\n[profiles.contoso.audit]\nshare = 0.3\n')
    shown = run("config", "show", "--lang", "en", "--config", str(file))
    assert shown.stdout.splitlines() == [
        f"Settings file: {file}",
        "Profile: contoso",
        "",
        "share = 0.3",
        f"    from {file}:3 [profiles.contoso.audit] (audit)",
    ]


def test_show_of_a_command_that_is_none_names_the_nearest() -> None:
    done = run("config", "show", "audt", "--lang", "en")
    assert (done.code, done.stderr.splitlines()) == (
        2,
        ["Error: There is no command audt.", "Try: Did you mean audit?"],
    )


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the place is by the custom of the platform")
def test_the_file_is_found_where_the_platform_keeps_settings(tmp_path: Path) -> None:
    home = {"XDG_CONFIG_HOME": str(tmp_path), "PHOTO_TROUBLESHOOTER_CONFIG": ""}
    file = tmp_path / "photo-troubleshooter" / "config.toml"
    assert run("config", "path", environment=home).stdout.strip() == str(file)
    assert run("config", "new", environment=home).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    file.write_text('[defaults]\nlang = "hr"\n', encoding="utf-8")
    assert "Osoba" in run("rules", "list", environment=home).stdout
    again = run("config", "new", environment=home)
    assert again.code == 2
    assert file.read_text(encoding="utf-8") == '[defaults]\nlang = "hr"\n'


def test_a_new_file_changes_nothing_and_every_line_of_it_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    assert run("--config", str(file), "config", "new").code == 0
    text = file.read_text(encoding="utf-8")
    assert not any(tomllib.loads(text)["defaults"].values())
    shown = run("--config", str(file), "config", "show", "--json")
    assert json.loads(shown.stdout)["settings"] == []
    used = "\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines())
    assert used != text
    file.write_text(used, encoding="utf-8")
    shown = run("--config", str(file), "config", "show", "--json")
    assert shown.code == 0, shown.stderr
    rows = json.loads(shown.stdout)
    assert rows["profile"] == "contoso"
    assert {"tenant", "client-id", "cloud", "lang", "share"} <= {row["option"] for row in rows["settings"]}


def test_a_new_file_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run("--config", str(tmp_path / "file" / "config.toml"), "config", "new", "--lang", "en")
    assert done.code == 4
    assert done.stderr.splitlines()[1] == "Try: Give another place with --config FILE."
