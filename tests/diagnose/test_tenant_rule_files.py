"""Tenant-wide rules are read from files, and refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from troubleshooter.diagnose.complaint import Complaint
from troubleshooter.diagnose.tenant_rules import read_tenant_folder

RULE = """\
title = "Many have none"
status = "experimental"
state = "problem"
actor = "admin"
confidence = "low"
when = "tenant.no_photo_people >= 20"
explains = []
because = "{{ tenant.no_photo_people }} people."
headline = "Many people have no photo."

[[examples]]
name = "Many."
expect = true
facts = { "tenant.no_photo_people" = 20 }
[[examples]]
name = "Few."
expect = false
facts = { tenant.no_photo_people = { at_least = 0, at_most = 19 } }
[[examples]]
name = "Unknown."
expect = "unknown"
facts = { "tenant.no_photo_people" = { at_least = 3 } }
"""


def read(folder: Path, **files: str) -> list[str] | int:
    """What is wrong with these rules, or how many there are."""
    (folder / "_tenant").mkdir()
    (folder / "area").mkdir()
    (folder / "area" / "a-cause.toml").write_text("", encoding="utf-8")
    for name, text in files.items():
        (folder / "_tenant" / f"{name.replace('_', '-')}.toml").write_text(text, encoding="utf-8")
    book = read_tenant_folder(folder)
    return len(book.rules) if not isinstance(book, list) else [_said(one) for one in book]


def _said(complaint: Complaint) -> str:
    return f"{complaint.file}, line {complaint.line}: {complaint.sentence}"


def test_a_correct_rule_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, many_have_none=RULE) == 1


WHEN = 'when = "tenant.no_photo_people >= 20"'
REFUSED = {
    "a fact about one person": (WHEN, 'when = "photo.present"', "names the unknown fact photo.present"),
    "a misspelt fact": (WHEN, 'when = "tenant.no_foto_people >= 20"', "Did you mean tenant.no_photo_people"),
    "IS NULL": (WHEN, 'when = "tenant.no_photo_people IS NULL"', "turns unknown into an answer"),
    "COALESCE": (WHEN, 'when = "coalesce(tenant.no_photo_people, 0) >= 20"', "turns unknown into an answer"),
    "a subquery": (WHEN, 'when = "(select 1) = tenant.people"', "which a rule may not"),
    "arithmetic with bounds": (WHEN, 'when = "tenant.no_photo_people * 2 >= 20"', "only bounds may be known"),
    "a list of bounds": (WHEN, 'when = "tenant.no_photo_people in (1, 2)"', "only bounds may be known"),
    "kinds that do not fit": (WHEN, "when = \"tenant.people = 'x'\"", "compares tenant.people"),
    "a value it never has": (WHEN, "when = \"tenant.photo_source = 'moon'\"", "a value it never has"),
    "how a sample came out": (WHEN, 'when = "run.pages_default > 1"', "names the unknown fact"),
    "words about a person": ("Many people have", "{{ person.mail }} and others have", "unknown fact person"),
    "a state of persons": ('state = "problem"', 'state = "fine"', "is a problem or advice"),
    "a wait clock": ('confidence = "low"', 'confidence = "low"\nnormal_for = "24 h"', "Unknown key"),
    "an unknown cause": ("explains = []", 'explains = ["a-causes"]', "Did you mean a-cause?"),
    "itself as a symptom": ("explains = []", 'explains = ["many-have-none"]', "runs in a circle"),
    "bounds of whose": ("explains = []", 'whose = "tenant.no_photo_people > 1"', "only bounds may be known"),
    "a wrong example": ('"tenant.no_photo_people" = 20', '"tenant.no_photo_people" = 19', "comes out false"),
    "bounds the wrong way round": ("at_least = 0, at_most = 19", "at_least = 9, at_most = 1", "never have"),
    "bounds of an exact fact": (
        '"tenant.no_photo_people" = 20', '"tenant.people" = { at_least = 1 }', "never have",
    ),
    "no undecided example": ('expect = "unknown"', "expect = false", 'No example expects "unknown"'),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_a_broken_rule_is_refused_with_the_reason(tmp_path: Path, fault: str) -> None:
    old, new, reason = REFUSED[fault]
    assert RULE.count(old) >= 1
    complaints = read(tmp_path, many_have_none=RULE.replace(old, new, 1))
    assert isinstance(complaints, list)
    assert any(reason in complaint for complaint in complaints), complaints
    assert all(complaint.startswith("rules/_tenant/many-have-none.toml, line ") for complaint in complaints)


def test_two_rules_may_not_explain_each_other(tmp_path: Path) -> None:
    one = RULE.replace("explains = []", 'explains = ["other"]')
    other = RULE.replace("explains = []", 'explains = ["many-have-none"]')
    complaints = read(tmp_path, many_have_none=one, other=other)
    assert isinstance(complaints, list)
    assert sum("circle" in complaint for complaint in complaints) == 2
