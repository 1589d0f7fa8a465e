"""From no rule to one that fires: `rules new`, `check` and `explain`, as docs/writing-rules.md tells it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Options
from tests.cli.program import run
from troubleshooter.diagnose.rule_schema import rule_schema
from troubleshooter.evidence.codec import dump
from troubleshooter.evidence.record import EvidenceBuilder, GapReason
from troubleshooter.sandbox.model import TenantState

GUIDE = Path(__file__).parents[2] / "docs" / "writing-rules.md"
ID = "logo-instead-of-face"


def _guide_rule() -> str:
    found = re.search(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    assert found
    return found[1]


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    builder = EvidenceBuilder()
    builder.know("person.user_principal_name", "mal\x1b[31mory\u202e@contoso.test")
    builder.know("photo.present", True)
    builder.know("photo.format", "png")
    builder.know("photo.etag", "it's \u202e\x07")
    builder.miss("photo.has_alpha", GapReason.DENIED, permission="Graph ProfilePhoto.Read.All")
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(dump(builder.build())), encoding="utf-8")
    return file


def test_a_new_rule_says_what_to_fill_in_and_passes_once_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    made = run("rules", "new", ID, "--dir", str(folder), "--lang", "en")
    assert (made.code, made.stderr) == (0, "")
    assert json.loads((folder / "rule.schema.json").read_text(encoding="utf-8")) == rule_schema()
    empty = run("rules", "check", str(folder), "--lang", "en")
    assert empty.code == 2
    for key in ("title", "when", "because", "headline", "examples[1].name", "examples[2].name"):
        assert f"{ID}.toml, line " in empty.stderr
        assert f": {key} is missing." in empty.stderr
    file = folder / f"{ID}.toml"
    text = file.read_text(encoding="utf-8")
    for key, value in {
        "title": "It is a logo",
        "when": "photo.format = 'png'",
        "because": "It is {{ photo.format }}.",
        "headline": "It is a logo.",
    }.items():
        text = text.replace(f'{key} = ""', f'{key} = "{value}"', 1)
    text = text.replace('name = "" ', 'name = "It is a PNG." ', 1).replace(
        "facts = { } ", 'facts = { photo.format = "png" } ', 1
    )
    text = text.replace(
        'name = ""\nexpect = false\nfacts = { }',
        'name = "A JPEG."\nexpect = false\nfacts = { photo.format = "jpeg" }',
    )
    file.write_text(text, encoding="utf-8")
    filled = run("rules", "check", str(folder), "--lang", "en")
    assert (filled.code, filled.stderr) == (0, "")


def test_nothing_that_is_there_is_overwritten_and_bad_ids_are_refused(tmp_path: Path) -> None:
    (tmp_path / f"{ID}.toml").write_text("mine", encoding="utf-8")
    again = run("rules", "new", ID, "--dir", str(tmp_path), "--lang", "en")
    assert again.code == 2
    assert f"{ID}.toml is there already, and stays as it is." in again.stderr
    assert (tmp_path / f"{ID}.toml").read_text(encoding="utf-8") == "mine"
    for bad in ("../evil", "Big", "con", "a" * 61, "never-triggered", "a--b"):
        assert run("rules", "new", bad, "--dir", str(tmp_path / "other")).code == 2
    assert not (tmp_path / "other").exists()


def test_the_guides_rule_is_explained_on_evidence_in_both_languages(tmp_path: Path, evidence: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / f"{ID}.toml").write_text(_guide_rule(), encoding="utf-8")
    assert run("rules", "check", str(folder)).code == 0
    done = run("rules", "explain", ID, str(evidence), "--rules", str(folder), "--lang", "en")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == (
        "mal [31mory @contoso.test\n"
        f"{ID}: The stored photo is a transparent PNG, so probably a logo\n"
        "The rule could not be decided.\n"
        "\n"
        "  undecided  and\n"
        "  true           photo.present    [photo.present is true]\n"
        "  true           photo.format = 'png'    [photo.format is 'png']\n"
        "  undecided      photo.has_alpha    [photo.has_alpha is unknown: Access was denied, permission "
        "Graph ProfilePhoto.Read.All]\n"
        "\n"
        "It would be true if:\n"
        "  - photo.has_alpha were known and true (photo.has_alpha is unknown: Access was denied, permission "
        "Graph ProfilePhoto.Read.All)\n"
        "\n"
        "In the rule's own words: The photo would have had to be a PNG with transparent parts.\n"
    )
    croatian = run("rules", "explain", "never-triggered", str(evidence), "--lang", "hr")
    assert croatian.code == 0
    for english in ("The rule", "It would be", " is true", "unknown", "In the rule's"):
        assert english not in croatian.stdout


def test_a_person_of_the_tenant_is_explained_too(tenant: TenantState, as_app: Options) -> None:
    account = next(one for one in tenant.accounts if one.situation == "never-triggered")
    done = run("rules", "explain", "never-triggered", account.upn, *as_app(), "--lang", "en")
    assert (done.code, done.stderr) == (0, "")
    assert "The rule is true.\n" in done.stdout
    assert "sharepoint.timestamp_state = 'empty'    [sharepoint.timestamp_state is 'empty']" in done.stdout


def test_what_cannot_be_explained_is_said(tmp_path: Path, evidence: Path) -> None:
    assert "There is no rule no-such-rule." in run("rules", "explain", "no-such-rule", str(evidence)).stderr
    gone = run("rules", "explain", "never-triggered", str(tmp_path / "gone.json"), "--lang", "en")
    assert (gone.code, gone.stdout) == (4, "")
    assert "gone.json" in gone.stderr
    assert run("rules", "explain", "never-triggered", "nobody@contoso.test", "--lang", "en").code == 2


def test_folders_that_hold_no_rule_loops_and_unreadable_files_are_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = run("rules", "check", str(empty), "--lang", "en")
    assert done.code == 2
    assert f"The rule folder {empty} holds no rule files (*.toml)." in done.stderr
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / f"{ID}.toml").write_text(_guide_rule(), encoding="utf-8")
    (mine / "wide.toml").write_bytes('title = "x"'.encode("utf-16"))
    (mine / "broken.toml").write_text('title = "x"\nwhen = [\n', encoding="utf-8")
    if hasattr(os, "symlink"):
        (mine / "loop").symlink_to(mine, target_is_directory=True)
        (mine / "self.toml").symlink_to(mine / "self.toml")
    done = run("rules", "check", str(mine), "--lang", "en")
    assert done.code == 2
    assert sorted(done.stderr.splitlines()) == [
        (
            f"{mine}/broken.toml, line 3: The file is not valid TOML: Invalid value. Correct this line; "
            "https://toml.io/en/v1.0.0 describes the format."
        ),
        f"{mine}/wide.toml, line 1: The file is not UTF-8 text. Save it as UTF-8.",
    ]
