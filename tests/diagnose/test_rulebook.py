"""Rule folders of users: where their rules stand, and that a broken one costs nothing but itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diagnose.books import TOO_SMALL, flag_rule, write_folder
from troubleshooter.diagnose.complaint import RuleFolderError
from troubleshooter.diagnose.rulebook import Rulebook, check, load_folder, load_rules


@pytest.fixture(scope="module")
def built_in() -> Rulebook:
    return load_rules()


def _ids(book: Rulebook) -> list[str]:
    return [rule.id for rule in book.rules]


def test_the_built_in_rules_load_without_complaint(built_in: Rulebook) -> None:
    assert built_in.complaints == ()
    assert len(built_in.rules) == len(built_in.expressions) >= 20


def test_a_rule_of_a_user_stands_before_the_proof_that_all_is_well(
    tmp_path: Path, built_in: Rulebook
) -> None:
    folder = write_folder(tmp_path, {"our-own": flag_rule("photo.animated")}, order=False)
    ids = _ids(load_rules([folder]))
    assert ids.index("our-own") == ids.index("fine-everywhere") - 1
    assert [name for name in ids if name != "our-own"] == _ids(built_in)


def test_a_rule_of_a_user_stands_after_the_rule_it_names(tmp_path: Path, built_in: Rulebook) -> None:
    first = _ids(built_in)[0]
    after = 'after = "{}"\n'.format
    rules = {
        "our-second": flag_rule("photo.animated", more=after("our-first")),
        "our-first": flag_rule("photo.animated", more=after(first)),
        "our-third": flag_rule("photo.animated", more=after(first)),
    }
    ids = _ids(load_rules([write_folder(tmp_path, rules, order=False)]))
    assert ids[:4] == [first, "our-first", "our-second", "our-third"]


def test_a_rule_that_names_no_rule_to_follow_is_left_out(tmp_path: Path) -> None:
    rules = {"our-own": flag_rule("photo.animated", more='after = "no-photo-anywere"\n')}
    book = load_rules([write_folder(tmp_path, rules, order=False)])
    assert "our-own" not in _ids(book)
    assert [str(complaint) for complaint in book.complaints] == [
        (
            f"{tmp_path}/area/our-own.toml, line 10: after names the rule no-photo-anywere, which does not "
            "exist. Did you mean no-photo-anywhere?"
        )
    ]


def test_a_broken_rule_of_a_user_stops_nothing_else(tmp_path: Path, built_in: Rulebook) -> None:
    rules = {
        "broken": "when = [",
        "good": flag_rule("photo.animated"),
        "small": TOO_SMALL.replace("96", "'x'"),
    }
    book = load_rules([write_folder(tmp_path, rules, order=False)])
    assert set(_ids(book)) == {*_ids(built_in), "good"}
    assert {Path(complaint.file).stem for complaint in book.complaints} == {"broken", "small"}


def test_a_rule_that_explains_a_broken_rule_falls_with_it(tmp_path: Path) -> None:
    rules = {
        "first": flag_rule("photo.animated", explains='["second"]'),
        "second": flag_rule("photo.animatd"),
        "third": flag_rule("photo.animated", explains='["first"]'),
    }
    book = load_folder(write_folder(tmp_path, rules))
    assert _ids(book) == []
    assert {Path(complaint.file).stem for complaint in book.complaints} == {"first", "second", "third"}


def test_a_user_cannot_take_the_id_of_a_built_in_rule(tmp_path: Path, built_in: Rulebook) -> None:
    folder = write_folder(tmp_path, {"fine-everywhere": flag_rule("photo.animated", "fine")}, order=False)
    book = load_rules([folder])
    assert _ids(book) == _ids(built_in)
    assert "The rule id fine-everywhere is taken by rules/" in str(book.complaints[0])


def test_a_user_may_use_our_shared_steps_and_his_own(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path, {"small": TOO_SMALL.replace('text = "Upload a larger photo."', 'use = "ours"')}, order=False
    )
    (folder / "_steps").mkdir()
    (folder / "_steps" / "ours.toml").write_text(
        '[[steps]]\ntext = "One."\n[[steps]]\ntext = "Two."\n', "utf-8"
    )
    book = load_rules([folder])
    assert book.complaints == ()
    assert [step.text for step in book.rule("small").user_steps] == ["One.", "Two."]


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuleFolderError) as caught:
        load_rules([tmp_path / "nowhere"])
    assert str(caught.value) == (
        f"The rule folder {tmp_path / 'nowhere'} does not exist. "
        "Name a folder that holds rule files (*.toml)."
    )


def test_the_version_changes_with_any_rule_and_not_with_line_ends(tmp_path: Path, built_in: Rulebook) -> None:
    folder = write_folder(tmp_path, {"small": TOO_SMALL})
    first = load_folder(folder).version
    (folder / "area" / "small.toml").write_bytes(TOO_SMALL.replace("\n", "\r\n").encode())
    assert load_folder(folder).version == first
    (folder / "area" / "small.toml").write_text(TOO_SMALL.replace("96", "97"), "utf-8")
    assert load_folder(folder).version != first
    assert load_rules().version == built_in.version


def test_check_counts_rules_and_names_every_fault(tmp_path: Path, built_in: Rulebook) -> None:
    rules = {"broken": "when = [", "good": flag_rule("photo.animated")}
    count, complaints = check([write_folder(tmp_path, rules, order=False)])
    assert (count, len(complaints)) == (len(built_in.rules) + 2, 1)
    assert check() == (len(built_in.rules), [])


def test_check_reads_a_folder_with_an_order_as_a_rulebook_of_its_own(tmp_path: Path) -> None:
    assert check([write_folder(tmp_path, {"good": flag_rule("photo.animated")})]) == (1, [])


@pytest.mark.parametrize("name", ["_notes", ".git", "__pycache__"])
def test_folders_that_begin_with_a_dot_or_an_underscore_hold_no_rules(tmp_path: Path, name: str) -> None:
    folder = write_folder(tmp_path, {"good": flag_rule("photo.animated")})
    (folder / name).mkdir()
    (folder / name / "broken.toml").write_text("when = [", encoding="utf-8")
    assert check([folder]) == (1, [])
