"""The JSON Schema of the result accepts what `--json` prints, and refuses what it could never print."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.rules.people import READABLE
from troubleshooter.diagnose.json_schema import result_schema
from troubleshooter.diagnose.rulebook import Rulebook, load_rules
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.evidence.record import Collected, Evidence, EvidenceBuilder
from troubleshooter.render.json import result_dict
from troubleshooter.render.language import language

VALIDATOR = Draft202012Validator(result_schema())
PEOPLE = READABLE | {"nobody could be read": EvidenceBuilder().build()}


@pytest.fixture(scope="module")
def built_in() -> Rulebook:
    return load_rules()


def _result(evidence: Evidence, rulebook: Rulebook) -> Any:
    found = result_dict(diagnose_one(Collected(evidence), rulebook), language("en"))
    return json.loads(json.dumps(found, allow_nan=False))


def test_the_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(result_schema())


@pytest.mark.parametrize("name", PEOPLE)
def test_every_result_fits_the_schema(name: str, built_in: Rulebook) -> None:
    VALIDATOR.validate(_result(PEOPLE[name], built_in))


def _set(*path: str, value: object) -> Callable[[Any], None]:
    def change(result: Any) -> None:
        for key in path[:-1]:
            result = result[key]
        result[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "damage",
    [
        _set("schema", value="photo-troubleshooter/result/2"),
        _set("verdict", "state", value="advice"),
        _set("verdict", "actor", value="somebody"),
        _set("verdict", "confidence", value=0.9),
        _set("verdict", "wait_until", value=5),
        _set("verdict", "secret", value=""),
        _set("findings", value=[{"rule": "x"}]),
        _set(
            "undecided", value=[{"rule": "x", "needs": ["photo.widht"], "permissions": [], "question": True}]
        ),
        _set("evidence", "photo", value={"width": "96"}),
        _set("gaps", value=[{"fact": "photo.width", "reason": "tired"}]),
        lambda result: result.pop("run"),
    ],
)
def test_a_result_that_is_none_is_refused(damage: Callable[[Any], None], built_in: Rulebook) -> None:
    result = _result(PEOPLE["healthy"], built_in)
    damage(result)
    assert not VALIDATOR.is_valid(result)
