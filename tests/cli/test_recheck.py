"""`recheck`: only the people a change concerns are asked, and an outage takes nobody's evidence away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Options
from tests.cli.program import Done, run
from troubleshooter.evidence.store import open_store
from troubleshooter.sandbox.casting import Casting
from troubleshooter.sandbox.model import FaultAnswer, TenantState
from troubleshooter.sandbox.people import generated_tenant
from troubleshooter.sandbox.server import Sandbox

CAUSE = "placeholder-stuck"


def audited_tenant() -> TenantState:
    """Thirty people, two of whom have a placeholder instead of their picture, and one who never had any."""
    now = datetime.now(UTC).replace(microsecond=0)
    cast = Casting(now)
    tenant = generated_tenant(30, 5, now)
    stuck = [
        cast.with_profile(cast.healthy(name, name.title(), CAUSE, 70 + number), placeholder="1")
        for number, name in enumerate(("ada", "bela"))
    ]
    return tenant.with_accounts(*stuck)


@pytest.fixture
def audited() -> Iterator[Sandbox]:
    with Sandbox(audited_tenant()) as running:
        yield running


@pytest.fixture
def folder(audited: Sandbox, as_app: Options, tmp_path: Path) -> Path:
    options = ("--out", str(tmp_path / "a"), "--quiet", "--lang", "en", "--lang", "hr")
    done = run("audit", *options, *as_app(where=audited))
    assert done.code == 1, done.stderr
    return tmp_path / "a"


def states(folder: Path) -> dict[str, str]:
    with open_store(folder) as store:
        return dict(store.query("SELECT person_id, state FROM verdicts"))


def recheck(folder: Path, audited: Sandbox, as_app: Options, *more: str) -> Done:
    return run("recheck", str(folder), *more, *as_app(where=audited))


def test_people_whose_cause_was_mended_are_fine_and_nobody_else_is_asked(
    folder: Path, audited: Sandbox, as_app: Options
) -> None:
    before = states(folder)
    tenant = audited.tenant
    ada = tenant.person("ada@contoso.example")
    audited.tenant = tenant.with_accounts(Casting(tenant.now).with_profile(ada, placeholder="0"))
    audited.requests.clear()
    done = recheck(folder, audited, as_app, "--cause", CAUSE, "--json")
    assert done.code == 1, done.stderr
    found = json.loads(done.stdout)
    concerned = {one for one, state in before.items() if state == "problem"} & {
        account.id for account in tenant.accounts if account.situation == CAUSE
    }
    assert found["people"] == len(concerned)
    assert {"was": "problem", "is": "fine", "people": 1} in found["moves"]
    asked = {one.path.split("/")[3] for one in audited.requests if one.path.startswith("/v1.0/users/")}
    assert asked == concerned
    after = states(folder)
    assert after[ada.id] == "fine"
    assert {one: state for one, state in after.items() if one != ada.id} == {
        one: state for one, state in before.items() if one != ada.id
    }
    assert "1 person" not in done.stdout


def test_the_report_is_brought_up_to_date_in_every_language_that_is_there(
    folder: Path, audited: Sandbox, as_app: Options
) -> None:
    (folder / "report.html").unlink()
    done = recheck(folder, audited, as_app, "--person", "ada@contoso.example", "--lang", "en")
    assert done.code == 1, done.stderr
    assert done.stdout.splitlines()[0] == "1 person asked again."
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert re.findall(r'<html lang="(..)"|id="language-(..)"', page) == [("en", ""), ("", "en"), ("", "hr")]


def test_an_outage_of_the_directory_leaves_what_was_known(
    folder: Path, audited: Sandbox, as_app: Options
) -> None:
    before = states(folder)
    audited.inject(r"GET //graph.*/users/[0-9a-f-]{36}\?", FaultAnswer(500), forever=True)
    done = recheck(folder, audited, as_app, "--cause", CAUSE, "--lang", "en")
    assert done.code == 1, done.stderr
    assert "the directory said nothing; what was known is kept." in done.stdout
    assert states(folder) == before


def test_somebody_who_is_gone_is_said_to_be_gone(folder: Path, audited: Sandbox, as_app: Options) -> None:
    tenant = audited.tenant
    ada = tenant.person("ada@contoso.example")
    accounts = tuple(one for one in tenant.accounts if one.id != ada.id)
    audited.tenant = type(tenant)(
        **{**{name: getattr(tenant, name) for name in tenant.__slots__}, "accounts": accounts}
    )
    done = recheck(folder, audited, as_app, "--person", ada.id, "--lang", "en")
    assert "1: Problem, now not in the tenant any more" in done.stdout
    assert ada.id not in states(folder)


def test_a_cause_nobody_has_is_wrong_usage_with_advice(
    folder: Path, audited: Sandbox, as_app: Options
) -> None:
    done = recheck(folder, audited, as_app, "--cause", "no-such-cause", "--lang", "en")
    assert done.code == 2
    assert "Nobody in" in done.stderr
    assert "people.csv" in done.stderr


def test_without_an_audit_there_is_nothing_to_recheck(
    audited: Sandbox, as_app: Options, tmp_path: Path
) -> None:
    done = recheck(tmp_path, audited, as_app, "--lang", "en")
    assert done.code == 4
    assert "There is no audit in" in done.stderr


def test_a_name_nobody_has_is_named_beside_one_that_is_there(
    folder: Path, audited: Sandbox, as_app: Options
) -> None:
    people = ("--person", "ADA@contoso.example", "--person", "nobody@contoso.example")
    done = recheck(folder, audited, as_app, *people, "--lang", "en")
    assert done.code == 2
    assert "nobody@contoso.example is not in the audit of" in done.stderr
