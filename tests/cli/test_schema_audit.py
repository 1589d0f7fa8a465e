"""`schema audit` describes summary.json as it is really written: no key more, none less."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.program import run
from tests.render import tenant_samples as samples
from troubleshooter.cli.audit_output import write_audit
from troubleshooter.collect.audit_tools import Choices
from troubleshooter.diagnose.audit_schema import audit_schema, keys
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.tenant_rules import load_tenant_rules, tenant_findings
from troubleshooter.evidence.record import Evidence
from troubleshooter.evidence.store import Store

SCHEMA = audit_schema()
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def everything(store: Store) -> None:
    """Accepted findings, an earlier run, and findings about the tenant."""
    samples.accept(store, "sync-off", 3, until=date(2027, 3, 1), expired=False)
    samples.accept(store, "never-triggered", 1, until=date(2026, 11, 1), expired=True)
    moves = [
        ("fixed", "problem", "sync-off", "fine", "fine-everywhere", True),
        ("left", "fine", "fine-everywhere", "away", "", False),
    ]
    samples.compare(store, moves)
    with store.transaction():
        store.insert("left_out", [("x", "gone")])
    tenant_findings(store, load_tenant_rules())


def as_collected(store: Store) -> None:
    """Nothing but what the people say."""


def without_meta(store: Store) -> None:
    """What a run that was killed early has not written yet."""
    store.connection.execute("DELETE FROM meta WHERE key NOT IN ('schema', 'started_at')")


def refused() -> Iterator[Evidence]:
    """Nobody could be read."""
    for number in range(30):
        yield samples.person(number, denied={"photo": samples.PHOTOS, "sharepoint": samples.SITES})


AUDITS: Mapping[str, tuple[Callable[[Rulebook], Iterator[Evidence]], Callable[[Store], None], bool]] = {
    "something of everything": (lambda _: samples.small_tenant(), everything, True),
    "every cause there is": (samples.every_cause, as_collected, True),
    "a tenant that refuses": (lambda _: refused(), everything, True),
    "nobody": (lambda _: iter(()), as_collected, True),
    "not finished": (lambda _: samples.small_tenant(), without_meta, False),
}


@pytest.fixture(scope="module")
def summaries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The summary.json of each audit, as it was written."""
    found, book = {}, samples.rulebook()
    for name, (people, change, finished) in AUDITS.items():
        folder: Path = tmp_path_factory.mktemp("audit")
        with samples.fill(folder, people(book), book, finished=finished) as store:
            with store.transaction():
                store.put("settings", Choices(where="accountEnabled eq true", guests=True).as_data())
            change(store)
            files = write_audit(store, book, folder, ["en", "hr"])
        found[name] = json.loads(files.summary.read_text(encoding="utf-8"))
    return found


def test_the_command_prints_a_valid_schema_of_the_audit() -> None:
    printed = run("schema", "audit")
    assert printed.code == 0
    assert json.loads(printed.stdout) == SCHEMA
    assert SCHEMA["$id"] == "urn:photo-troubleshooter:audit:1"
    assert SCHEMA["properties"]["schema"]["const"] == "photo-troubleshooter/audit/1"
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", AUDITS)
def test_every_summary_fits_the_schema(name: str, summaries: dict[str, Any]) -> None:
    VALIDATOR.validate(summaries[name])


def test_every_documented_key_is_written_and_every_written_one_is_documented(
    summaries: dict[str, Any],
) -> None:
    documented = {path for path, _ in keys(SCHEMA)}
    written = {path for summary in summaries.values() for path in _written(summary, SCHEMA)}
    facts = {path for path in documented if path.startswith("run.")}
    assert written - facts == documented - facts
    assert written & facts, "facts of the run are those that are known"


def _written(data: Any, shape: Any, before: str = "") -> Iterator[str]:
    """The keys of an object and of those inside it, named as `keys` names them."""
    if isinstance(data, list):
        for item in data:
            yield from _written(item, shape.get("items"), f"{before.removesuffix('.')}[].")
    elif isinstance(data, dict) and "properties" in shape:
        for name, value in data.items():
            yield f"{before}{name}"
            yield from _written(value, shape["properties"][name], f"{before}{name}.")


def test_every_key_says_what_it_means() -> None:
    for path, shape in keys(SCHEMA):
        assert shape["description"].endswith("."), path


def _set(*path: str | int, value: object) -> Callable[[Any], None]:
    def change(summary: Any) -> None:
        for key in path[:-1]:
            summary = summary[key]
        summary[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "damage",
    [
        _set("schema", value="photo-troubleshooter/audit/2"),
        _set("totals", "people", value=-1),
        _set("totals", "score", value=99),
        _set("causes", 0, "state", value="fine"),
        _set("causes", 0, "effort", value="much"),
        _set("causes", 0, "since", "months", value=[["2026-11"]]),
        _set("unknown", 0, "reason", value="tired"),
        _set("tenant_findings", 0, "verdict", value=False),
        _set("tenant_findings", 0, "facts", value={"tenant.peopel": 1}),
        _set("accepted", 0, "until", value=20270301),
        _set("run", "run.colour", value="red"),
        _set("files", "people", value=["people.csv"]),
        lambda summary: summary["changes"].pop("became_undecided"),
        lambda summary: summary.pop("incomplete"),
    ],
)
def test_a_summary_that_is_none_is_refused(damage: Callable[[Any], None], summaries: dict[str, Any]) -> None:
    summary = copy.deepcopy(summaries["something of everything"])
    damage(summary)
    assert not VALIDATOR.is_valid(summary)
