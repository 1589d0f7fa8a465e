"""Evidence as JSON and back: nothing is lost, and nothing wrong gets in."""

# ruff: noqa: E501 - messages stand whole, so that they can be searched for

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from tests.evidence.records import evidences
from troubleshooter.evidence.codec import EvidenceError, dump, load
from troubleshooter.evidence.json_schema import evidence_schema
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason, with_values
from troubleshooter.evidence.schema import FACTS, SCHEMA

VALIDATOR = Draft202012Validator(evidence_schema())


def _fault(**parts: Any) -> str:
    with pytest.raises(EvidenceError) as caught:
        load({"schema": SCHEMA, **parts})
    return str(caught.value)


@settings(max_examples=60, deadline=None)
@given(evidences())
def test_evidence_survives_json_unchanged(evidence: Evidence) -> None:
    text = json.dumps(dump(evidence), allow_nan=False)
    assert load(json.loads(text)) == evidence


@settings(max_examples=40, deadline=None)
@given(evidences())
def test_the_json_schema_accepts_everything_we_write(evidence: Evidence) -> None:
    VALIDATOR.validate(dump(evidence))


def test_the_json_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(evidence_schema())


@pytest.mark.parametrize(
    "part",
    [
        {"schema": "photo-troubleshooter/evidence/2"},
        {"photo": {"width": "96"}},
        {"photo": {"widht": 96}},
        {"photo": {"format": "jpg"}},
        {"photos": {}},
        {"gaps": [{"fact": "photo.width", "reason": "tired"}]},
        {"gaps": [{"fact": "photo.widht", "reason": "denied"}]},
        {"gaps": [{"reason": "denied"}]},
        {"sources": [{"id": "s1"}]},
        {"fact_sources": {"photo.widht": "s1"}},
    ],
)
def test_the_json_schema_and_the_reader_refuse_the_same(part: dict[str, Any]) -> None:
    data = {"schema": SCHEMA} | part
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(EvidenceError):
        load(data)


def test_what_is_not_there_was_not_collected_and_ticket_facts_were_not_asked() -> None:
    evidence = load({"schema": SCHEMA, "photo": {"present": True, "width": None}})
    assert evidence.photo.present is True
    reasons = {gap.fact: gap.reason for gap in evidence.gaps}
    assert set(reasons) == set(FACTS) - {"photo.present"}
    assert reasons["photo.width"] is GapReason.NOT_COLLECTED
    assert reasons["ticket.symptom"] is GapReason.NOT_ASKED


def test_a_result_object_is_read_as_the_evidence_it_holds() -> None:
    evidence = with_values(Evidence(), {"photo.present": True})
    result = {"schema": "photo-troubleshooter/result/1", "evidence": dump(evidence), "verdict": {}}
    assert load(result).photo.present is True


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-22T12:00:00Z", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22T12:00:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22T13:00:00+01:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(written: str, meant: datetime) -> None:
    assert load({"schema": SCHEMA, "run": {"collected_at": written}}).run.collected_at == meant


def test_times_are_written_in_utc() -> None:
    moment = datetime(2026, 11, 22, 13, tzinfo=timezone(timedelta(hours=1)))
    written = dump(with_values(Evidence(), {"run.collected_at": moment}))["run"]["collected_at"]
    assert written == "2026-11-22T12:00:00Z"


def test_lone_surrogates_become_a_replacement_character() -> None:
    evidence = load({"schema": SCHEMA, "person": {"display_name": "A\ud800B"}})
    assert evidence.person.display_name == "A\ufffdB"
    assert "\\ud800" not in json.dumps(dump(with_values(Evidence(), {"person.display_name": "\ud800"})))


def test_a_known_fact_beats_a_gap_of_the_same_fact() -> None:
    evidence = load(
        {
            "schema": SCHEMA,
            "photo": {"present": True},
            "gaps": [{"fact": "photo.present", "reason": "denied"}],
        }
    )
    assert (evidence.photo.present, evidence.gap("photo.present")) == (True, None)


def test_gaps_keep_reason_permission_and_source() -> None:
    builder = EvidenceBuilder()
    builder.miss("photo.present", GapReason.DENIED, "403", permission="P", source="s1")
    gap = load(dump(builder.build())).gap("photo.present")
    assert gap == builder.build().gap("photo.present")


KIND = "docs/facts.md describes it."


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"photo": {"width": "96"}}, f"The fact photo.width cannot be '96'. It is of the kind int; {KIND}"),
        ({"photo": {"width": True}}, f"The fact photo.width cannot be True. It is of the kind int; {KIND}"),
        ({"photo": {"width": 1.5}}, f"The fact photo.width cannot be 1.5. It is of the kind int; {KIND}"),
        (
            {"photo": {"width": 10**40}},
            f"The fact photo.width cannot be {10**40}. It is of the kind int; {KIND}",
        ),
        ({"photo": {"present": 1}}, f"The fact photo.present cannot be 1. It is of the kind bool; {KIND}"),
        (
            {"comparison": {"distance": float("nan")}},
            f"The fact comparison.distance cannot be nan. It is of the kind float; {KIND}",
        ),
        (
            {"run": {"collected_at": "soon"}},
            f"The fact run.collected_at cannot be 'soon'. It is of the kind datetime; {KIND}",
        ),
        (
            {"run": {"collected_at": "0001-01-01T00:00:00+12:00"}},
            (
                "The fact run.collected_at cannot be '0001-01-01T00:00:00+12:00'. "
                f"It is of the kind datetime; {KIND}"
            ),
        ),
        (
            {"photo": {"sizes": "48x48"}},
            f"The fact photo.sizes cannot be '48x48'. It is of the kind list; {KIND}",
        ),
        (
            {"photo": {"format": "jpg"}},
            "The fact photo.format cannot be 'jpg'. It is one of: jpeg, png, gif, bmp, webp, other.",
        ),
        (
            {"photo": {"widht": 1}},
            "There is no fact called photo.widht. Did you mean photo.width? docs/facts.md lists every fact.",
        ),
        ({"photo": {"zzzzz": 1}}, "There is no fact called photo.zzzzz. docs/facts.md lists every fact."),
        (
            {"photos": {}},
            (
                "There is no group of facts called photos. The groups are: person, directory, mailbox, photo, "
                "sharepoint, comparison, policy, ticket, run."
            ),
        ),
        (
            {"photo": []},
            (
                "photo has not the shape of evidence. "
                "`photo-troubleshooter schema evidence` prints the shape as a JSON Schema."
            ),
        ),
        (
            {"gaps": [{"fact": "photo.width", "reason": "tired"}]},
            (
                "The gap of photo.width has the unknown reason 'tired'. The reasons are: denied, throttled, "
                "service_error, unreadable, not_collected, not_available, not_applicable, not_asked."
            ),
        ),
        (
            {"sources": [{"id": "s1", "method": "GET", "url": "", "at": "soon", "status": 200}]},
            "The source s1 has the unreadable time 'soon'. Write it as 2026-11-22T12:00:00Z.",
        ),
        (
            {"schema": "photo-troubleshooter/evidence/9"},
            (
                "This evidence was written by another version of the program (photo-troubleshooter/evidence/9); "
                "this one reads photo-troubleshooter/evidence/1. "
                "Collect it again, or use the version of the program that wrote it."
            ),
        ),
        (
            {"schema": "something else"},
            (
                "This is not evidence of this program: its schema is not photo-troubleshooter/evidence/1. "
                "Give a file written by `photo-troubleshooter diagnose --json`."
            ),
        ),
    ],
)
def test_faults_are_named_with_a_remedy(part: dict[str, Any], message: str) -> None:
    assert _fault(**part) == "evidence, line 1: " + message


def test_texts_without_end_are_refused() -> None:
    assert "The fact photo.etag cannot be" in _fault(photo={"etag": "x" * 100_001})
    assert "The fact photo.sizes cannot be" in _fault(photo={"sizes": ["x"] * 10_001})


def test_braces_in_hostile_values_are_only_text() -> None:
    assert "There is no fact called photo.{0}" in _fault(photo={"{0}": 1})
    assert "cannot be '{file.secret}'" in _fault(photo={"format": "{file.secret}"})
