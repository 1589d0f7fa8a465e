"""`compare` as a person runs it: the summary, the files, the exit code; nothing is written into audits."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.program import run
from tests.diagnose.audits import OLD_TIME, WHOLE, Somebody, audit
from troubleshooter.cli.compare_lines import NAMES
from troubleshooter.diagnose.changes_classes import Change
from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.store import open_store

SITES = "SharePoint Sites.Read.All"
HOSTILE = "=cmd|' /C calc'!A0\n\u202e[bold]" + "x" * 10_000


def two(folder: Path) -> tuple[Path, Path]:
    """The second audit cannot read what the first could."""
    names = {"person.user_principal_name": "new@contoso.example", "person.display_name": HOSTILE}
    old = audit(
        folder / "old",
        [
            Somebody("fixed", "problem", "no-photo"),
            Somebody("same", "problem", "no-photo"),
            Somebody("lost", "problem", "no-photo", {"photo.present": False}),
            Somebody("left", "fine", "fine-everywhere"),
        ],
        OLD_TIME,
        run={"run.permissions": [SITES]},
    )
    new = audit(
        folder / "new",
        [
            Somebody("fixed", "fine", "fine-everywhere"),
            Somebody("same", "problem", "image-too-small"),
            Somebody("lost", "undecided", "", {}, {"photo.present": (GapReason.DENIED, SITES)}),
            Somebody("new", "problem", "no-photo", names),
        ],
        run={"run.permissions": []},
    )
    return old, new


def test_the_summary_says_it_all(tmp_path: Path) -> None:
    old, new = two(tmp_path)
    done = run("compare", str(old), str(new), "--lang", "en", environment={"TZ": "UTC"})
    assert (done.code, done.stderr) == (1, "")
    assert done.stdout == (
        "Then: 8 Nov 2026 09:00 UTC. Now: 22 Nov 2026 09:00 UTC.\n"
        "\n"
        "  New problems       1  Problem now; was fine, on its way, or not in the tenant.\n"
        "  The same problems  1  Problem then and now.\n"
        "  Fixed              1  Fine now; was a problem or on its way.\n"
        "  Became undecided   1  Was decided; could not be decided now.\n"
        "  Left               1  Was there; is not in the tenant now.\n"
        "1 of the same problems has another cause now.\n"
        "New problems by cause: no-photo 1\n"
        "Fixed by cause: no-photo 1\n"
        "Permissions lost since then: SharePoint Sites.Read.All\n"
        "1 person could be decided then and cannot now, because:\n"
        "  1: Access was denied (Photo there). The permission SharePoint Sites.Read.All would show it.\n"
    )


def test_json_csv_and_the_folder_hold_the_same(tmp_path: Path) -> None:
    old, new = two(tmp_path)
    before = [(folder / "audit.duckdb").read_bytes() for folder in (old, new)]
    out, single = tmp_path / "out", tmp_path / "changes.csv"
    done = run(
        "compare", str(old), str(new / "audit.duckdb"), "--json", "--csv", str(single), "--out", str(out)
    )
    data = json.loads(done.stdout)
    assert data["schema"] == "photo-troubleshooter/changes/1"
    assert set(data["counts"]) == {change.value for change in Change}
    assert sum(data["counts"].values()) == 5
    assert data["unreadable"] == [
        {"reason": "denied", "permission": SITES, "people": 1, "facts": ["photo.present"]}
    ]
    assert json.loads((out / "changes.json").read_text(encoding="utf-8")) == data
    assert (out / "changes.csv").read_bytes() == single.read_bytes()
    with single.open(encoding="utf-8-sig", newline="") as opened:
        rows = {row["id"]: row for row in csv.DictReader(opened)}
    assert {name: row["class"] for name, row in rows.items()} == {
        "new": "new",
        "same": "same",
        "fixed": "fixed",
        "lost": "became_undecided",
        "left": "left",
    }
    assert list(rows) == ["new", "same", "fixed", "lost", "left"]
    assert rows["new"]["display_name"].startswith("'=cmd|")
    assert (rows["same"]["old_cause"], rows["same"]["new_cause"]) == ("no-photo", "image-too-small")
    assert (rows["left"]["new_state"], rows["left"]["changed_photo"]) == ("", "")
    assert [(folder / "audit.duckdb").read_bytes() for folder in (old, new)] == before
    assert single.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("then", "now", "code"),
    [
        ("fine", "problem", 1),
        ("undecided", "problem", 1),
        ("problem", "problem", 0),
        ("problem", "undecided", 3),
        ("undecided", "undecided", 0),
        ("problem", "fine", 0),
    ],
)
def test_the_exit_code_says_whether_something_got_worse(
    tmp_path: Path, then: str, now: str, code: int
) -> None:
    old = audit(tmp_path / "old", [Somebody("a", then)], OLD_TIME)
    new = audit(tmp_path / "new", [Somebody("a", now)])
    done = run("compare", str(old), str(new), "--quiet")
    assert (done.code, done.stdout) == (code, "")


def test_without_old_the_latest_earlier_audit_is_taken(tmp_path: Path) -> None:
    new = audit(tmp_path / "new", [Somebody("a")])
    done = run("compare", str(new), "--lang", "en")
    assert done.code == 2
    assert "keeps no earlier audit to compare with." in done.stderr
    (new / "earlier").mkdir()
    for name, state in (("20261101T090000Z", "fine"), ("20261108T090000Z", "problem")):
        made = audit(tmp_path / name, [Somebody("a", state, "no-photo")], OLD_TIME)
        (made / "audit.duckdb").rename(new / "earlier" / f"{name}.duckdb")
    data = json.loads(run("compare", str(new), "--json").stdout)
    assert data["counts"]["fixed"] == 1
    assert data["old"]["file"].endswith("20261108T090000Z.duckdb")


def test_a_narrowed_audit_says_so_and_nobody_has_left(tmp_path: Path) -> None:
    old = audit(tmp_path / "old", [Somebody("a"), Somebody("b", "problem", "no-photo")], OLD_TIME)
    new = audit(tmp_path / "new", [Somebody("a")], settings={**WHOLE, "where": "department eq 'Sales'"})
    done = run("compare", str(old), str(new), "--lang", "en")
    assert done.code == 0
    assert (
        "The later audit may not have looked at everybody (it was narrowed with --where): who is not in it "
        "has not left for that.\n"
    ) in done.stdout
    assert "  Not looked at this time  1  Was looked at then, not now; nothing is known of a change.\n" in (
        done.stdout
    )


def test_other_rules_are_named_and_the_present_ones_judge(tmp_path: Path) -> None:
    old = audit(tmp_path / "old", [Somebody("a", "fine", "retired-rule")], OLD_TIME, rules_version="older")
    new = audit(tmp_path / "new", [Somebody("a", "problem", "no-photo")])
    done = run("compare", str(old), str(new), "--lang", "en")
    assert done.code == 0
    assert "Verdicts were made again by the present rules" in done.stdout
    assert "  Still undecided    1  Could not be decided, then and now.\n" in done.stdout


def test_what_cannot_be_compared_ends_with_words_and_a_code(tmp_path: Path) -> None:
    old, new = two(tmp_path)
    done = run("compare", str(new), str(old), "--lang", "en")
    assert (done.code, "was started after" in done.stderr) == (2, True)
    done = run("compare", str(new), str(new), "--lang", "en")
    assert (done.code, "cannot be compared with itself" in done.stderr) == (2, True)
    done = run("compare", str(tmp_path / "nowhere"), str(new), "--lang", "en")
    assert (done.code, "There is no audit at" in done.stderr) == (4, True)
    done = run("compare", str(old), str(tmp_path / "nowhere.duckdb"), "--lang", "en")
    assert (done.code, "There is no audit in" in done.stderr) == (4, True)
    assert run("compare", "a", "b", "c").code == 2
    with open_store(old, read_only=False) as store, store.transaction():
        store.put("schema", "photo-troubleshooter/store/0")
    done = run("compare", str(old), str(new), "--lang", "en")
    assert (done.code, "another version of this program" in done.stderr) == (4, True)
    (old / "audit.duckdb").write_bytes(b"no database" * 1000)
    done = run("compare", str(old), str(new), "--lang", "en")
    assert (done.code, "is damaged or no audit" in done.stderr) == (4, True)


def test_a_place_that_takes_no_file_is_named(tmp_path: Path) -> None:
    old, new = two(tmp_path)
    done = run("compare", str(old), str(new), "--csv", str(tmp_path / "no" / "such.csv"), "--lang", "en")
    assert (done.code, "cannot be written" in done.stderr) == (4, True)


def test_every_class_has_a_name() -> None:
    assert set(NAMES) == set(Change)
