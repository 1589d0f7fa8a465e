"""Causes that show only across people, over real stores of invented tenants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnose.test_tenant import HEALTHY, NOW
from troubleshooter.diagnose.expression import decide
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.tenant import verdict_table
from troubleshooter.diagnose.tenant_rules import (
    EXPLAINED,
    FINDINGS,
    TenantFinding,
    explained_people,
    load_tenant_rules,
    tenant_findings,
)
from troubleshooter.diagnose.tenant_rules_bounds import answers, row_of
from troubleshooter.diagnose.tenant_rules_facts import Known, Why, aggregate
from troubleshooter.evidence.aggregates import PARTS, TENANT_FACTS, TOPICS
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason, Value
from troubleshooter.evidence.store import Store, open_store

PEOPLE = load_rules()
BOOK = load_tenant_rules()
MY = "contoso-my.sharepoint.com"
META: Mapping[str, object] = {
    "finished_at": NOW.isoformat(),
    "settings": {"where": "", "sample": None, "include": [], "pictures": "needed"},
    "not_looked_at": {"guests": 4},
    "run": {"run.my_site_host": MY, "run.pages_sampled": 100, "run.pages_default": 0},
    "site_usage": {"storage": 1073741824, "percentage": 0.04},
}
SCRIPT = {"sharepoint.timestamp_state": "script_constant", "sharepoint.exchange_sync_state": "off"}
NOTHING_STORED: dict[str, Value | None] = {
    "sharepoint.picture_url": "",
    "sharepoint.picture_url_state": "empty",
    "sharepoint.thumbnails_present": False,
    "sharepoint.thumbnail_is_blank": None,
    "sharepoint.thumbnail_bytes": None,
    "sharepoint.thumbnail_modified_at": None,
    "sharepoint.thumbnail_fingerprint": None,
    "sharepoint.picture_timestamp": NOW - timedelta(days=6),
    "comparison.sharepoint_matches_photo": None,
}
BLANK = {
    "sharepoint.thumbnail_is_blank": True,
    "sharepoint.thumbnail_bytes": 1337,
    "comparison.sharepoint_matches_photo": False,
}


def person(number: int, changes: Mapping[str, Value | None] | None = None, **gaps: GapReason) -> Evidence:
    """A healthy person with some facts changed; None takes a fact away, `gaps` say why (group__name)."""
    reasons = {path.replace("__", "."): reason for path, reason in gaps.items()}
    facts: dict[str, Value | None] = {
        **HEALTHY,
        "person.id": str(number),
        "sharepoint.picture_url": f"https://{MY}/User%20Photos/Profile%20Pictures/p{number}_MThumb.jpg",
        "sharepoint.folder_name": "Profile Pictures",
        "sharepoint.indexed_file_exists": True,
        "sharepoint.thumbnail_bytes": 4000 + number,
        "sharepoint.thumbnail_fingerprint": f"{number:016x}",
        "sharepoint.thumbnail_modified_at": NOW - timedelta(days=2 + number % 300),
        **(changes or {}),
        **dict.fromkeys(reasons),
    }
    builder = EvidenceBuilder()
    for path, value in facts.items():
        if value is not None:
            builder.know(path, value)
    for path, reason in reasons.items():
        builder.miss(path, reason, permission="Some.Permission" if reason is GapReason.DENIED else "")
    return builder.build()


def crowd(count: int, changes: Mapping[str, Value | None] | None = None, **gaps: GapReason) -> list[Evidence]:
    return [person(10_000 + number, changes, **gaps) for number in range(count)]


def in_bulk(count: int) -> list[Evidence]:
    """People about whom all lists agree, so that their profiles were not read."""
    unread = (
        "profile_exists", "status", "object_id_state", "picture_url", "picture_url_state",
        "file_stem_matches", "timestamp_state", "picture_timestamp", "placeholder_state",
        "exchange_sync_state", "home_host", "home_host_matches", "search_state", "served_is_default_image",
    )  # fmt: skip
    gaps = {f"sharepoint__{name}": GapReason.NOT_COLLECTED for name in unread}
    return [person(number, **gaps) for number in range(count)]


def healthy(count: int) -> list[Evidence]:
    return [person(number) for number in range(count)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, read_only=False) as opened:
        yield opened


def fill(store: Store, people: Iterable[Evidence], **meta: object) -> Store:
    with store.transaction():
        store.add_people(people)
    for key, value in {**META, **meta}.items():
        if value is not None:
            store.put(key, value)
    return store


def found(store: Store, people: Iterable[Evidence], **meta: object) -> dict[str, TenantFinding]:
    """The findings by rule, without verdicts: so nobody is explained."""
    return {one.rule.id: one for one in tenant_findings(fill(store, people, **meta), BOOK)}


def explained(store: Store, people: Iterable[Evidence], **meta: object) -> dict[str, TenantFinding]:
    """The findings by rule, with the people they explain."""
    verdict_table(fill(store, people, **meta), PEOPLE)
    return {one.rule.id: one for one in tenant_findings(store, BOOK)}


def true(findings: Mapping[str, TenantFinding]) -> set[str]:
    return {name for name, one in findings.items() if one.verdict}


def at_elsewhere(count: int) -> list[Evidence]:
    old = "https://fabrikam-my.sharepoint.com/User%20Photos/Profile%20Pictures/x_MThumb.jpg"
    other = "https://pictures.example.net/faces/x.jpg"
    state: dict[str, Value | None] = {
        "sharepoint.picture_url_state": "elsewhere",
        "sharepoint.indexed_file_exists": False,
    }
    return [
        person(20_000 + number, state | {"sharepoint.picture_url": old if number else other})
        for number in range(count)
    ]


def in_other_folder(count: int) -> list[Evidence]:
    url = f"https://{MY}/User%20Photos/Profielafbeeldingen/x_MThumb.jpg"
    return crowd(
        count,
        NOTHING_STORED
        | {
            "sharepoint.picture_url": url,
            "sharepoint.picture_url_state": "dead",
            "sharepoint.thumbnails_present": False,
        },
    )


def not_written_since(days: int, tries: int) -> list[Evidence]:
    written: dict[str, Value | None] = {"sharepoint.thumbnail_modified_at": NOW - timedelta(days=days)}
    return [person(number, written) for number in range(200)] + crowd(tries, NOTHING_STORED)


UNFIT = {"photo.present": None, "photo.status": 503}
PATTERNS: dict[str, tuple[Callable[[], list[Evidence]], Mapping[str, object], set[str], int]] = {
    "the service failed": (
        lambda: healthy(60) + crowd(30, UNFIT, photo__present=GapReason.SERVICE_ERROR),
        {}, {"service-fails-for-many"}, 30,
    ),
    "pages show the grey figure": (
        lambda: healthy(60) + crowd(3, {"sharepoint.served_is_default_image": True}),
        {"run": {"run.pages_sampled": 60, "run.pages_default": 58}}, {"pages-show-no-photos"}, 3,
    ),
    "pictures turned blank in an afternoon": (
        lambda: healthy(200)
        + crowd(40, {**BLANK, "sharepoint.thumbnail_modified_at": NOW - timedelta(hours=30)})
        + [person(30_000 + n, {**BLANK, "sharepoint.thumbnail_modified_at": NOW - timedelta(days=50 + 9 * n)})
           for n in range(5)],
        {}, {"pictures-overwritten-blank"}, 40,
    ),
    "the My Site host is full": (
        lambda: healthy(60) + crowd(4, NOTHING_STORED),
        {"site_usage": {"storage": 27487790694400, "percentage": 0.997}}, {"my-site-host-nearly-full"}, 4,
    ),
    "nothing was written for three weeks": (
        lambda: not_written_since(21, 15), {}, {"no-picture-is-written"}, 15,
    ),
    "nearly every try brought nothing": (
        lambda: crowd(30, NOTHING_STORED) + healthy(3), {}, {"no-picture-is-written"}, 30,
    ),
    "photos come from on premises": (
        lambda: [person(n, {"policy.photo_source": "on_premises"}) for n in range(40)]
        + crowd(6, {"policy.photo_source": "on_premises", "photo.present": False, "photo.status": 404}),
        {}, {"photos-from-on-premises-only"}, 6,
    ),
    "photos are left to roles": (
        lambda: [person(n, {"policy.roles_restricted": True}) for n in range(40)]
        + crowd(6, {"policy.roles_restricted": True, "photo.present": False, "photo.status": 404}),
        {}, {"photos-left-to-roles"}, 6,
    ),
    "a tool uploaded pictures": (
        lambda: healthy(100) + crowd(25, {**SCRIPT, "comparison.sharepoint_matches_photo": False}),
        {}, {"upload-tool-ran"}, 25,
    ),
    "addresses on an old host": (
        lambda: healthy(100) + at_elsewhere(31), {}, {"pictures-on-another-host"}, 30,
    ),
    "addresses in another folder": (
        lambda: healthy(100) + in_other_folder(25), {}, {"pictures-in-another-folder"}, 25,
    ),
    "a closed picture library": (
        lambda: crowd(
            40, {path: None for path in NOTHING_STORED if "thumbnail_" in path},
            sharepoint__thumbnails_present=GapReason.DENIED,
        ),
        {}, {"picture-library-closed"}, 0,
    ),
    "photos may not be read": (
        lambda: crowd(40, {"photo.present": None, "photo.status": 403}, photo__present=GapReason.DENIED),
        {}, {"reading-refused-for-nearly-all"}, 40,
    ),
    "a logo for everybody": (
        lambda: healthy(100)
        + crowd(30, {"sharepoint.thumbnail_bytes": 2222, "sharepoint.thumbnail_fingerprint": "f00d"}),
        {}, {"one-picture-for-many"}, 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_across_people_is_found_and_explains_its_people(store: Store, name: str) -> None:
    people, meta, rules, count = PATTERNS[name]
    findings = explained(store, people(), **meta)
    assert true(findings) == rules
    assert {rule: findings[rule].people for rule in rules} == dict.fromkeys(rules, count)
    assert explained_people(store) == count


def test_every_rule_has_a_pattern() -> None:
    assert {rule for *_, rules, _ in PATTERNS.values() for rule in rules} == {rule.id for rule in BOOK.rules}


def test_nothing_is_said_of_an_ordinary_tenant_that_could_be_read(store: Store) -> None:
    few = [person(901, NOTHING_STORED), person(902, SCRIPT), person(903, {**BLANK}), *at_elsewhere(2)]
    assert found(store, [*healthy(300), *few]) == {}


def test_nothing_stays_open_where_lists_agree_and_profiles_were_not_read(store: Store) -> None:
    findings = found(store, in_bulk(300) + crowd(3, NOTHING_STORED))
    assert findings == {}
    facts = aggregate(store)
    assert facts["tenant.copying_off_share"] == Known(0.0, 0.0)
    assert (facts["tenant.copying_off_of"].value, facts["tenant.profiles_known"].value) == (303, 3)


@pytest.mark.parametrize(
    "name", ["a tool uploaded pictures", "addresses on an old host", "addresses in another folder"]
)
def test_patterns_of_profiles_show_beside_people_whose_profiles_were_not_read(
    store: Store, name: str
) -> None:
    people, meta, rules, _ = PATTERNS[name]
    troubled = [one for one in people() if int(one.person.id or 0) >= 10_000]
    findings = found(store, in_bulk(100) + troubled, **meta)
    assert true(findings) == rules
    assert all(one.verdict for one in findings.values())


@pytest.mark.parametrize("name", PATTERNS)
def test_three_people_show_nothing_about_a_tenant(store: Store, name: str) -> None:
    people, *_ = PATTERNS[name]
    run = {"run.pages_sampled": 3, "run.pages_default": 3}
    assert true(found(store, people()[-3:], run=run)) == set()


def test_an_empty_audit_says_nothing(store: Store) -> None:
    assert true(found(store, [])) == set()


OF_A_PART: dict[str, Mapping[str, object]] = {
    "a sample": {"settings": {"sample": 200, "where": ""}},
    "a filter": {"settings": {"sample": None, "where": "department = 'Sales'"}},
    "a filter that the totals tell": {"not_looked_at": {"where": 800}},
    "an unfinished audit": {"finished_at": ""},
    "a list of people that could not be read to its end": {"incomplete": "The list runs in a circle."},
    "an audit that does not say how it was made": {"settings": None},
}
# These rest on a reading of the tenant itself and on counts, which a part bounds from below.
ALSO_OF_A_PART = {
    "my-site-host-nearly-full",
    "photos-from-on-premises-only",
    "photos-left-to-roles",
    "pictures-overwritten-blank",
}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_part_of_the_tenant_supports_no_share(store: Store, name: str) -> None:
    people, meta, rules, _ = PATTERNS[name]
    fill(store, people(), **meta)
    for part, changes in OF_A_PART.items():
        for key, value in {"incomplete": "", **META, **meta, **changes}.items():
            store.put(key, value)
        findings = {one.rule.id: one for one in tenant_findings(store, BOOK)}
        assert true(findings) == rules & ALSO_OF_A_PART, part
        for rule in rules - ALSO_OF_A_PART:
            assert findings[rule].verdict is None
            reasons = {findings[rule].facts[path].why for path in findings[rule].needs}
            assert reasons & {Why.PART, Why.UNFINISHED}, part


def test_where_nothing_may_be_read_only_that_is_found(store: Store) -> None:
    gone = {path: None for path in HEALTHY if path.startswith(("sharepoint.", "photo.", "comparison."))}
    denied = dict.fromkeys(("photo__present", "sharepoint__profile_exists"), GapReason.DENIED)
    findings = found(store, crowd(80, gone, **denied), run={}, site_usage=None)
    assert true(findings) == {"reading-refused-for-nearly-all"}
    facts = aggregate(store)
    assert (facts["tenant.no_picture_people"].value, facts["tenant.no_picture_people"].at_most) == (0, 80)
    assert facts["tenant.no_picture_share"].value is None
    assert findings["upload-tool-ran"].verdict is None
    assert "tenant.copying_off_people" in findings["upload-tool-ran"].needs


OFF: dict[str, Value | None] = {
    "sharepoint.exchange_sync_state": "off",
    "comparison.sharepoint_matches_photo": False,
}


def of_unread_profiles(count: int) -> list[Evidence]:
    """People with another picture in SharePoint, whose switch is not known."""
    return [person(n, OFF | {"sharepoint.exchange_sync_state": None}) for n in range(count)]


def test_a_lower_bound_is_enough_where_most_profiles_were_not_read(store: Store) -> None:
    findings = found(store, of_unread_profiles(100) + crowd(30, OFF))
    off = aggregate(store)["tenant.copying_off_people"]
    assert (off.value, off.at_most, off.why) == (30, 130, Why.NOT_READ)
    assert "upload-tool-ran" in true(findings)


def test_what_was_not_read_keeps_a_rule_open_and_is_named(store: Store) -> None:
    findings = found(store, of_unread_profiles(100) + crowd(8, OFF))
    assert findings["upload-tool-ran"].verdict is None
    assert findings["upload-tool-ran"].needs == ("tenant.copying_off_people", "tenant.copying_off_share")
    assert findings["upload-tool-ran"].people == 0


def test_a_rule_that_a_true_one_explains_is_its_symptom(store: Store) -> None:
    full = {"storage": 27487790694400, "percentage": 1.0}
    findings = explained(store, not_written_since(21, 15), site_usage=full)
    assert true(findings) == {"my-site-host-nearly-full", "no-picture-is-written"}
    assert findings["no-picture-is-written"].explained_by == "my-site-host-nearly-full"
    assert next(iter(findings)) == "my-site-host-nearly-full"
    assert explained_people(store) == 15


def test_guests_are_no_members_of_a_topic(store: Store) -> None:
    guests = crowd(40, {**NOTHING_STORED, "directory.user_type": "guest"})
    assert found(store, [*healthy(60), *guests]) == {}


def test_the_findings_stand_in_the_store_and_are_written_anew(store: Store) -> None:
    people, meta, *_ = PATTERNS["a tool uploaded pictures"]
    explained(store, people(), **meta)
    tenant_findings(store, BOOK)
    rows = store.query(f"SELECT rule, verdict, facts FROM {FINDINGS}")
    assert [(rule, verdict) for rule, verdict, _ in rows] == [("upload-tool-ran", True)]
    facts = json.loads(rows[0][2])
    assert facts["tenant.script_written_people"] == 25
    assert facts["tenant.copying_off_share"] == 0.2
    assert store.query(f"SELECT count(*), min(cause) FROM {EXPLAINED}") == [(25, "script-constant")]


def test_bounds_stand_in_the_store_as_bounds(store: Store) -> None:
    found(store, of_unread_profiles(100) + crowd(8, OFF))
    ((facts,),) = store.query(f"SELECT facts FROM {FINDINGS} WHERE rule = 'upload-tool-ran'")
    assert json.loads(facts)["tenant.copying_off_people"] == {"at_least": 8, "at_most": 108}


def test_a_store_without_verdicts_still_has_findings(store: Store) -> None:
    people, *_ = PATTERNS["a tool uploaded pictures"]
    (finding,) = found(store, people()).values()
    assert (finding.rule.id, finding.people, explained_people(store)) == ("upload-tool-ran", 0, 0)


HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe",
    "a" * 10_000,
    "%FF%00/../",
    "'; --",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_addresses_are_facts_like_others(store: Store, text: str) -> None:
    changes: dict[str, Value | None] = {
        "sharepoint.folder_name": text,
        "sharepoint.picture_url": f"https://{MY}/User%20Photos/{text}/x_MThumb.jpg",
        "sharepoint.home_host": text,
    }
    facts = aggregate(fill(store, crowd(30, changes)))
    assert facts["tenant.picture_folder"].value == text
    assert facts["tenant.elsewhere_host"].value == ""
    odd: dict[str, Value | None] = {
        "sharepoint.picture_url": f"https://{text}/x",
        "sharepoint.picture_url_state": "elsewhere",
    }
    with store.transaction():
        store.add_people([person(1, odd)])
    assert aggregate(store)["tenant.elsewhere_host"].value in ("", text)


@pytest.mark.parametrize(
    "usage",
    [None, {}, [], "full", {"percentage": "1"}, {"percentage": -1}, {"percentage": 98}, {"percentage": True}],
)
def test_storage_that_makes_no_sense_is_unknown(store: Store, usage: object) -> None:
    facts = aggregate(fill(store, healthy(3), site_usage=usage))
    assert facts["tenant.my_site_storage_share"].value is None


def test_the_library_listing_names_the_folder_that_holds_most_files(store: Store) -> None:
    fill(store, [person(n, {"sharepoint.folder_name": None}) for n in range(30)])
    rows = [
        ("/User Photos/Slike profila", f"p{n}_LThumb.jpg", f"p{n}", 4000, "2026-11-20T10:00:00Z", 1)
        for n in range(90)
    ]
    store.insert("library", [*rows, ("/User Photos/Profile Pictures", "x_LThumb.jpg", "x", 4000, "", 1)])
    facts = aggregate(store)
    assert facts["tenant.picture_folder"].value == "Slike profila"
    assert facts["tenant.picture_folders"].value == ("Slike profila", "Profile Pictures")
    assert facts["tenant.picture_folder_localised"].value is True


def test_people_who_do_not_agree_on_the_policy_leave_it_unknown(store: Store) -> None:
    mixed = [person(n, {"policy.photo_source": "cloud" if n else "on_premises"}) for n in range(30)]
    assert aggregate(fill(store, mixed))["tenant.photo_source"].value is None


def test_shares_are_over_the_people_for_whom_it_is_known(store: Store) -> None:
    facts = aggregate(fill(store, [*healthy(75), *crowd(25, {"photo.present": False})]))
    assert facts["tenant.no_photo_share"] == Known(0.25, 0.25)
    assert (facts["tenant.no_photo_of"].value, facts["tenant.no_photo_unknown"].value) == (100, 0)
    assert facts["tenant.copying_off_of"].value == 75


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_reading_more_people_never_reverses_an_answer(data: st.DataObject) -> None:
    """Bounds that narrow, and facts that become known, decide a rule and never turn it round."""
    before, after = {}, {}
    for path, info in TENANT_FACTS.items():
        before[path], after[path] = data.draw(_narrowing(info.kind, info.bounded, info.choices))
    old, new = answers(BOOK.expressions, [row_of(before), row_of(after)])
    for rule, node, was, is_now in zip(BOOK.rules, BOOK.expressions, old, new, strict=True):
        assert was is None or was is is_now, rule.id
        assert decide(node, row_of(after).get).value is is_now, rule.id


def _narrowing(kind: str, bounded: bool, choices: tuple[str, ...]) -> st.SearchStrategy[tuple[Known, Known]]:
    unknown = Known(None, None, "not_read")
    if bounded:
        number: Any = (
            st.integers(0, 60) if kind == "int" else st.sampled_from((0.0, 0.01, 0.05, 0.1, 0.5, 0.9, 1.0))
        )
        four = st.lists(number, min_size=4, max_size=4).map(sorted)
        pairs = four.map(lambda n: (_between(n[0], n[3]), _between(n[1], n[2])))
        open_ended = four.map(lambda n: (Known(n[0], None, "part_of_tenant"), _between(n[1], n[2])))
        return st.one_of(pairs, open_ended, four.map(lambda n: (unknown, _between(n[1], n[2]))))
    values: Any = {
        "bool": st.booleans(),
        "int": st.integers(0, 60),
        "float": st.floats(0, 1),
        "str": st.sampled_from(choices or ("x",)),
        "datetime": st.just(NOW),
        "list": st.just(("x",)),
    }[kind]
    return values.flatmap(
        lambda v: st.sampled_from(((unknown, Known(v)), (Known(v), Known(v)), (unknown, unknown)))
    )


def _between(least: float, most: float) -> Known:
    return Known(least, most, "" if least == most else "not_read")


def test_every_topic_has_words_for_its_facts() -> None:
    for topic in TOPICS:
        parts = {
            TENANT_FACTS[f"tenant.{topic.name}_{part}"].part for part in ("people", "of", "unknown", "share")
        }
        assert parts == {"people", "of", "unknown", "share"}
    assert all(info.label and info.doc and info.source for info in TENANT_FACTS.values())
    shown = [PARTS.get(info.part, "{label}").format(label=info.label) for info in TENANT_FACTS.values()]
    assert len(set(shown)) == len(shown)
