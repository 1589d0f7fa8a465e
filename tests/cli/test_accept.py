"""`accept` as a person runs it: entries are added, listed and removed, and nothing in the file is lost."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.cli.program import Done, run
from tests.diagnose.audits import Somebody, audit
from troubleshooter.diagnose.accepted_file import latest_day, read_accepted, today

ADELE = "adele@contoso.example"
CAUSE = ("--cause", "image-too-small")
HOSTILE = 'no "camera"\n[[accepted]]\nperson = "*"\x7f\u202e=cmd' + "x" * 10_000


def person(name: str, state: str, cause: str) -> Somebody:
    return Somebody(f"id-{name}", state, cause, {"person.user_principal_name": f"{name}@contoso.example"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    people = [
        person("adele", "problem", "image-too-small"),
        person("megan", "problem", "image-too-small"),
        person("open", "undecided", ""),
        person("fixed", "fine", "fine-everywhere"),
        person("way", "on_its_way", "search-index-lag"),
    ]
    return audit(tmp_path / "photo-audit", people)


def soon() -> str:
    return (today() + timedelta(days=30)).isoformat()


def accept(folder: Path, *words: str) -> Done:
    return run("accept", str(folder), *words, "--lang", "en")


def add(folder: Path, *who: str, reason: str = "No camera", until: str = "") -> Done:
    return accept(folder, *who, "--reason", reason, "--until", until or soon(), "--author", "Nestor")


def entries(folder: Path) -> list[dict[str, object]]:
    done = accept(folder, "--list", "--json")
    found: list[dict[str, object]] = json.loads(done.stdout)["entries"]
    return found


def write(folder: Path, *texts: str) -> None:
    (folder / "accepted.toml").write_text("\n".join(texts), encoding="utf-8")


def entry(person: str = ADELE, cause: str = "image-too-small", until: date | None = None) -> str:
    day = until or today()
    return (
        f'[[accepted]]\nperson = "{person}"\ncause = "{cause}"\nreason = "No camera"\nauthor = "Nestor"\n'
        f"until = {day}\nadded_on = {day - timedelta(days=30)}\n"
    )


def test_a_finding_is_accepted_listed_and_removed(folder: Path) -> None:
    done = add(folder, "--person", ADELE, *CAUSE)
    assert (done.code, done.stderr) == (0, "")
    assert "the finding of 1 person." in done.stdout
    file = folder / "accepted.toml"
    assert file.stat().st_mode & 0o077 == 0
    listed = accept(folder, "--list")
    assert (listed.code, listed.stderr) == (0, "")
    assert listed.stdout.startswith(f"{ADELE}, image-too-small: accepted (1 person)\n  until ")
    assert ", by Nestor: No camera\n" in listed.stdout
    removed = accept(folder, "--remove", "--person", ADELE)
    assert (removed.code, entries(folder)) == (0, [])
    assert f'# person = "{ADELE}"\n' in file.read_text(encoding="utf-8")
    assert accept(folder, "--list").stdout == "Nothing is accepted.\n"
    again = accept(folder, "--remove", "--person", ADELE)
    assert (again.code, "has no entry for" in again.stderr) == (2, True)


def test_everybody_with_a_cause_and_one_person_with_any(folder: Path) -> None:
    assert "the findings of 2 people." in add(folder, "--everybody", *CAUSE).stdout
    assert add(folder, "--person", "ID-ADELE", "--any-cause").code == 0
    assert [(one["person"], one["cause"], one["people"]) for one in entries(folder)] == [
        ("*", "image-too-small", 2),
        ("ID-ADELE", "*", 1),
    ]
    assert "everybody, image-too-small: accepted (2 people)" in accept(folder, "--list").stdout
    assert accept(folder, "--remove", "--everybody").code == 0
    assert len(entries(folder)) == 1


def test_the_author_is_the_user_when_nobody_else_is_named(folder: Path) -> None:
    words = ["--person", ADELE, *CAUSE, "--reason", "No camera", "--until", soon()]
    assert run("accept", str(folder), *words, environment={"LOGNAME": "nestor"}).code == 0
    assert entries(folder)[0]["author"] == "nestor"


def test_hostile_words_stay_words(folder: Path) -> None:
    assert add(folder, "--person", ADELE, *CAUSE, reason=HOSTILE).code == 0
    (one,) = read_accepted(folder / "accepted.toml", today()).acceptances
    assert one.reason == HOSTILE
    listed = accept(folder, "--list").stdout
    assert len(listed.splitlines()) == 2
    assert len(listed) < 600


def test_what_cannot_be_accepted_is_refused_with_the_reason(folder: Path) -> None:
    for who, words in (
        (("--person", "open@contoso.example", "--any-cause"), "what nobody knows cannot be accepted."),
        (("--person", "fixed@contoso.example", "--any-cause"), "has no problem in this audit."),
        (("--person", "way@contoso.example", "--any-cause"), "the photo is on its way."),
        (("--person", "nobody@contoso.example", *CAUSE), "Nobody called nobody@contoso.example"),
        (("--person", ADELE, "--cause", "no-photo"), "has another cause: image-too-small."),
        (("--everybody", "--cause", "image-to-small"), "Did you mean image-too-small?"),
        (("--everybody", "--cause", "zzz"), "The causes in this audit are: image-too-small."),
        (("--everybody", "--any-cause"), "would accept everything."),
        (("--person", "*", "--cause", "*"), "would accept everything."),
        (("--person", ADELE, "--everybody", *CAUSE), "contradict each other."),
        (CAUSE, "An accepted finding needs --person."),
        (("--person", ADELE), "An accepted finding needs --cause."),
    ):
        done = add(folder, *who)
        assert (done.code, words in done.stderr) == (2, True), done.stderr
    assert "needs --reason" in add(folder, "--person", ADELE, *CAUSE, reason="  ").stderr
    assert not (folder / "accepted.toml").exists()


def test_the_last_day_is_from_today_to_two_years_ahead(folder: Path) -> None:
    who = ("--person", ADELE, *CAUSE)
    for day in (today() - timedelta(days=1), latest_day(today()) + timedelta(days=1)):
        done = add(folder, *who, until=day.isoformat())
        assert (done.code, "is no day until which" in done.stderr) == (2, True)
    assert add(folder, *who, until="tomorrow").code == 2
    assert add(folder, *who, until=today().isoformat()).code == 0
    second = add(folder, *who, until=latest_day(today()).isoformat())
    assert "There was an entry for it already; the later day holds.\n" in second.stdout


def test_an_expired_entry_and_one_that_fits_nobody_are_loud(folder: Path) -> None:
    yesterday = today() - timedelta(days=1)
    write(folder, entry(until=yesterday), entry("gone@contoso.example"), entry("open@contoso.example"))
    done = accept(folder, "--list")
    assert done.code == 0
    assert done.stderr.startswith(
        "Warning: 1 person has a finding whose acceptance has expired: it counts as a problem again.\n"
        f"  {ADELE}, image-too-small: expired: counts as a problem again (1 person)\n"
    )
    assert "Warning: 2 accepted findings do not apply.\n" in done.stderr
    assert "gone@contoso.example, image-too-small: does not apply: nobody of this name" in done.stderr
    assert "open@contoso.example, image-too-small: does not apply: could not be decided" in done.stderr


def test_faults_are_named_and_nothing_is_lost(folder: Path) -> None:
    mine = entry().replace('"No camera"', '""') + "# my note\n"
    write(folder, mine)
    listed = accept(folder, "--list")
    assert listed.code == 4
    assert "line 4, entry 1: reason is missing, empty or no text." in listed.stderr
    added = add(folder, "--person", "megan@contoso.example", *CAUSE)
    assert (added.code, "entry 1: reason" in added.stderr) == (0, True)
    assert (folder / "accepted.toml").read_text(encoding="utf-8").startswith(mine)
    assert [one["person"] for one in entries(folder)] == ["megan@contoso.example"]


def test_a_file_that_is_no_toml_is_left_alone(folder: Path) -> None:
    write(folder, "[[accepted]", "oops")
    for done in (
        add(folder, "--person", ADELE, *CAUSE),
        accept(folder, "--remove", "--person", ADELE),
        accept(folder, "--list"),
    ):
        assert done.code == 4
        assert "is not valid TOML, so nothing is accepted: " in done.stderr
        assert "line 1" in done.stderr
    assert (folder / "accepted.toml").read_text(encoding="utf-8") == "[[accepted]\noops"


def test_without_an_audit_nothing_can_be_accepted(tmp_path: Path) -> None:
    done = add(tmp_path, "--person", ADELE, *CAUSE)
    assert (done.code, "There is no audit in" in done.stderr) == (4, True)
    assert list(tmp_path.iterdir()) == []
