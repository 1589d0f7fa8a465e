"""TOML of strangers: one documented error, and no text that keeps the reader busy."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from troubleshooter.diagnose.accepted_file import read_accepted
from troubleshooter.diagnose.rulebook import load_folder
from troubleshooter.diagnose.toml_lines import key_lines
from troubleshooter.toml_text import LONGEST_KEY, read_toml

HOSTILE = [
    "x = " + "9" * 5000,
    "x = 0x" + "f" * 5000,
    f"x = {2**63}",
    "x = " + "[" * 20_000,
    "a" + ".a" * 100_000 + " = 1",
    "x = { " + "'a'." * 100_000 + "a = 1 }",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_everything_wrong_with_a_text_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError, match=r"\(at (line 1, column|end of)"):
        read_toml(text)


def test_what_is_valid_stays_valid() -> None:
    text = f"x = {2**63 - 1}\ny = '''{'a.' * 40}'''\n" + ".".join("a" * LONGEST_KEY) + " = true\n"
    assert read_toml(text) == tomllib.loads(text)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_a_hostile_rule_file_and_accepted_file_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    book = load_folder(tmp_path)
    assert [complaint.file for complaint in book.complaints] == [str(tmp_path / "mine.toml")]
    (tmp_path / "mine.toml").write_text(f"{text}\n", encoding="utf-8")
    read = read_accepted(tmp_path / "mine.toml", date(2026, 11, 24))
    assert not read.whole
    assert "mine.toml" in str(read.faults[0])


@pytest.mark.parametrize(
    "line",
    [
        "[" + " " * 200_000,
        "[[" + "a " * 100_000,
        " " * 200_000,
        "'a' ." * 60_000,
        "x = [" + '"a",' * 300_000 + "]",
    ],
    ids=["blanks", "a header that never ends", "only blanks", "a key that never ends", "a long list"],
)
def test_a_long_line_is_looked_through_once(line: str) -> None:
    assert key_lines(f"first = 1\n{line}\nlast = 2\n")[("first",)] == 1
