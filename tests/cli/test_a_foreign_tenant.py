"""A tenant server by another author, named only by a cloud file, gets right answers too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.foreign_tenant import TENANT, ForeignTenant, foreign_tenant
from tests.cli.program import certificate, run

EXPECTED = {
    "fine": "fine-everywhere",
    "waiting": "stale-within-window",
    "stuck": "stale-beyond-window",
    "untouched": "never-triggered",
    "photoless": "no-photo-anywhere",
    "detached": "sync-off",
    "blocked": "account-blocked",
}


@pytest.fixture(scope="module", params=[True, False], ids=["with batches", "without batches"])
def elsewhere(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ForeignTenant]:
    with foreign_tenant(tmp_path_factory.mktemp("elsewhere"), batches=request.param) as tenant:
        yield tenant


@pytest.fixture(scope="module")
def answers(
    elsewhere: ForeignTenant, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, object]]:
    pem = certificate(tmp_path_factory.mktemp("app"))
    people = [f"{name}@fabrikam.test" for name in EXPECTED]
    done = run("diagnose", *people, *options(elsewhere, pem), "--json")
    assert done.code == 1, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return {result["person"]["user_principal_name"].partition("@")[0]: result for result in results}


def options(elsewhere: ForeignTenant, pem: Path) -> list[str]:
    connection = {
        "--cloud": str(elsewhere.cloud_file),
        "--tenant": TENANT,
        "--client-id": "any-app",
        "--certificate": str(pem),
    }
    return [word for pair in connection.items() for word in pair]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_person_of_the_foreign_tenant_gets_the_right_cause(
    answers: dict[str, dict[str, dict[str, object]]], name: str
) -> None:
    verdict = answers[name]["verdict"]
    assert (verdict["cause"], verdict["state"] != "undecided") == (EXPECTED[name], True), answers[name][
        "undecided"
    ]
