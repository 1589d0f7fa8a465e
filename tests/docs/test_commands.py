"""What the pages tell to type can be typed: commands, options, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.cli.program import run
from tests.docs.markdown import ROOT, code, pages, written_pages
from troubleshooter.cli.main import cli
from troubleshooter.cli.settings_keys import leaves

PROGRAM = "photo-troubleshooter"
LEAVES = dict(leaves(cli))
OTHER_PROGRAMS = {"--userns", "--user"}
WRITTEN = pytest.mark.parametrize("page", written_pages(), ids=lambda page: page.relative_to(ROOT).as_posix())


def options(command: click.Command) -> set[str]:
    """Every long option of a command, and those that all have."""
    known = {"--help", "--version"}
    for parameter in command.params:
        known |= {word for word in (*parameter.opts, *parameter.secondary_opts) if word.startswith("--")}
    return known


def lines(page: Path) -> Iterator[list[str]]:
    """The words after each mention of the program in code; continued lines are put together."""
    for piece in code(page):
        text = re.sub(r"[\\`]\n\s*", " ", piece.text)
        for line in text.splitlines():
            for found in re.finditer(rf"(?:^|[\s(]){PROGRAM} (.*)", line.partition(" # ")[0]):
                yield re.split(r"[|>;)]", found[1])[0].split()


@WRITTEN
def test_every_command_in_the_pages_exists_and_has_the_options_it_is_given(page: Path) -> None:
    for words in lines(page):
        named = {word.partition("=")[0] for word in words if re.match(r"--[a-z]", word)}
        plain = _without_selection(words)
        if not plain or not re.fullmatch(r"[a-z][a-z-]*", plain[0]):
            continue
        command = LEAVES.get(tuple(plain[:2])) or LEAVES.get((plain[0],))
        if command is None:
            assert any(path[0] == plain[0] for path in LEAVES), " ".join(words)
            continue
        assert named <= options(command), " ".join(words)


def _without_selection(words: list[str]) -> list[str]:
    """The words from the command on."""
    at = 0
    while at < len(words) and words[at] in ("--config", "--profile"):
        at += 2
    return words[at:]


@WRITTEN
def test_every_option_that_the_text_names_exists(page: Path) -> None:
    known = {"--help", "--version"}.union(*(options(command) for command in LEAVES.values())) | OTHER_PROGRAMS
    named = {
        match[0]
        for piece in code(page)
        if piece.inline and (match := re.match(r"--[a-z][a-z-]*", piece.text))
    }
    assert named <= known


def test_every_settings_file_in_the_pages_is_accepted(tmp_path: Path) -> None:
    files = [
        piece.text
        for page in pages()
        for piece in code(page)
        if piece.language == "toml" and re.search(r"^\[(profiles|defaults)", piece.text, re.MULTILINE)
    ]
    assert len(files) >= 2
    for number, text in enumerate(files):
        file = tmp_path / f"{number}.toml"
        file.write_text(text, encoding="utf-8")
        done = run("--config", str(file), "config", "show")
        assert done.code == 0, done.stderr


def test_every_command_has_a_section_of_its_own_with_every_option() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n)*)", page, re.MULTILINE))
    for words, command in LEAVES.items():
        section = sections[" ".join(words)]
        for option in options(command) - {"--help", "--version", "--config", "--profile"}:
            assert option in section, (words, option)
