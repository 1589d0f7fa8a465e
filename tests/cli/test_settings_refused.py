"""Settings files that cannot be used: every fault is named with file, line and remedy, and nothing runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Done, run


def refused(tmp_path: Path, text: str | bytes, *words: str) -> Done:
    """What the program says to a settings file; the place is written as FILE."""
    file = tmp_path / "settings.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    done = run(
        *(words or ("rules", "list")), "--config", str(file), environment={"PHOTO_TROUBLESHOOTER_LANG": "en"}
    )
    assert "Traceback" not in done.stderr
    return Done(done.code, done.stdout, done.stderr.replace(str(file), "FILE"))


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ('[defaults]\n\ntennant = "x"', "FILE:3: there is no setting 'tennant'.", "Did you mean 'tenant'?"),
        (
            '[defaults]\nclient_id = "x"',
            "FILE:2: there is no setting 'client_id'.",
            "Did you mean 'client-id'?",
        ),
        ('[defautls]\nlang = "hr"', "FILE:1: there is no setting 'defautls'.", "Did you mean 'defaults'?"),
        (
            'lang = "hr"',
            "FILE:1: there is no setting 'lang'.",
            "The settings here are: profile, defaults, profiles.",
        ),
        ("[defaults.audti]\nshare = 0.5", "FILE:1: there is no setting 'audti'.", "Did you mean 'audit'?"),
        ("[profiles.a.audit]\nsahre = 0.5", "FILE:2: there is no setting 'sahre'.", "Did you mean 'share'?"),
        (
            '[profiles.a.compare]\n# where?\ntenant = "x"',
            "FILE:3: the command compare has no option --tenant.",
            "Set it where it belongs, or for all commands in [profiles.a].",
        ),
        ("[defaults]\ntenant = 5", "FILE:2: tenant must be a text in quotes.", ""),
        ('[defaults]\nshare = "0.5"', "FILE:2: share must be a number, without quotes.", ""),
        ("[defaults]\nworkers = 1.5", "FILE:2: workers must be a whole number, without quotes.", ""),
        ("[defaults]\nworkers = true", "FILE:2: workers must be a whole number, without quotes.", ""),
        ('[defaults]\nquiet = "yes"', "FILE:2: quiet must be true or false, without quotes.", ""),
        ('[defaults]\ntenant = ["a", "b"]', "FILE:2: tenant must be a text in quotes.", ""),
        ("[defaults]\nrules = [1]", "FILE:2: rules must be a text in quotes.", ""),
        ("profile = 1", "FILE:1: profile must be a text in quotes.", ""),
        ("defaults = 1", "FILE:1: defaults must be a table.", "Begin it with a line of its own: [defaults]"),
        ("[profiles]\na = 1", "FILE:2: a must be a table.", "Begin it with a line of its own: [profiles.a]"),
        ('profile = "b"\n[profiles.a]', "FILE:1: there is no profile 'b'.", "The profiles there are: a."),
    ],
)
def test_a_fault_is_named_with_its_line_and_the_remedy(
    text: str, what: str, remedy: str, tmp_path: Path
) -> None:
    done = refused(tmp_path, text)
    assert done.code == 2
    said = done.stderr.splitlines()
    assert said[0] == f"Error: {what}"
    assert said[1].startswith(f"Try: {remedy}")
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("key", "variable"),
    [
        ("client-secret", "PHOTO_TROUBLESHOOTER_CLIENT_SECRET"),
        ("client_secret", "PHOTO_TROUBLESHOOTER_CLIENT_SECRET"),
        ("secret", "PHOTO_TROUBLESHOOTER_CLIENT_SECRET"),
        ("access-token", "PHOTO_TROUBLESHOOTER_CLIENT_SECRET"),
        ("password", "PHOTO_TROUBLESHOOTER_CERTIFICATE_PASSWORD"),
        ("certificate-password", "PHOTO_TROUBLESHOOTER_CERTIFICATE_PASSWORD"),
        ("CertificatePassphrase", "PHOTO_TROUBLESHOOTER_CERTIFICATE_PASSWORD"),
    ],
)
@pytest.mark.parametrize("section", ["", "[defaults]", "[profiles.other]", "[profiles.other.audit]"])
def test_a_secret_in_any_part_of_the_file_is_refused_and_not_repeated(
    section: str, key: str, variable: str, tmp_path: Path
) -> None:
    done = refused(tmp_path, f'{section}\n{key} = "Tr0ub4dor"\n')
    assert done.code == 2
    assert f"FILE:2: {key} would be a secret, and this file holds none." in done.stderr
    assert f"environment variable {variable}" in done.stderr
    assert "Tr0ub4dor" not in done.stderr + done.stdout


def test_a_table_named_like_a_secret_is_refused_too(tmp_path: Path) -> None:
    done = refused(tmp_path, '[defaults.client-secret]\nvalue = "Tr0ub4dor"\n')
    assert "FILE:1: client-secret would be a secret" in done.stderr


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("this is no TOML", "FILE is not valid TOML:"),
        ("a = " + "[" * 20_000, "FILE is not valid TOML:"),
        (b"\xff\xfe\x00", "The settings file FILE is not UTF-8 text."),
        ("#" * 1_000_001, "The settings file FILE is larger than 1000000 bytes."),
    ],
)
def test_what_is_no_settings_file_is_said_to_be_none(text: str | bytes, what: str, tmp_path: Path) -> None:
    done = refused(tmp_path, text)
    assert done.code == 2
    assert what in done.stderr


def test_a_file_or_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.toml"):
        done = run("rules", "list", "--config", str(path), "--lang", "en")
        assert done.code == 2
        assert f"The settings file {path} cannot be read" in done.stderr


def test_a_byte_order_mark_as_notepad_writes_it_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b'\xef\xbb\xbf[defaults]\r\nlang = "hr"\r\n')
    assert "Osoba" in run("rules", "list", "--config", str(file)).stdout


def test_a_profile_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    done = refused(tmp_path, "[profiles.contoso]\n", "rules", "list", "--profile", "contso")
    assert done.code == 2
    assert done.stderr.splitlines() == [
        "Error: FILE: there is no profile 'contso'.",
        "Try: Did you mean 'contoso'?",
    ]


def test_a_profile_without_a_file_says_how_to_get_one(tmp_path: Path) -> None:
    home = {"XDG_CONFIG_HOME": str(tmp_path), "PHOTO_TROUBLESHOOTER_CONFIG": ""}
    for name in ("APPDATA", "LOCALAPPDATA", "HOME", "USERPROFILE"):
        home[name] = str(tmp_path)
    done = run("rules", "list", "--profile", "contoso", "--lang", "en", environment=home)
    assert done.code == 2
    assert "There is no profile 'contoso', because there is no settings file" in done.stderr
    assert "photo-troubleshooter config new" in done.stderr


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("share = 5", "'--share': 5.0 is not in the range"),
        ('pictures = "some"', "'--pictures': 'some' is not one of"),
        ('include = "cats"', "'cats' is none of guests, rooms"),
        ('rules = ["/no/such/folder"]', "'--rules'"),
    ],
)
def test_a_value_the_option_refuses_is_told_with_its_place(
    setting: str, complaint: str, tmp_path: Path
) -> None:
    done = refused(tmp_path, f"[defaults.audit]\n{setting}\n", "audit")
    assert done.code == 2
    assert complaint in done.stderr
    assert done.stderr.rstrip().endswith("The value comes from FILE:2 [defaults.audit].")


def test_a_refused_value_of_the_environment_is_told_with_the_variable() -> None:
    done = run(
        "audit", environment={"PHOTO_TROUBLESHOOTER_AUDIT_SHARE": "5", "PHOTO_TROUBLESHOOTER_LANG": "en"}
    )
    assert done.code == 2
    assert done.stderr.rstrip().endswith("The value comes from PHOTO_TROUBLESHOOTER_AUDIT_SHARE.")


def test_a_flag_that_is_refused_needs_no_place() -> None:
    done = run("audit", "--share", "5", "--lang", "en")
    assert done.code == 2
    assert "The value comes from" not in done.stderr


def test_hostile_names_in_the_file_are_printed_harmlessly(tmp_path: Path) -> None:
    done = refused(tmp_path, '[defaults]\n"\\u001b[31m{what}" = 1\n')
    assert done.code == 2
    assert "\x1b" not in done.stderr
    assert "{what}" in done.stderr
