"""Any settings file at all is either read or refused with words; it never breaks the program."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from troubleshooter.cli.main import cli
from troubleshooter.cli.settings import Settings
from troubleshooter.cli.settings_file import TOP, SettingsError, read_settings
from troubleshooter.cli.settings_keys import leaves, settings_of, table_name

COMMANDS = dict(leaves(cli))
KEYS = sorted({key for command in COMMANDS.values() for key in settings_of(command)})
NAMES = st.one_of(
    st.sampled_from((*TOP, *KEYS, *map(table_name, COMMANDS), "client-secret", "contoso")),
    st.text(alphabet="abc-_ é\"'\n\x1b{}", min_size=1, max_size=8),
)
SCALARS = st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates())
VALUES = st.recursive(
    st.one_of(SCALARS, st.lists(SCALARS, max_size=3)),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


# A slow machine is no fault of the reader.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def toml(value: object) -> str:
    """A value as TOML, tables in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(text: str) -> str:
    """A text as a basic TOML string."""
    return '"' + "".join(f"\\U{ord(sign):08x}" for sign in text if not 0xD800 <= ord(sign) < 0xE000) + '"'


def taken_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        path.write_bytes(content)
        with contextlib.suppress(SettingsError):
            read_settings(path, COMMANDS.items())
            # What was accepted can be told to every command without another complaint.
            chosen = Settings(cli)
            chosen.choose("config", str(path))
            for words in COMMANDS:
                chosen.values(words)


@PATIENT
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    taken_or_refused(content)


@PATIENT
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_any_keys_and_values(table: dict[str, object]) -> None:
    taken_or_refused("\n".join(f"{quoted(key)} = {toml(value)}" for key, value in table.items()).encode())


@PATIENT
@given(st.dictionaries(st.sampled_from(KEYS), SCALARS, max_size=6))
def test_any_values_of_known_keys(table: dict[str, object]) -> None:
    lines = "\n".join(f"{key} = {toml(value)}" for key, value in table.items())
    taken_or_refused(f"[defaults]\n{lines}\n".encode())
