"""Accepted findings: what the file says, how it is changed without losing anything, and what it covers."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.diagnose.audits import Somebody, audit
from troubleshooter.diagnose.accepted import (
    ACCEPTED,
    META,
    Standing,
    apply_accepted,
    present_causes,
    present_verdicts,
    require_verdicts,
    weigh_accepted,
)
from troubleshooter.diagnose.accepted_edit import NothingToRemove, with_entry, without
from troubleshooter.diagnose.accepted_file import (
    FILE,
    Acceptance,
    AcceptedFault,
    AcceptedFile,
    latest_day,
    read_accepted,
)
from troubleshooter.evidence.store import open_store
from troubleshooter.evidence.store_file import StoreError

TODAY = date(2026, 11, 22)
LAST = date(2027, 1, 31)
ADELE = "adele@contoso.example"
GOOD = """\
[[accepted]]
person = "adele@contoso.example"
cause = "image-too-small"
reason = "No camera at this site"
author = "Nestor Wilke"
until = 2027-01-31
added_on = 2026-11-22
"""


def read(folder: Path, text: str) -> AcceptedFile:
    path = folder / FILE
    path.write_bytes(text.encode("utf-8"))
    return read_accepted(path, TODAY)


def accept(
    person: str = ADELE, cause: str = "image-too-small", until: date = LAST, **more: str
) -> Acceptance:
    words = {"reason": "No camera", "author": "Nestor", **more}
    return Acceptance(person, cause, words["reason"], words["author"], until, TODAY)


def said(file: AcceptedFile) -> list[str]:
    return [str(fault).replace(f"{file.path}", "FILE") for fault in file.faults]


def test_a_good_file_is_read_and_one_that_is_not_there_accepts_nothing(tmp_path: Path) -> None:
    assert read_accepted(tmp_path / FILE, TODAY).acceptances == ()
    file = read(tmp_path, "\ufeff# ours\r\n" + GOOD.replace("\n", "\r\n") + 'ticket = "INC-7"\n')
    assert file.faults == ()
    assert file.acceptances == (
        Acceptance(ADELE, "image-too-small", "No camera at this site", "Nestor Wilke", LAST, TODAY, line=2),
    )


def test_a_day_may_be_written_as_a_text(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD.replace("2027-01-31", '"2027-01-31"')).acceptances[0].until == LAST


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"No camera at this site"', '"  "', "line 4, entry 1: reason is missing, empty or no text."),
        ('author = "Nestor Wilke"\n', "", "line 1, entry 1: author is missing, empty or no text."),
        ('"adele@contoso.example"', "7", "line 2, entry 1: person is missing, empty or no text."),
        (
            "until = 2027-01-31",
            "until = 2027-01-31T10:00:00",
            "line 6, entry 1: until is missing or no date.",
        ),
        ("until = 2027-01-31", 'until = "soon"', "line 6, entry 1: until is missing or no date."),
        ("added_on = 2026-11-22\n", "", "line 1, entry 1: added_on is missing or no date."),
        ("2027-01-31", "2028-11-23", "line 6, entry 1: it is accepted for longer than two years."),
        ("added_on = 2026-11-22", "added_on = 2026-11-24", "line 7, entry 1: added_on lies in the future."),
    ],
)
def test_a_bad_entry_is_named_and_the_others_hold(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    other = GOOD.replace("adele", "megan")
    file = read(tmp_path, GOOD.replace(old, new) + "\n" + other)
    assert [one.person for one in file.acceptances] == ["megan@contoso.example"]
    assert len(file.faults) == 1
    assert said(file)[0].startswith(f"FILE, {complaint}")
    assert "Until then the finding counts." in said(file)[0]


def test_two_years_from_the_day_it_was_accepted_are_allowed(tmp_path: Path) -> None:
    assert latest_day(TODAY) == date(2028, 11, 22)
    assert latest_day(date(2028, 2, 29)) == date(2030, 2, 28)
    assert read(tmp_path, GOOD.replace("2027-01-31", "2028-11-22")).faults == ()
    assert read(tmp_path, GOOD.replace("added_on = 2026-11-22", "added_on = 2026-11-23")).faults == ()


def test_everybody_with_any_cause_is_refused(tmp_path: Path) -> None:
    file = read(tmp_path, GOOD.replace(ADELE, "*").replace("image-too-small", "*"))
    assert file.acceptances == ()
    assert said(file) == [
        "FILE, line 1, entry 1: everybody with any cause would accept everything. Name a cause, or a person."
    ]


def test_other_tables_are_named(tmp_path: Path) -> None:
    file = read(tmp_path, GOOD + GOOD.replace("[[accepted]]", "[[acepted]]"))
    assert len(file.acceptances) == 1
    assert said(file) == [
        "FILE, line 8: acepted is no accepted finding. Begin each one with a line [[accepted]]."
    ]
    assert said(read(tmp_path, "accepted = 3\n"))[0].startswith("FILE, line 1: accepted is no")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'[[accepted]]\nperson = "a\n', "is not valid TOML, so nothing is accepted: "),
        (b"# \xe9\n# fine\n# \xff\n", "line 1: the file is not UTF-8 text, so nothing is accepted."),
        (b"a = " + b"[" * 100_000, "is not valid TOML, so nothing is accepted: "),
        (b"#" * (8 * 1024 * 1024 + 1), "is larger than 8 MB, so nothing is accepted."),
    ],
)
def test_what_is_no_toml_accepts_nothing_and_is_never_written_over(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / FILE).write_bytes(content)
    file = read_accepted(tmp_path / FILE, TODAY)
    assert (file.whole, file.acceptances) == (False, ())
    assert complaint in said(file)[0]
    with pytest.raises(AcceptedFault):
        with_entry(file, accept())
    with pytest.raises(AcceptedFault):
        without(file, ADELE, "", "removed")


def test_a_folder_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    assert "cannot be read" in said(read_accepted(tmp_path / FILE, TODAY))[0]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)


@given(person=TEXT, cause=TEXT, reason=TEXT, author=TEXT)
def test_whatever_is_written_is_read_back(person: str, cause: str, reason: str, author: str) -> None:
    entry = Acceptance(f"p{person.strip()}", cause.strip(), reason.strip(), author.strip(), LAST, TODAY)
    text = with_entry(AcceptedFile(Path(FILE), "", (), ()), entry)
    (table,) = tomllib.loads(text)["accepted"]
    assert table == {
        "person": entry.person,
        "cause": entry.cause,
        "reason": entry.reason,
        "author": entry.author,
        "until": LAST,
        "added_on": TODAY,
    }
    assert all(char.isprintable() or char == "\n" for char in text)


def test_an_entry_is_added_at_the_end_and_every_comment_stays(tmp_path: Path) -> None:
    mine = "# my notes\n" + GOOD + "# a last word, without a line's end"
    text = with_entry(read(tmp_path, mine), accept("megan@contoso.example"))
    assert text.startswith(mine + "\n\n[[accepted]]\n")
    assert [one.person for one in read(tmp_path, text).acceptances] == [ADELE, "megan@contoso.example"]


def test_entries_written_in_another_form_are_not_touched(tmp_path: Path) -> None:
    fields = ", ".join(line for line in GOOD.splitlines() if "=" in line)
    other = fields.replace("adele", "megan")
    file = read(tmp_path, f"accepted = [{{ {fields} }}, {{ {other} }}]\n")
    assert len(file.acceptances) == 2
    with pytest.raises(AcceptedFault, match="cannot be changed safely"):
        with_entry(file, accept())
    with pytest.raises(AcceptedFault, match="cannot be changed safely"):
        without(file, ADELE, "", "removed")


def test_a_removed_entry_becomes_a_comment_and_the_others_stay(tmp_path: Path) -> None:
    odd = GOOD.replace('"No camera at this site"', '"""No\n[[camera]]\n# at = 1\n"""').replace("adele", "a")
    text = "# first\n" + odd + "\n# about Adele\n" + GOOD + "\n# about Megan\n" + GOOD.replace("adele", "m")
    kept, count = without(read(tmp_path, text), "ADELE@contoso.example", "", "removed\nby me")
    assert count == 1
    assert "# about Adele\n# removed by me\n# [[accepted]]\n# person = " in kept
    assert [one.person[0] for one in read(tmp_path, kept).acceptances] == ["a", "m"]
    again, count = without(read(tmp_path, kept), "a@contoso.example", "image-too-small", "removed")
    assert count == 1
    assert [one.person[0] for one in read(tmp_path, again).acceptances] == ["m"]
    assert {line.lstrip("# ") for line in text.splitlines()} <= {
        line.lstrip("# ") for line in again.splitlines()
    }
    with pytest.raises(NothingToRemove):
        without(read(tmp_path, again), ADELE, "", "removed")
    with pytest.raises(NothingToRemove):
        without(read(tmp_path, text), ADELE, "no-photo", "removed")


def person(name: str, state: str = "problem", cause: str = "image-too-small") -> Somebody:
    return Somebody(f"id-{name}", state, cause, {"person.user_principal_name": f"{name}@contoso.example"})


def test_an_acceptance_covers_the_cause_it_names_of_the_person_it_names(tmp_path: Path) -> None:
    folder = audit(
        tmp_path,
        [
            person("adele"),
            person("megan"),
            person("other", cause="no-photo"),
            person("open", "undecided", ""),
            person("obstacle", "undecided", "image-too-small"),
            person("fixed", "fine", "fine-everywhere"),
            person("way", "on_its_way", "image-too-small"),
        ],
    )
    entries = [
        accept("Adele@Contoso.example"),
        accept("ID-MEGAN", cause="*"),
        accept("other@contoso.example"),
        accept("open@contoso.example", cause="*"),
        accept("obstacle@contoso.example"),
        accept("fixed@contoso.example"),
        accept("way@contoso.example"),
        accept("nobody'; DROP TABLE people; --"),
    ]
    with open_store(folder, read_only=False) as store:
        summary = apply_accepted(store, entries, TODAY)
        rows = store.query(f"SELECT * FROM {ACCEPTED} ORDER BY person_id")
        assert store.get(META) == summary.data
    assert rows == [
        ("id-adele", "image-too-small", "No camera", "Nestor", LAST, False),
        ("id-megan", "image-too-small", "No camera", "Nestor", LAST, False),
    ]
    assert [(entry.standing.value, entry.people) for entry in summary.entries] == [
        ("valid", 1),
        ("valid", 1),
        ("no_such_finding", 0),
        ("undecided", 0),
        ("undecided", 0),
        ("no_such_finding", 0),
        ("no_such_finding", 0),
        ("no_such_person", 0),
    ]
    assert (summary.accepted, summary.expired) == (2, 0)


def test_the_last_day_still_counts_and_the_next_does_not(tmp_path: Path) -> None:
    folder = audit(tmp_path, [person("adele")])
    entries = [accept()]
    with open_store(folder) as store:
        last = weigh_accepted(store, entries, LAST)
        after = weigh_accepted(store, entries, LAST + timedelta(days=1))
    assert (last.entries[0].standing, last.accepted, last.expired) == (Standing.VALID, 1, 0)
    assert (after.entries[0].standing, after.accepted, after.expired) == (Standing.EXPIRED, 0, 1)
    assert after.of(Standing.EXPIRED) == after.entries


def test_everybody_with_a_cause_and_the_best_of_several_entries(tmp_path: Path) -> None:
    folder = audit(
        tmp_path, [person("adele"), person("megan"), person("open", "undecided", "image-too-small")]
    )
    past = date(2026, 11, 1)
    entries = [
        accept("*", reason="all"),
        accept(until=past, reason="expired"),
        accept(until=date(2026, 12, 1), reason="shorter"),
        accept(reason="longer"),
        accept("*", cause="no-photo"),
    ]
    with open_store(folder, read_only=False) as store:
        summary = apply_accepted(store, entries, TODAY)
        assert store.query(f"SELECT person_id, reason, expired FROM {ACCEPTED} ORDER BY 1") == [
            ("id-adele", "longer", False),
            ("id-megan", "all", False),
        ]
        assert (summary.accepted, summary.expired) == (2, 0)
        assert [(entry.standing.value, entry.people) for entry in summary.entries] == [
            ("valid", 2),
            ("expired", 1),
            ("valid", 1),
            ("valid", 1),
            ("no_such_finding", 0),
        ]
        assert apply_accepted(store, [], TODAY).entries == ()
        assert store.query(f"SELECT count(*) FROM {ACCEPTED}") == [(0,)]


def test_an_audit_is_asked_what_it_says_of_somebody(tmp_path: Path) -> None:
    folder = audit(tmp_path, [person("adele"), person("fixed", "fine", "fine-everywhere")])
    with open_store(folder) as store:
        require_verdicts(store)
        assert [one.cause for one in present_verdicts(store, "ADELE@contoso.example")] == ["image-too-small"]
        assert [one.state for one in present_verdicts(store, "id-fixed")] == ["fine"]
        assert present_verdicts(store, "") == []
        assert present_causes(store) == {"image-too-small": 1}
    with open_store(folder, read_only=False) as store, store.transaction():
        store.connection.execute("DROP TABLE verdicts")
    with open_store(folder) as store, pytest.raises(StoreError, match="no verdicts"):
        require_verdicts(store)
