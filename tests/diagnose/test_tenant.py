"""The verdict on everybody by one statement equals the verdict on each person, row by row."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from troubleshooter.diagnose.needs import Needs
from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rulebook import Rulebook, load_rules
from troubleshooter.diagnose.tenant import COLUMNS, VERDICTS, totals, verdict_table
from troubleshooter.diagnose.verdict import diagnose, diagnose_one
from troubleshooter.evidence.record import Collected, Evidence, EvidenceBuilder, GapReason, Value, with_values
from troubleshooter.evidence.schema import FACTS, FactInfo
from troubleshooter.evidence.store import Store, open_store

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HEALTHY: dict[str, Value] = {
    "run.collected_at": NOW,
    "directory.user_type": "member",
    "directory.account_enabled": True,
    "directory.exchange_plan": "enabled",
    "directory.sharepoint_plan": "enabled",
    "directory.on_premises_synced": False,
    "directory.exchange_plan_assigned_at": NOW - timedelta(days=300),
    "mailbox.location": "cloud",
    "mailbox.exists": True,
    "mailbox.purpose": "user",
    "photo.present": True,
    "photo.status": 200,
    "photo.decodes": True,
    "photo.animated": False,
    "photo.has_alpha": False,
    "photo.colour_mode": "RGB",
    "photo.format": "jpeg",
    "photo.width": 648,
    "photo.height": 648,
    "photo.orientation": 1,
    "photo.largest_side": 648,
    "photo.size_count": 9,
    "photo.store_class": "mailbox",
    "sharepoint.status": 200,
    "sharepoint.profile_exists": True,
    "sharepoint.object_id_state": "same",
    "sharepoint.picture_url_state": "set",
    "sharepoint.file_stem_matches": True,
    "sharepoint.timestamp_state": "set",
    "sharepoint.picture_timestamp": NOW - timedelta(days=5),
    "sharepoint.placeholder_state": "picture",
    "sharepoint.exchange_sync_state": "on",
    "sharepoint.home_host": "contoso-my.sharepoint.com",
    "sharepoint.home_host_matches": True,
    "sharepoint.thumbnails_present": True,
    "sharepoint.thumbnail_is_blank": False,
    "sharepoint.thumbnail_modified_at": NOW - timedelta(days=5),
    "sharepoint.served_is_default_image": False,
    "sharepoint.search_state": "same",
    "comparison.sharepoint_matches_photo": True,
    "policy.photo_source": "cloud",
    "policy.roles_restricted": False,
    "run.sharepoint_app_only_secret": False,
}


def any_value(pick: random.Random, info: FactInfo) -> Value:
    match info.kind:
        case "bool":
            return pick.random() < 0.5
        case "int":
            return pick.choice((0, 1, 48, 96, 200, 240, 403, 404, 429, 500, 648))
        case "float":
            return pick.random()
        case "datetime":
            return NOW - timedelta(hours=pick.choice((1, 20, 30, 70, 800)))
        case "list":
            return ()
    return pick.choice(info.choices) if info.choices else pick.choice(("", "RGB", "x"))


def people(count: int, seed: int) -> Iterator[Evidence]:
    """A healthy person each, with a few facts changed and a few unknown for every kind of reason."""
    pick = random.Random(seed)
    for number in range(count):
        facts = dict(HEALTHY)
        for path in pick.sample(list(FACTS), pick.choice((0, 1, 2, 4, 8, 30))):
            facts[path] = any_value(pick, FACTS[path])
        for path in pick.sample(list(facts), min(len(facts), pick.choice((0, 1, 2, 5, 20, 40)))):
            del facts[path]
        builder = EvidenceBuilder()
        builder.know("person.id", str(number))
        for path, value in facts.items():
            if path != "person.id":
                builder.know(path, value)
        for path in FACTS:
            if path not in facts and FACTS[path].group != "ticket" and pick.random() < 0.5:
                builder.miss(
                    path, pick.choice(list(GapReason)), permission=pick.choice(("", "Some.Permission"))
                )
        yield builder.build()


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rules()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, read_only=False) as opened:
        yield opened


def expected(diagnosis: Diagnosis) -> dict[str, object]:
    verdict = diagnosis.verdict

    def plain(moment: datetime | None) -> datetime | None:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment else None

    return {
        "person_id": diagnosis.evidence.person.id,
        "state": verdict.state.value,
        "cause": verdict.cause.id if verdict.cause else "",
        "actor": verdict.actor.value,
        "confidence": verdict.confidence.value,
        "lowered_by": list(verdict.lowered_by),
        "true_rules": [finding.rule.id for finding in diagnosis.findings],
        "undecided": [entry.rule.id for entry in diagnosis.would_change_our_mind],
        "wait_from": plain(verdict.wait_from),
        "wait_until": plain(verdict.wait_until),
        "stuck_at": plain(verdict.stuck_at),
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_one_statement_says_what_the_verdict_on_each_person_says(
    store: Store, rulebook: Rulebook, seed: int
) -> None:
    everybody = list(people(300, seed))
    with store.transaction():
        store.add_people(everybody)
    verdict_table(store, rulebook)
    names = [one.partition(" ")[0] for one in COLUMNS]
    rows = [dict(zip(names, row, strict=True)) for row in store.query(f"SELECT * FROM {VERDICTS}")]
    wanted = [expected(one) for one in diagnose(map(Collected, everybody), rulebook)]
    assert len(rows) == len(wanted)
    for row, want in zip(rows, wanted, strict=True):
        assert row == want
    assert len({want["cause"] for want in wanted}) > 15


def test_totals_count_everybody_once(store: Store, rulebook: Rulebook) -> None:
    with store.transaction():
        store.add_people(people(40, 7))
    verdict_table(store, rulebook)
    assert sum(total.people for total in totals(store)) == 40


def test_nobody_is_called_fine_whose_page_was_not_seen(rulebook: Rulebook) -> None:
    facts = {**HEALTHY}
    del facts["sharepoint.served_is_default_image"]
    diagnosis = diagnose_one(Collected(with_values(EvidenceBuilder().build(), facts)), rulebook)
    assert diagnosis.verdict.state == "undecided"
    assert "fine-in-every-store" in {finding.rule.id for finding in diagnosis.findings}
    assert "page-serves-default" in {entry.rule.id for entry in diagnosis.would_change_our_mind}


def test_only_what_can_change_the_verdict_is_needed(rulebook: Rulebook) -> None:
    def needed(*unknown: str, **changed: Value) -> frozenset[str]:
        facts = {**HEALTHY, **{name.replace("__", "."): value for name, value in changed.items()}}
        for path in unknown:
            del facts[path]
        return Needs(rulebook)([with_values(EvidenceBuilder().build(), facts)])[0]

    assert needed() == frozenset()
    page = "sharepoint.served_is_default_image"
    assert needed(page, "mailbox.purpose", "mailbox.location") == {page}
    assert needed("comparison.sharepoint_matches_photo") == {"comparison.sharepoint_matches_photo"}
    assert "mailbox.purpose" in needed("mailbox.purpose", photo__present=False)
    assert needed("comparison.sharepoint_matches_photo", photo__present=False) == frozenset()
