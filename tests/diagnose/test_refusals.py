"""What the loader refuses: every message names file, line and remedy, literally."""

# ruff: noqa: E501 - messages stand whole, so that they can be searched for

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diagnose.books import TOO_SMALL, flag_rule, write_folder
from troubleshooter.diagnose.complaint import Complaint, RuleError
from troubleshooter.diagnose.rulebook import load_folder

WHEN = '"""\nphoto.present\nand photo.width < 96"""'
EMPTY = (
    "Leave it out: an unknown fact makes a rule undecided by itself, and a fact that is known to be empty "
    "has its own value, such as '' or 'empty'."
)
GRAMMAR = (
    "Use and, or, not, comparisons, in, between, + - * / %, intervals, and the functions lower, upper, length, "
    "starts_with, ends_with, contains, abs, len, list_contains; docs/facts.md lists every fact."
)
KIND = "Compare values of one kind; docs/facts.md names the kind of every fact."


def _complaints(folder: Path, text: str) -> list[str]:
    """Complaints about one file, without the folder's name."""
    found = load_folder(write_folder(folder, {"too-small": text})).complaints
    return [str(complaint).removeprefix(f"{folder}/area/") for complaint in found]


def test_a_rule_without_fault_is_read_whole(tmp_path: Path) -> None:
    book = load_folder(write_folder(tmp_path, {"too-small": TOO_SMALL}))
    assert not book.complaints
    rule = book.rule("too-small")
    assert (rule.area, rule.needs) == ("area", ("photo.present", "photo.width"))
    assert rule.normal_for is not None
    assert rule.normal_for.total_seconds() == 24 * 3600
    assert [example.expect for example in rule.examples] == [True, False, None]


@pytest.mark.parametrize(
    ("when", "line", "sentence"),
    [
        ('"photo.widht < 96"', 6, "when names the unknown fact photo.widht. Did you mean photo.width? docs/facts.md lists every fact."),
        ('"""\nphoto.present\nand photo.widht < 96"""', 8, "when names the unknown fact photo.widht. Did you mean photo.width? docs/facts.md lists every fact."),
        ('"present"', 6, "when names the unknown fact present. Did you mean photo.present? docs/facts.md lists every fact."),
        ("\"photo.store_class = 'mailbx'\"", 6, "when compares photo.store_class with 'mailbx', a value it never has. Did you mean 'mailbox'? It is one of: mailbox, directory, none."),
        ("\"photo.store_class in ('mailbox', 'zzz')\"", 6, "when compares photo.store_class with 'zzz', a value it never has. It is one of: mailbox, directory, none."),
        ("\"photo.width = '96'\"", 6, f"when compares photo.width (number) with '96' (text). {KIND}"),
        ('"photo.present = 1"', 6, f"when compares photo.present (bool) with 1 (number). {KIND}"),
        ('"photo.width"', 6, "when is not a yes-or-no expression but gives a number. Compare it with something, such as photo.width < 96."),
        ('"true"', 6, "when reads no fact, so it says the same of everybody. Name at least one fact; docs/facts.md lists every fact."),
        ('"photo.present is null"', 6, f"when turns unknown into an answer: photo.present IS NULL. {EMPTY}"),
        ('"photo.present is not null"', 6, f"when turns unknown into an answer: photo.present IS NULL. {EMPTY}"),
        ('"coalesce(photo.present, false)"', 6, f"when turns unknown into an answer: COALESCE(photo.present, FALSE). {EMPTY}"),
        ('"ifnull(photo.present, false)"', 6, f"when turns unknown into an answer: COALESCE(photo.present, FALSE). {EMPTY}"),
        ('"case when photo.present then true else false end"', 6, f"when turns unknown into an answer: CASE WHEN photo.present THEN TRUE ELSE FALSE END. {EMPTY}"),
        ('"photo.width is distinct from 96"', 6, f"when turns unknown into an answer: photo.width IS DISTINCT FROM 96. {EMPTY}"),
        ('"photo.width is not distinct from 96"', 6, f"when turns unknown into an answer: photo.width IS NOT DISTINCT FROM 96. {EMPTY}"),
        ('"photo.width in (select 1)"', 6, "when looks for photo.width in something that is not a list of values. Write in ('one', 'two') with literal values."),
        ('"exists (select 1)"', 6, f"when uses EXISTS(SELECT 1), which a rule may not. {GRAMMAR}"),
        ("\"read_text('/etc/hosts') = ''\"", 6, f"when uses READ_TEXT('/etc/hosts'), which a rule may not. {GRAMMAR}"),
        ("\"getenv('HOME') = ''\"", 6, f"when uses GETENV('HOME'), which a rule may not. {GRAMMAR}"),
        ('"random() < 0.5 and photo.present"', 6, f"when uses RANDOM(), which a rule may not. {GRAMMAR}"),
        ('"photo.present -- always"', 6, "when holds a comment. Put it on a line of its own in the file, after a #."),
        ('"photo.present /* always */"', 6, "when holds a comment. Put it on a line of its own in the file, after a #."),
        ('"photo.present; drop table evidence"', 6, "when holds a semicolon. Write exactly one expression without one."),
        ("\"photo.etag = 'open\"", 6, "when holds a text or a character that cannot be read. Close every quotation mark, and write texts in single quotation marks."),
        ('"photo.width / photo.height > 1"', 6, "when divides by photo.height. Divide by a literal number other than 0, or multiply the other side instead."),
        ('"photo.width % 0 = 1"', 6, "when divides by 0. Divide by a literal number other than 0, or multiply the other side instead."),
        ('"ticket.since + interval 3 months < run.collected_at"', 6, "when holds the unreadable interval INTERVAL '3' MONTHS. Write interval 24 hours; units are seconds, minutes, hours, days and weeks, up to 100 years."),
        ("\"run.collected_at < timestamp 'yesterday'\"", 6, "when holds the unreadable time yesterday. Write timestamp '2026-11-22 12:00:00'; it is UTC."),
        ("\"photo.width::text = '96'\"", 6, "when converts a value: CAST(photo.width AS TEXT). Compare facts with values of their own kind; a time is written timestamp '2026-11-22 12:00:00'."),
        ('"not photo.width"', 6, "when gives not a number where it needs a bool. Compare facts with values of their own kind; docs/facts.md names the kind of every fact."),
        ('"photo.sizes = photo.sizes"', 6, "when compares two values of the kind list with =. Use list_contains or len for lists, and the fact itself or not for yes-or-no facts."),
        ("\"length(photo.etag, 'x') = 1\"", 6, "when calls length with 2 values where it needs 1. Give it as many values as it needs."),
        ('"photo.width < 99999999999999999"', 6, "when holds the number 99999999999999999, which is too large. Use a number below 10^15."),
        ('""', 6, "when is missing. Write one boolean expression over facts."),
        (f'"{"(" * 70}photo.present{")" * 70}"', 6, "when is nested more than 60 levels deep. Split the rule into several rules."),
        (f'"{"not " * 900}photo.present"', 6, "when is nested more than 60 levels deep. Split the rule into several rules."),
        (f"\"photo.etag = '{'x' * 4000}'\"", 6, "when is longer than 4000 characters. Split the rule into several rules."),
        ('"""\nphoto.present;\n"""', 7, "when holds a semicolon. Write exactly one expression without one."),
    ],
)  # fmt: skip
def test_anything_but_one_boolean_expression_over_known_facts_is_refused(
    tmp_path: Path, when: str, line: int, sentence: str
) -> None:
    assert f"too-small.toml, line {line}: {sentence}" in _complaints(tmp_path, TOO_SMALL.replace(WHEN, when))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "The photo is very small"\n', "", "line 1: title is missing. Every rule needs it; see docs/writing-rules.md."),
        ("The photo is very small", "x" * 101, "line 1: title has 101 characters; at most 100 are allowed. Say it in fewer words."),
        ("The photo is very small", "two\\nlines", "line 1: title runs over several lines. Write it on one line."),
        ('headline = "Your photo is too small."', "headline = 3", "line 11: headline is not a text. Put it in quotation marks."),
        ("headline", "headlien", "line 11: Unknown key headlien. Did you mean headline?"),
        ("headline", "colour", "line 11: Unknown key colour. Take it out. The keys are: title, status, state, actor, confidence, generation, when, by_sample, explains, because, headline, near_miss, normal_for, stuck_after, wait_from, user_steps, admin_steps, references, false_positives, examples."),
        ('"problem"', '"problme"', "line 3: state is 'problme', which is not one of its values. Did you mean 'problem'? It is one of: problem, on_its_way, fine, undecided, advice."),
        ('actor = "user"\n', "", "line 1: actor is missing. It is one of: user, admin, developer, microsoft, nobody."),
        ("{{ photo.width }}", "{{ photo.widht }}", "line 10: because uses the unknown fact photo.widht. Did you mean photo.width? docs/facts.md lists every fact."),
        ("{{ photo.width }}", "{{ secrets }}", "line 10: because uses the unknown fact secrets. docs/facts.md lists every fact."),
        ("{{ photo.width }} pixels wide.", "{{ photo.width", "line 10: because is not a valid template: unexpected end of template, expected 'end of print statement'. Write facts as {{ photo.width }}, choose with {% if %}, and use the filters default,"),
        ("{{ photo.width }}", "{{ photo.width|shout }}", "line 10: because uses the filter shout, which words may not. Write facts as {{ photo.width }}, choose with {% if %}, and use the filters default,"),
        ('["run.collected_at"]', '["photo.width"]', "line 12: wait_from names photo.width, which is not a fact that holds a time."),
        ('"24 h"', '"one day"', "line 13: normal_for is not a duration: 'one day'. Write \"30 min\", \"24 h\" or \"3 d\"."),
        ('"3 d"', '"3 h"', "line 14: stuck_after is shorter than normal_for. Waiting is normal first and stuck later; exchange the two durations."),
        ('normal_for = "24 h"\nstuck_after = "3 d"\n', "", "line 12: wait_from starts a clock that never ends. Add normal_for, stuck_after or both."),
        ('text = "Upload a larger photo."', 'use = "upload"', "line 17: There are no shared steps called upload. Write them in _steps/upload.toml."),
        ('text = "Upload a larger photo."', 'txt = "Upload"', "line 17: Unknown key txt. Did you mean text?"),
        ('url = "https://example.org/photo"\n', "", "line 19: references[1].url is missing. Every rule needs it; see docs/writing-rules.md."),
        ("https://example.org/photo", "example.org", "line 20: references[1].url is not a web address: example.org. Begin it with https://."),
        ('checked_on = "2026-11-22"\n', "", "line 19: references[1].checked_on is missing. Write the day you last read the page, such as \"2026-11-22\"."),
        ('"2026-11-22"', '"9999-11-22"', "line 22: references[1].checked_on lies in the future: 9999-11-22. Write the day you last read the page, such as \"2026-11-22\"."),
        ('"2026-11-22"', '"last week"', "line 22: references[1].checked_on is not a date: 'last week'. Write the day you last read the page, such as \"2026-11-22\"."),
        ('"documented"', '"rumour"', "line 23: references[1].supports is 'rumour', which is not one of its values. It is one of: documented, field."),
        ("expect = true", "expect = false", "line 25: No example expects true. Add [[examples]] with a name, facts and expect = true."),
        ("photo.width = 48", "photo.width = 480", "line 25: The example 'a photo of 48 pixels is too small' comes out false, but it expects true. Correct its facts, its expect, or the rule's when."),
        ("expect = false", "expect = true", "line 25: No example expects false. Add [[examples]] with a name, facts and expect = false."),
        ('expect = "unknown"', "expect = false", 'line 25: No example expects "unknown". Add [[examples]] with a name, facts and expect = "unknown".'),
        ('expect = "unknown"', 'expect = "maybe"', "line 38: examples[3].expect is not an answer. It is true, false or \"unknown\"."),
        ("photo.width = 48", "photo.widht = 48", "line 27: The example uses the unknown fact photo.widht. Did you mean photo.width? docs/facts.md lists every fact."),
        ("photo.width = 48", 'photo.width = "48"', "line 27: The example gives photo.width the value '48', which it can never have. It is of the kind int; see docs/facts.md."),
        ("photo.width = 48", 'photo.width = 48, photo.format = "jpg"', "line 27: The example gives photo.format the value 'jpg', which it can never have. It is one of: jpeg, png, gif, bmp, webp, other."),
        ("explains = []", 'explains = ["too-smal"]', "line 9: explains names the rule too-smal, which does not exist. Did you mean too-small?"),
        ("explains = []", 'explains = ["too-small"]', "line 9: explains runs in a circle: too-small -> too-small. Take one of them out: a cause cannot be explained by its own symptom."),
        ("explains = []", "explains = [", "line 10: The file is not valid TOML: Invalid value. Correct this line; https://toml.io/en/v1.0.0 describes the format."),
    ],
)  # fmt: skip
def test_faulty_words_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TOO_SMALL
    found = _complaints(tmp_path, TOO_SMALL.replace(old, new, 1))
    assert any(complaint.startswith(f"too-small.toml, {message}") for complaint in found), found


def test_a_stable_rule_needs_a_reference(tmp_path: Path) -> None:
    start, end = TOO_SMALL.index("[[references]]"), TOO_SMALL.index("[[examples]]")
    assert _complaints(tmp_path, TOO_SMALL[:start] + TOO_SMALL[end:]) == [
        'too-small.toml, line 2: The rule is stable but has no reference. Add [[references]], or set status = "test".'
    ]


def test_an_example_as_dotted_keys_or_nested_tables_means_the_same(tmp_path: Path) -> None:
    text = TOO_SMALL.replace(
        "photo.present = true, photo.width = 48", 'photo = { present = true }, "photo.width" = 48'
    )
    assert _complaints(tmp_path, text) == []


def test_ids_are_kebab_case(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"Too_Small": TOO_SMALL})
    assert str(load_folder(folder).complaints[0]) == (
        f"{folder}/area/Too_Small.toml, line 1: The rule id Too_Small is not in kebab case. "
        "Name the file with lower-case letters, digits and hyphens, such as photo-too-small.toml."
    )


def test_two_files_with_one_id_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"too-small": TOO_SMALL})
    (folder / "other").mkdir()
    (folder / "other" / "too-small.toml").write_text(TOO_SMALL, encoding="utf-8")
    assert [str(complaint) for complaint in load_folder(folder).complaints] == [
        (
            f"{folder}/other/too-small.toml, line 1: The rule id too-small is taken by {folder}/area/too-small.toml. "
            "Give this file another name."
        )
    ]


def test_order_and_files_must_name_the_same_rules(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"too-small": TOO_SMALL})
    (folder / "order.toml").write_text('order = [\n  "too-smal",\n]\n', encoding="utf-8")
    assert [str(complaint) for complaint in load_folder(folder).complaints] == [
        (
            f"{folder}/area/too-small.toml, line 1: The rule too-small is not in order.toml. "
            "Add it where the photo's way passes its cause: earlier causes come first."
        ),
        (
            f"{folder}/order.toml, line 2: order.toml names the rule too-smal, which does not exist. "
            "Did you mean too-small?"
        ),
    ]


def test_a_circle_of_causes_is_named_whole(tmp_path: Path) -> None:
    rules = {
        "first": flag_rule("photo.present", explains='["second"]'),
        "second": flag_rule("photo.animated", explains='["first"]'),
    }
    found = [str(complaint) for complaint in load_folder(write_folder(tmp_path, rules)).complaints]
    assert found[0] == (
        f"{tmp_path}/area/first.toml, line 7: explains runs in a circle: first -> second -> first. "
        "Take one of them out: a cause cannot be explained by its own symptom."
    )


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        (b'title = "caf\xe9"\n', 1, "The file is not UTF-8 text. Save it as UTF-8."),
        (b"# fine\n\xff\xfe", 2, "The file is not UTF-8 text. Save it as UTF-8."),
        (b"#" * 300_000, 1, "The file is larger than 262144 bytes. Split it."),
        (b"a = " + b"[" * 20_000, 1, "The file is nested too deeply. Take the nesting out."),
    ],
    ids=["latin-1", "second line", "too large", "too deep"],
)
def test_files_that_are_no_rules_are_refused(
    tmp_path: Path, content: bytes, line: int, sentence: str
) -> None:
    folder = write_folder(tmp_path, {"too-small": TOO_SMALL})
    (folder / "area" / "too-small.toml").write_bytes(content)
    found = [str(complaint) for complaint in load_folder(folder).complaints]
    assert f"{folder}/area/too-small.toml, line {line}: {sentence}" in found


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"too-small": TOO_SMALL})
    content = TOO_SMALL.replace("\n", "\r\n").encode("utf-8-sig")
    (folder / "area" / "too-small.toml").write_bytes(content)
    assert load_folder(folder).complaints == ()


def test_a_broken_built_in_rule_stops_with_its_place() -> None:
    error = RuleError([Complaint("rules/x.toml", 3, "It is wrong.", "Mend it.")])
    assert str(error) == (
        "The built-in rules cannot be used (1 faults). rules/x.toml, line 3: It is wrong. Mend it. "
        "Install the program again, or repair the file and run `photo-troubleshooter rules check`."
    )
