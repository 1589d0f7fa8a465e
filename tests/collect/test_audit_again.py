"""A second audit: nobody who had a problem is called fine because others are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests.audit.audits import RULES, Run, verdicts_of
from tests.conftest import SandboxFactory
from troubleshooter.collect.audit_tools import Choices, Sizes
from troubleshooter.diagnose.tenant import verdict_table
from troubleshooter.evidence.store import open_store
from troubleshooter.sandbox.casting import Casting
from troubleshooter.sandbox.people import generated_tenant


def test_who_had_a_problem_is_looked_at_singly_the_next_time(
    make_sandbox: SandboxFactory, now: datetime, tmp_path: Path
) -> None:
    cast = Casting(now)
    people = [cast.healthy(f"well{n:03}", f"Well {n}", "fine-everywhere", n % 7) for n in range(400)]
    held, grey = people[7], people[8]
    people[7] = cast.with_profile(held, placeholder="1")
    people[8] = replace(grey, serves_default=True)
    tenant = replace(generated_tenant(0, 1, now), accounts=tuple(people), signed_in=people[0].id)
    sandbox = make_sandbox(tenant)
    first, second = tmp_path / "first", tmp_path / "second"
    found = []
    for folder in (first, second):
        folder.mkdir()
        with open_store(folder, read_only=False) as store:
            salts = {first: "", second: "pepper"}
            choices = Choices()
            with store.transaction():
                store.put("settings", choices.as_data())
                store.put("salt", salts[folder])
            if folder == first:
                # The first audit asks for proof of everybody.
                choices = replace(choices, depths=replace(choices.depths, profiles="all", pages="all"))
            else:
                store.adopt_history(first / "audit.duckdb")
            Run(choices=choices, sizes=Sizes()).collect(sandbox, store)
            verdict_table(store, RULES)
            found.append(verdicts_of(store))
            kinds = dict(store.query("SELECT kind, count(*) FROM pending GROUP BY kind"))
            singly = {one for (one,) in store.query("SELECT person_id FROM sampled")}
    assert kinds == {"profile": 298}
    assert not singly & {held.id, grey.id}
    for verdicts in found:
        assert verdicts[held.id] == ("problem", "placeholder-stuck")
        assert verdicts[grey.id] == ("problem", "page-serves-default")
    assert {cause for _, cause in found[1].values()} >= {"fine-everywhere", "fine-by-sample"}
