"""The JSON Schema of rule files: every built-in rule fits, and typical mistakes do not."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.diagnose.books import TOO_SMALL
from troubleshooter.diagnose.rule_schema import rule_schema
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.skeleton import skeleton

VALIDATOR = Draft7Validator(rule_schema())
RULES = Path(str(files("troubleshooter.rules")))
IDS = [rule.id for rule in load_rules().rules]


def _data(text: str) -> Any:
    """TOML as an editor hands it to a schema: times are texts there."""
    return json.loads(json.dumps(tomllib.loads(text), default=lambda moment: moment.isoformat()))


def _faults(text: str) -> Iterator[str]:
    for error in VALIDATOR.iter_errors(_data(text)):
        yield error.json_path


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(rule_schema())


@pytest.mark.parametrize("rule_id", IDS)
def test_every_built_in_rule_fits(rule_id: str) -> None:
    (file,) = RULES.glob(f"*/{rule_id}.toml")
    assert list(_faults(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("title", "titel", "$"),
        ('"The photo is very small"', '"two\\nlines"', "$.title"),
        ('"The photo is very small"', f'"{"x" * 101}"', "$.title"),
        ('"problem"', '"problme"', "$.state"),
        ('"stable"', '"finished"', "$.status"),
        ('"high"', "1", "$.confidence"),
        ("explains = []", 'explains = ["Not Kebab"]', "$.explains[0]"),
        ("explains = []", 'explains = "too-small"', "$.explains"),
        ('["run.collected_at"]', '["photo.width"]', "$.wait_from[0]"),
        ('"24 h"', '"one day"', "$.normal_for"),
        ('text = "Upload a larger photo."', 'why = "x"', "$.user_steps[0]"),
        ('text = "Upload a larger photo."', 'use = "x"\ntext = "y"', "$.user_steps[0]"),
        ('"documented"', '"rumour"', "$.references[0].supports"),
        ("https://example.org", "example.org", "$.references[0].url"),
        ("photo.width = 48", "photo.widht = 48", "$.examples[0].facts.photo"),
        ("photo.width = 48", 'photo.width = "48"', "$.examples[0].facts.photo.width"),
        ("photo.width = 48", '"photo.format" = "jpg"', "$.examples[0].facts['photo.format']"),
        ('expect = "unknown"', 'expect = "maybe"', "$.examples[2].expect"),
        ('expect = "unknown"', "expect = false", "$.examples"),
        ("expect = true", "expect = false", "$.examples"),
    ],
)
def test_a_typical_mistake_is_shown_where_it_stands(old: str, new: str, path: str) -> None:
    assert list(_faults(TOO_SMALL)) == []
    assert old in TOO_SMALL
    assert path in set(_faults(TOO_SMALL.replace(old, new, 1)))


def test_a_stable_rule_without_a_reference_does_not_fit() -> None:
    start, end = TOO_SMALL.index("[[references]]"), TOO_SMALL.index("[[examples]]")
    assert list(_faults(TOO_SMALL[:start] + TOO_SMALL[end:])) == ["$"]


def test_the_skeleton_lacks_nothing_but_what_is_to_be_filled_in() -> None:
    text = skeleton("my-rule", "my-rules")
    wanted = ["$.because", "$.examples[0].name", "$.examples[1].name", "$.headline", "$.title", "$.when"]
    assert sorted(_faults(text)) == wanted
    assert text.startswith("#:schema ./rule.schema.json\n")
