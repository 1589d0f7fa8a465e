"""The scripted tenant collected once by the real command: as it is, redacted, and diagnosed live."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Done, run
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

Result = dict[str, Any]
Options = Callable[..., list[str]]


@dataclass(frozen=True)
class Bundled:
    """A bundle of everybody, and what `collect` said when it wrote it."""

    path: Path
    done: Done

    @property
    def map(self) -> Path:
        """The private map beside it."""
        return self.path.with_name(f"{self.path.stem}.map.json")


@pytest.fixture(scope="session")
def as_app(sandbox: Sandbox) -> Options:
    """The connection options for an app of a sandbox, the shared one unless another is given."""

    def options(where: Sandbox = sandbox) -> list[str]:
        named = {
            "--cloud": str(where.cloud_file),
            "--tenant": where.tenant.domain,
            "--client-id": DEMO_CLIENT,
            "--certificate": str(where.certificate_file(DEMO_CLIENT)),
        }
        return [word for pair in named.items() for word in pair]

    return options


@pytest.fixture(scope="session")
def upns(tenant: TenantState) -> list[str]:
    """Everybody of the scripted tenant."""
    return [account.upn for account in tenant.accounts]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared bundles are: read them, never change them."""
    return tmp_path_factory.mktemp("bundles")


@pytest.fixture(scope="session")
def bundle(folder: Path, upns: list[str], as_app: Options) -> Bundled:
    """Everybody, with names and pictures."""
    path = folder / "plain.zip"
    return Bundled(path, run("collect", *upns, *as_app(), "-o", str(path), "--lang", "en"))


@pytest.fixture(scope="session")
def redacted(folder: Path, bundle: Bundled) -> Bundled:
    """The same evidence, redacted."""
    path = folder / "hidden.zip"
    done = run("collect", "--from", str(bundle.path), "--redact", "-o", str(path), "--lang", "en")
    return Bundled(path, done)


@pytest.fixture(scope="session")
def live(upns: list[str], as_app: Options) -> dict[str, Result]:
    """What `diagnose` says of everybody, by sign-in name."""
    return by_name(run("diagnose", *upns, *as_app(), "--json", "--lang", "en"))


@pytest.fixture(scope="session")
def analysed(bundle: Bundled) -> dict[str, Result]:
    """What `analyze` says of the bundle, by sign-in name."""
    return by_name(run("analyze", str(bundle.path), "--json", "--lang", "en"))


@pytest.fixture(scope="session")
def analysed_redacted(redacted: Bundled, bundle: Bundled) -> dict[str, Result]:
    """What `analyze` says of the redacted bundle, by the real sign-in names: the order is the same."""
    results = results_of(run("analyze", str(redacted.path), "--json", "--lang", "en"))
    names = by_name(run("analyze", str(bundle.path), "--json", "--lang", "en"))
    return dict(zip(names, results, strict=True))


def results_of(done: Done) -> list[Result]:
    """The result objects that a command printed."""
    assert done.code in (0, 1, 3), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def by_name(done: Done) -> dict[str, Result]:
    """The result objects that a command printed, by sign-in name."""
    return {one["person"]["user_principal_name"]: one for one in results_of(done)}


def conclusion(result: Result) -> dict[str, Any]:
    """What a result concludes, without times (each run has its own) and without names."""
    verdict = {key: result["verdict"][key] for key in ("state", "cause", "actor", "confidence", "lowered_by")}
    return {
        "verdict": verdict,
        "waits": result["verdict"]["wait_until"] is not None,
        "findings": [(one["rule"], one["role"], one["explained_by"]) for one in result["findings"]],
        "undecided": [(one["rule"], one["needs"], one["permissions"]) for one in result["undecided"]],
        "ruled_out": result["ruled_out"],
        "gaps": [(one["fact"], one["reason"], one["permission"]) for one in result["gaps"]],
    }
