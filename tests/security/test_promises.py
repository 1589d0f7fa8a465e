"""Every promise of SECURITY.md names tests that are there, and its numbers are the program's."""

from __future__ import annotations

import re
from pathlib import Path

from troubleshooter.collect.images_decode import MAX_PIXELS, PLUGINS
from troubleshooter.collect.powershell import MAX_BYTES as POWERSHELL
from troubleshooter.diagnose.accepted_file import MAX_BYTES as ACCEPTED
from troubleshooter.diagnose.page import MAX_BYTES as RULES
from troubleshooter.evidence.files import MAX_LINE
from troubleshooter.signin.cloud_file import MAX_BYTES as CLOUD
from troubleshooter.signin.patience import LARGEST_ANSWER
from troubleshooter.toml_text import LONGEST_KEY
from troubleshooter.transport.session import LARGEST_BODY
from troubleshooter.transport.timed import WHOLE

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PROMISED = TEXT.partition("## What is promised\n")[2].partition("\n## ")[0]
MEGABYTE = 1024**2
WORDS = {3: "three", 5: "five"}


def test_each_promise_names_the_tests_that_hold_it() -> None:
    promises = re.findall(r"^\*\*(.+?)\*\*", PROMISED, re.MULTILINE)
    assert len(promises) >= 12
    for promise in re.split(r"^(?=\*\*)", PROMISED, flags=re.MULTILINE)[1:]:
        named = re.findall(r"\]\((tests/[^)]+)\)", promise.partition("*Held by*")[2])
        assert named, promise[:60]
        assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_limits_are_those_of_the_program() -> None:
    said = " ".join(PROMISED.split())
    for words in (
        f"An answer may have {LARGEST_BODY // MEGABYTE} MB after unpacking",
        f"({LARGEST_ANSWER // MEGABYTE} MB for the sign-in)",
        f"{WORDS[WHOLE]} times as long as one read",
        f"{MAX_PIXELS // 10**6} million pixels",
        f"one of {WORDS[len(PLUGINS)]} formats",
        f"A rule file may have {RULES // 1024} kB, a cloud file {CLOUD // 1024} kB",
        f"accepted findings {ACCEPTED // MEGABYTE} MB, a line of evidence {MAX_LINE // MEGABYTE} MB",
        f"PowerShell output {POWERSHELL // MEGABYTE} MB, a dotted TOML key {LONGEST_KEY} parts",
    ):
        assert words in said
