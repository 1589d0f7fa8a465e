"""Small rule folders for tests: whole correct files, to be changed in one place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from troubleshooter.diagnose.rulebook import Rulebook, load_folder
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason, Value
from troubleshooter.evidence.schema import FACTS

TOO_SMALL = '''\
title = "The photo is very small"
status = "stable"
state = "problem"
actor = "user"
confidence = "high"
when = """
photo.present
and photo.width < 96"""
explains = []
because = "It is {{ photo.width }} pixels wide."
headline = "Your photo is too small."
wait_from = ["run.collected_at"]
normal_for = "24 h"
stuck_after = "3 d"

[[user_steps]]
text = "Upload a larger photo."

[[references]]
url = "https://example.org/photo"
title = "Photos"
checked_on = "2026-11-22"
supports = "documented"

[[examples]]
name = "a photo of 48 pixels is too small"
facts = { photo.present = true, photo.width = 48 }
expect = true

[[examples]]
name = "no photo is not a small photo"
facts = { photo.present = false }
expect = false

[[examples]]
name = "a refused read decides nothing"
facts = {}
expect = "unknown"
'''


def flag_rule(
    fact: str,
    state: str = "problem",
    *,
    actor: str = "user",
    confidence: str = "high",
    explains: str = "[]",
    more: str = "",
) -> str:
    """A rule that is true when one yes-or-no fact is."""
    return f'''\
title = "About {fact}"
status = "test"
state = "{state}"
actor = "{actor}"
confidence = "{confidence}"
when = "{fact}"
explains = {explains}
because = "So it is."
headline = "So it is."
{more}
[[examples]]
name = "it is so"
facts = {{ {fact} = true }}
expect = true
[[examples]]
name = "it is not so"
facts = {{ {fact} = false }}
expect = false
[[examples]]
name = "nobody knows"
facts = {{}}
expect = "unknown"
'''


def write_folder(folder: Path, rules: Mapping[str, str], *, order: bool = True) -> Path:
    """Write rule files below `folder`, in their order."""
    area = folder / "area"
    area.mkdir(parents=True, exist_ok=True)
    for name, text in rules.items():
        (area / f"{name}.toml").write_text(text, encoding="utf-8")
    if order:
        ids = ", ".join(f'"{name}"' for name in rules)
        (folder / "order.toml").write_text(f"order = [{ids}]\n", encoding="utf-8")
    return folder


def book(folder: Path, rules: Mapping[str, str]) -> Rulebook:
    """A rulebook of these rules, which must be without fault."""
    found = load_folder(write_folder(folder, rules))
    assert not found.complaints, "\n".join(map(str, found.complaints))
    return found


def known(
    values: Mapping[str, Value], reason: GapReason = GapReason.DENIED, permission: str = ""
) -> Evidence:
    """Evidence of these facts; the others are missing for one reason, ticket facts because nobody asked."""
    builder = EvidenceBuilder()
    for path, value in values.items():
        builder.know(path, value)
    for path, info in FACTS.items():
        if info.group != "ticket":
            builder.miss(path, reason, permission=permission)
    return builder.build()
