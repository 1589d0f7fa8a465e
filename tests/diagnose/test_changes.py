"""Two audits held against each other: everybody gets one class, and a lost permission is no improvement."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnose.audits import NEW_TIME, OLD_TIME, WHOLE, Somebody, audit
from tests.diagnose.books import book, flag_rule
from troubleshooter.diagnose.changes import CHANGES, META, META_SINCE, PersonChange, compared, write_changes
from troubleshooter.diagnose.changes_classes import (
    AWAY,
    BY_SAMPLE,
    INFERRED,
    STANDINGS,
    STATES,
    UNSEEN,
    Change,
    classify,
)
from troubleshooter.diagnose.changes_stores import latest_earlier
from troubleshooter.diagnose.changes_summary import ChangeSummary
from troubleshooter.diagnose.changes_unreadable import AT_ONCE
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.errors import UsageError
from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.store import Store, open_store
from troubleshooter.evidence.store_file import StoreError, StoreInUse, StoreMissing, StoreOutdated

PROBLEM, WAY, FINE, OPEN = (state.value for state in STATES)
MEANT = {
    (PROBLEM, FINE): "fixed",
    (WAY, FINE): "fixed",
    (FINE, PROBLEM): "new",
    (WAY, PROBLEM): "new",
    (AWAY, PROBLEM): "new",
    (OPEN, PROBLEM): "found",
    (UNSEEN, PROBLEM): "found",
    (PROBLEM, PROBLEM): "same",
    (PROBLEM, OPEN): "became_undecided",
    (WAY, OPEN): "became_undecided",
    (FINE, OPEN): "became_undecided",
    (OPEN, OPEN): "still_undecided",
    (OPEN, FINE): "decided",
    (OPEN, WAY): "decided",
    (PROBLEM, WAY): "under_way",
    (FINE, WAY): "under_way",
    (FINE, FINE): "unchanged",
    (WAY, WAY): "unchanged",
    **{(AWAY, state): "joined" for state in (FINE, WAY, OPEN)},
    **{(UNSEEN, state): "first_look" for state in (FINE, WAY, OPEN)},
    **{(state, AWAY): "left" for state in (PROBLEM, WAY, FINE, OPEN)},
    **{(state, UNSEEN): "not_looked_at" for state in (PROBLEM, WAY, FINE, OPEN)},
}
# Who was fine by sample is fine in every way but one: nobody looked, so a problem may be an old one.
for (then, now), meant in list(MEANT.items()):
    for pair in {(INFERRED if then == FINE else then, now), (then, INFERRED if now == FINE else now)}:
        MEANT.setdefault(pair, meant)
MEANT[INFERRED, INFERRED] = "unchanged"
MEANT[INFERRED, PROBLEM] = "found"


def look(old: Path, new: Path) -> tuple[ChangeSummary, dict[str, PersonChange]]:
    with compared(new, old) as comparison:
        found = list(comparison.people())
    assert len({one.person_id for one in found}) == len(found)
    return comparison.summary, {one.person_id: one for one in found}


def classes(old: Path, new: Path) -> dict[str, str]:
    return {name: one.change.value for name, one in look(old, new)[1].items()}


def test_every_pair_of_standings_has_the_class_it_means_and_every_class_is_meant() -> None:
    pairs = {pair for pair in product(STANDINGS, STANDINGS) if not set(pair) <= {AWAY, UNSEEN}}
    assert set(MEANT) == pairs
    assert {pair: classify(*pair).value for pair in pairs} == MEANT
    assert set(MEANT.values()) == set(Change)
    assert all(change.meaning for change in Change)
    with pytest.raises(ValueError, match="neither"):
        classify(AWAY, UNSEEN)


STATE = st.sampled_from([None, PROBLEM, WAY, FINE, OPEN])
PEOPLE = st.dictionaries(st.text("abc'\"", min_size=1, max_size=3), st.tuples(STATE, STATE), max_size=12)


@settings(max_examples=20, deadline=None)
@given(people=PEOPLE, old_whole=st.booleans(), new_whole=st.booleans())
def test_everybody_of_either_store_has_exactly_one_class(
    people: Mapping[str, tuple[str | None, str | None]], old_whole: bool, new_whole: bool
) -> None:
    with TemporaryDirectory() as place:
        folders = []
        for number, (at, whole) in enumerate(((OLD_TIME, old_whole), (NEW_TIME, new_whole))):
            seen = [Somebody(name, both[number]) for name, both in people.items() if both[number]]
            chosen = WHOLE if whole else {**WHOLE, "sample": 5}
            folders.append(audit(Path(place) / str(number), seen, at, settings=chosen))
        summary, found = look(*folders)
    wanted = {
        name: MEANT[then or (AWAY if old_whole else UNSEEN), now or (AWAY if new_whole else UNSEEN)]
        for name, (then, now) in people.items()
        if then or now
    }
    assert {name: one.change.value for name, one in found.items()} == wanted
    assert sum(summary.counts.values()) == len(wanted)


def test_what_is_said_of_each_person_and_of_all(tmp_path: Path) -> None:
    old = audit(
        tmp_path / "old",
        [
            Somebody("fixed", PROBLEM, "no-photo"),
            Somebody("same", PROBLEM, "no-photo"),
            Somebody("other", PROBLEM, "no-photo"),
            Somebody("lost", PROBLEM, "no-photo"),
            Somebody("left", FINE, "fine-everywhere", {"person.user_principal_name": "left@contoso.example"}),
        ],
        OLD_TIME,
        run={"run.permissions": ["User.Read.All", "Sites.Read.All"]},
    )
    new = audit(
        tmp_path / "new",
        [
            Somebody("fixed", FINE, "fine-everywhere"),
            Somebody("same", PROBLEM, "no-photo"),
            Somebody("other", PROBLEM, "image-too-small"),
            Somebody("lost", OPEN),
            Somebody("new", PROBLEM, "no-photo", {"person.display_name": "=cmd|' /C calc'!A0"}),
        ],
        run={"run.permissions": ["User.Read.All", "ProfilePhoto.Read.All"]},
    )
    summary, found = look(old, new)
    assert {name: one.change.value for name, one in found.items()} == {
        "fixed": "fixed",
        "same": "same",
        "other": "same",
        "lost": "became_undecided",
        "left": "left",
        "new": "new",
    }
    assert (found["left"].user_principal_name, found["left"].new_state) == ("left@contoso.example", "")
    assert (found["new"].display_name, found["new"].old_state) == ("=cmd|' /C calc'!A0", "")
    assert (found["other"].old_cause, found["other"].new_cause) == ("no-photo", "image-too-small")
    assert summary.same_other_cause == 1
    assert [(one.change.value, one.cause, one.people) for one in summary.causes] == [
        ("fixed", "no-photo", 1),
        ("left", "fine-everywhere", 1),
        ("new", "no-photo", 1),
        ("same", "image-too-small", 1),
        ("same", "no-photo", 1),
    ]
    assert (summary.gained, summary.lost) == (("ProfilePhoto.Read.All",), ("Sites.Read.All",))
    assert (summary.old.started_at, summary.new.finished_at) == (OLD_TIME, NEW_TIME)


def test_permissions_that_one_audit_does_not_know_are_neither_lost_nor_gained(tmp_path: Path) -> None:
    somebody = Somebody("a", facts={"run.permissions": ("User.Read.All",)})
    old = audit(tmp_path / "old", [somebody], OLD_TIME)
    new = audit(tmp_path / "new", [Somebody("a")])
    summary, _ = look(old, new)
    assert (summary.gained, summary.lost) == (None, None)
    shutil.rmtree(new)
    audit(new, [Somebody("a")], run={"run.permissions": []})
    assert look(old, new)[0].lost == ("User.Read.All",)


@pytest.mark.parametrize(
    "meta",
    [
        {"settings": {**WHOLE, "where": "department eq 'Sales'"}},
        {"settings": {**WHOLE, "sample": 100}},
        {"settings": None},
        {"finished_at": None},
        {"not_looked_at": {"where": 12}},
        {"not_looked_at": {"sample": 12}},
    ],
)
def test_who_was_perhaps_not_looked_at_has_not_left_and_is_not_new(
    tmp_path: Path, meta: dict[str, object]
) -> None:
    one, other = Somebody("one", PROBLEM, "no-photo"), Somebody("other", PROBLEM, "no-photo")
    old = audit(tmp_path / "old", [one, other], OLD_TIME)
    new = audit(tmp_path / "new", [one], **meta)
    assert classes(old, new) == {"one": "same", "other": "not_looked_at"}
    old = audit(tmp_path / "partial", [one], OLD_TIME, **meta)
    new = audit(tmp_path / "whole", [one, other])
    assert classes(old, new) == {"one": "same", "other": "found"}
    assert look(old, new)[0].old.partial


def test_who_was_listed_but_left_out_or_not_reached_has_not_left(tmp_path: Path) -> None:
    everybody = [Somebody(name) for name in ("out", "reached", "gone")]
    old = audit(tmp_path / "old", everybody, OLD_TIME)
    new = audit(tmp_path / "new", [])
    with open_store(new, read_only=False) as store, store.transaction():
        store.insert("left_out", [("out", "sample")])
        store.insert("roster", [(1, "reached", None, "{}", 1), (2, None, None, "{}", 1)])
    assert classes(old, new) == {"out": "not_looked_at", "reached": "not_looked_at", "gone": "left"}


def test_a_list_of_people_with_a_hole_proves_that_nobody_has_left(tmp_path: Path) -> None:
    old, new = audit(tmp_path / "old", [Somebody("a")], OLD_TIME), audit(tmp_path / "new", [])
    with open_store(new, read_only=False) as store, store.transaction():
        store.insert("pages", [("library", 1, None, True, "")])
    assert classes(old, new) == {"a": "left"}
    with open_store(new, read_only=False) as store, store.transaction():
        store.insert("pages", [("users/a", 2, None, True, "")])
    assert classes(old, new) == {"a": "not_looked_at"}


def test_guests_and_rooms_that_are_no_longer_included_have_not_left(tmp_path: Path) -> None:
    old = audit(
        tmp_path / "old",
        [
            Somebody("guest", facts={"directory.user_type": "guest", "mailbox.purpose": "user"}),
            Somebody("room", facts={"directory.user_type": "member", "mailbox.purpose": "room"}),
            Somebody("member", facts={"directory.user_type": "member", "mailbox.purpose": "user"}),
            Somebody("unknown", facts={"directory.user_type": "member"}),
        ],
        OLD_TIME,
        settings={**WHOLE, "include": ["guests", "rooms"]},
    )
    assert classes(old, audit(tmp_path / "neither", [])) == {
        "guest": "not_looked_at",
        "room": "not_looked_at",
        "member": "left",
        "unknown": "not_looked_at",
    }
    rooms = audit(tmp_path / "rooms", [], settings={**WHOLE, "include": ["rooms"]})
    assert classes(old, rooms) == {
        "guest": "not_looked_at",
        "room": "left",
        "member": "left",
        "unknown": "left",
    }


def test_what_could_no_longer_be_read_is_counted_by_reason_and_permission(tmp_path: Path) -> None:
    read = {"photo.present": True, "photo.width": 648, "mailbox.purpose": "user"}
    denied, sites = GapReason.DENIED, "SharePoint Sites.Read.All"
    old = audit(
        tmp_path / "old",
        [Somebody(name, FINE, "", read) for name in ("a", "b", "c", "still fine", "nothing lost")],
        OLD_TIME,
    )
    both = {"photo.present": (denied, sites), "photo.width": (denied, sites)}
    new = audit(
        tmp_path / "new",
        [
            Somebody("a", OPEN, "", {"mailbox.purpose": "user"}, both),
            Somebody("b", OPEN, "", {}, {**both, "mailbox.purpose": (GapReason.THROTTLED, "")}),
            Somebody(
                "c",
                OPEN,
                "",
                {"photo.present": False, "mailbox.purpose": "user"},
                {"photo.width": (GapReason.NOT_APPLICABLE, ""), "sharepoint.status": (denied, sites)},
            ),
            Somebody("still fine", FINE, "", {}, both),
            Somebody("nothing lost", OPEN, "", read),
        ],
    )
    summary, _ = look(old, new)
    assert [(one.reason, one.permission, one.people, one.facts) for one in summary.unreadable] == [
        ("denied", sites, 2, ("photo.present", "photo.width")),
        ("throttled", "", 1, ("mailbox.purpose",)),
    ]
    assert (summary.counts[Change.BECAME_UNDECIDED], summary.undecided_otherwise) == (4, 2)


def test_more_people_than_are_looked_at_together_are_counted_once_each(tmp_path: Path) -> None:
    count = AT_ONCE + 7
    read = {"photo.present": True}
    refused = {"photo.present": (GapReason.DENIED, "P")}
    old = audit(tmp_path / "old", [Somebody(str(n), FINE, "", read) for n in range(count)], OLD_TIME)
    new = audit(tmp_path / "new", [Somebody(str(n), OPEN, "", {}, refused) for n in range(count)])
    summary, _ = look(old, new)
    assert [(one.people, one.facts) for one in summary.unreadable] == [(count, ("photo.present",))]
    assert summary.undecided_otherwise == 0


def test_a_photo_has_changed_only_where_that_is_known(tmp_path: Path) -> None:
    def photo(name: str, sha: str = "", mark: str = "", present: bool | None = True) -> Somebody:
        facts = {"photo.sha256": sha, "photo.fingerprint": mark, "photo.present": present, "photo.etag": name}
        return Somebody(name, facts={path: value for path, value in facts.items() if value not in ("", None)})

    old = [
        photo("same file", "1", "a"),
        photo("other file", "1", "a"),
        photo("same picture saved anew", "1", "a"),
        photo("not downloaded now", "1", "a"),
        photo("removed", "1", "a"),
        photo("never one", present=False),
        photo("first one", present=False),
        photo("refused", "1", "a"),
    ]
    new = [
        photo("same file", "1", "a"),
        photo("other file", "2", "b"),
        photo("same picture saved anew", "2", "a"),
        photo("not downloaded now"),
        photo("removed", present=False),
        photo("never one", present=False),
        photo("first one", "2", "b"),
        photo("refused", present=None),
    ]
    summary, found = look(audit(tmp_path / "old", old, OLD_TIME), audit(tmp_path / "new", new))
    assert {name: one.changed_photo for name, one in found.items()} == {
        "same file": False,
        "other file": True,
        "same picture saved anew": False,
        "not downloaded now": None,
        "removed": True,
        "never one": False,
        "first one": True,
        "refused": None,
    }
    assert summary.photos_changed == 3


def test_the_audit_keeps_the_table_in_its_own_store_and_the_earlier_one_stays_as_it_was(
    tmp_path: Path,
) -> None:
    old = audit(tmp_path / "it's old", [Somebody("a", PROBLEM, "no-photo")], OLD_TIME)
    new = audit(tmp_path / "new", [Somebody("a", FINE, "fine-everywhere")])
    before = (old / "audit.duckdb").read_bytes()
    for _ in range(2):
        with open_store(new, read_only=False) as store:
            summary = write_changes(store, old)
    with open_store(new) as store:
        rows = store.query(f"SELECT * FROM {CHANGES}")
        assert rows == [("a", "fixed", "problem", "no-photo", "fine", "fine-everywhere", None)]
        assert store.get(META) == summary.data
        assert store.get(META_SINCE) == OLD_TIME.isoformat()
    assert (old / "audit.duckdb").read_bytes() == before


def test_comparing_two_finished_audits_writes_nothing(tmp_path: Path) -> None:
    folders = [
        audit(tmp_path / name, [Somebody("a")], at) for name, at in (("old", OLD_TIME), ("new", NEW_TIME))
    ]
    before = [(folder / "audit.duckdb").read_bytes() for folder in folders]
    assert classes(*folders) == {"a": "unchanged"}
    assert [(folder / "audit.duckdb").read_bytes() for folder in folders] == before
    assert [sorted(path.name for path in folder.iterdir()) for folder in folders] == [["audit.duckdb"]] * 2


def test_other_rules_are_no_improvement(tmp_path: Path) -> None:
    rulebook = book(tmp_path / "rules", {"blocked": flag_rule("directory.account_enabled")})
    enabled = {"directory.account_enabled": True}
    old = audit(tmp_path / "old", [Somebody("a", FINE, "old-rule", enabled)], OLD_TIME, rules_version="older")
    new = audit(
        tmp_path / "new", [Somebody("a", PROBLEM, "blocked", enabled)], rules_version=rulebook.version
    )
    summary, found = look(old, new)
    assert (found["a"].change.value, summary.rules_differ) == ("new", True)
    with compared(new, old, lambda: rulebook) as comparison:
        (person,) = comparison.people()
    assert (person.change.value, person.old_cause) == ("same", "blocked")
    assert (comparison.summary.judged_again, comparison.summary.rules_differ) == (("old",), False)
    with open_store(new, read_only=False) as store:
        assert write_changes(store, old, lambda: rulebook).judged_again == ("old",)


def test_verdicts_made_anew_know_what_each_audit_found_out_of_all_its_people(tmp_path: Path) -> None:
    rule = flag_rule("run.profiles_sampled > 100").replace("{ run.profiles_sampled > 100 =", "{ no =")
    rule = rule.replace("{ no = true }", "{ run.profiles_sampled = 101 }")
    rule = rule.replace("{ no = false }", "{ run.profiles_sampled = 100 }")
    rulebook = book(tmp_path / "rules", {"many": rule})
    old = audit(tmp_path / "old", [Somebody("a")], OLD_TIME, run={"run.profiles_sampled": 50})
    new = audit(tmp_path / "new", [Somebody("a")], run={"run.profiles_sampled": 500}, rules_version="2")
    with compared(new, old, lambda: rulebook) as comparison:
        (person,) = comparison.people()
    assert (person.old_state, person.new_state, person.new_cause) == ("undecided", "problem", "many")


def test_an_audit_without_verdicts_is_judged_or_refused(tmp_path: Path) -> None:
    rulebook = book(tmp_path / "rules", {"blocked": flag_rule("directory.account_enabled")})
    somebody = Somebody("a", FINE, "", {"directory.account_enabled": True})
    old, new = audit(tmp_path / "old", [somebody], OLD_TIME), audit(tmp_path / "new", [somebody])
    with open_store(new, read_only=False) as store, store.transaction():
        store.connection.execute("DROP TABLE verdicts")
    with pytest.raises(StoreError, match="has no verdicts"):
        look(old, new)
    with compared(new, old, lambda: rulebook) as comparison:
        assert [one.change.value for one in comparison.people()] == ["same"]
    assert comparison.summary.judged_again == ("old", "new")


def test_what_cannot_be_compared_is_refused_with_the_reason(tmp_path: Path) -> None:
    old, new = audit(tmp_path / "old", [Somebody("a")], OLD_TIME), audit(tmp_path / "new", [Somebody("a")])
    with pytest.raises(UsageError, match="with itself"):
        look(new, new / "audit.duckdb")
    with pytest.raises(UsageError, match="started after"):
        look(new, old)
    with pytest.raises(StoreMissing, match="no audit at"):
        look(tmp_path / "nowhere", new)
    tenants = [
        audit(tmp_path / name, [Somebody(name)], at, run={"run.tenant": name})
        for name, at in (("contoso", OLD_TIME), ("fabrikam", NEW_TIME))
    ]
    with pytest.raises(UsageError, match="two tenants"):
        look(*tenants)
    with Store(old / "audit.duckdb"), pytest.raises(StoreInUse):
        look(old, new)
    with open_store(old, read_only=False) as store, store.transaction():
        store.put("schema", "photo-troubleshooter/store/0")
    with pytest.raises(StoreOutdated):
        look(old, new)


def test_a_refusal_leaves_the_newer_store_as_it_was(tmp_path: Path) -> None:
    old = audit(tmp_path / "old", [Somebody("a")], OLD_TIME, run={"run.tenant": "contoso"})
    new = audit(tmp_path / "new", [Somebody("b")], run={"run.tenant": "fabrikam"})
    with open_store(new, read_only=False) as store:
        with pytest.raises(UsageError, match="two tenants"):
            write_changes(store, old)
        assert store.query("SELECT 1 FROM duckdb_tables() WHERE table_name = 'changes'") == []
        assert store.get(META) is None


def test_one_tenant_named_in_two_ways_is_one_tenant(tmp_path: Path) -> None:
    old = audit(tmp_path / "old", [Somebody("a")], OLD_TIME, run={"run.tenant": "contoso.example"})
    new = audit(tmp_path / "new", [Somebody("a")], run={"run.tenant": "0b6f0b43"})
    assert classes(old, new) == {"a": "unchanged"}


def test_the_latest_earlier_audit_is_found_by_its_time(tmp_path: Path) -> None:
    assert latest_earlier(tmp_path) is None
    (tmp_path / "earlier").mkdir()
    for name in ("20261101T090000Z.duckdb", "20261108T090000Z.duckdb", "20261109.txt"):
        (tmp_path / "earlier" / name).touch()
    assert latest_earlier(tmp_path) == tmp_path / "earlier" / "20261108T090000Z.duckdb"


def test_a_problem_of_somebody_who_was_fine_by_sample_may_be_an_old_one(tmp_path: Path) -> None:
    people = {"proven": "fine-everywhere", "sampled": BY_SAMPLE[0]}
    old = audit(tmp_path / "old", [Somebody(name, FINE, cause) for name, cause in people.items()], OLD_TIME)
    new = audit(tmp_path / "new", [Somebody(name, PROBLEM, "no-photo") for name in people], NEW_TIME)
    assert classes(old, new) == {"proven": "new", "sampled": "found"}


def test_the_rules_that_rest_on_a_sample_are_known_here() -> None:
    assert {rule.id for rule in load_rules().rules if rule.by_sample} == set(BY_SAMPLE)
