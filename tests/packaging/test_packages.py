"""Wheel and source archive: what is in them, and that the wheel runs with what it asks for."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.cli.program import run
from tests.packaging.environments import ROOT, Environment, build, copy_of_sources, requirements
from troubleshooter import __version__
from troubleshooter.cli.main import cli
from troubleshooter.cli.output import file_stem
from troubleshooter.cli.settings_keys import leaves
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.server import Sandbox

pytestmark = pytest.mark.xdist_group("packages")  # one process, so that they are built once
DATA = {".toml", ".j2", ".css", ".js", ".po", ".py", ".typed", ".html", ".txt", ".json", ".svg"}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source archive, and the wheel that is built from it."""
    source = copy_of_sources(tmp_path_factory.mktemp("source"))
    built = build(source, tmp_path_factory.mktemp("dist"))
    archive = next(path for path in built if path.name.endswith(".tar.gz"))
    return archive, next(path for path in built if path.suffix == ".whl")


@pytest.fixture(scope="module")
def environment(packages: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel, installed with what it needs and nothing else."""
    return Environment(tmp_path_factory.mktemp("environment") / "venv", packages[1])


def wanted() -> set[str]:
    """Every file of the program as the wheel should have it."""
    places = {
        "troubleshooter": "troubleshooter",
        "rules": "troubleshooter/rules",
        "reports": "troubleshooter/reports",
    }
    return {
        f"{place}/{path.relative_to(ROOT / name).as_posix()}"
        for name, place in places.items()
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_program_whole_and_nothing_else(packages: tuple[Path, Path]) -> None:
    names = set(ZipFile(packages[1]).namelist())
    info = f"photo_troubleshooter-{__version__}.dist-info"
    assert wanted() <= names
    assert {name for name in names - wanted() if not name.startswith(f"{info}/")} == set()
    assert f"{info}/licenses/LICENSE" in names
    assert "troubleshooter/py.typed" in names
    kinds = {Path(name).suffix for name in wanted()}
    assert kinds <= DATA, "a new kind of file: name it in setup.cfg under package_data"


def test_the_source_archive_holds_what_the_wheel_is_built_from(
    packages: tuple[Path, Path], tmp_path: Path
) -> None:
    with tarfile.open(packages[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    source = tmp_path / f"photo_troubleshooter-{__version__}"
    again = build(source, tmp_path / "dist", "--wheel")
    assert [path.name for path in again] == [packages[1].name]
    assert set(ZipFile(again[0]).namelist()) == set(ZipFile(packages[1]).namelist())


def test_the_packages_are_called_by_the_one_version(
    packages: tuple[Path, Path], environment: Environment, tmp_path: Path
) -> None:
    assert [path.name for path in packages] == [
        f"photo_troubleshooter-{__version__}.tar.gz",
        f"photo_troubleshooter-{__version__}-py3-none-any.whl",
    ]
    assert (
        environment.run("--version", folder=tmp_path).stdout
        == f"photo-troubleshooter, version {__version__}\n"
    )


def test_the_version_stands_in_one_place() -> None:
    places = [
        path.relative_to(ROOT).as_posix()
        for pattern in (
            "*.md",
            "*.cfg",
            "*.toml",
            "Makefile",
            "Containerfile",
            "docs/**/*.md",
            "docs/*.py",
            "troubleshooter/**/*.py",
        )
        for path in ROOT.glob(pattern)
        if __version__ in path.read_text(encoding="utf-8").replace(f">={__version__}", "")
    ]
    assert sorted(set(places) - {"CHANGELOG.md"}) == ["troubleshooter/__init__.py"]
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_nothing_of_the_extras_is_there(packages: tuple[Path, Path], environment: Environment) -> None:
    extras = {one.name for one in requirements(packages[1]) if one.marker and "extra" in str(one.marker)}
    assert {"starlette", "pyspark", "pytest", "sphinx"} <= extras
    for module in (
        "starlette",
        "uvicorn",
        "trustme",
        "pyspark",
        "xlsxwriter",
        "pytest",
        "hypothesis",
        "sphinx",
        "tests",
    ):
        assert not environment.importable(module), module
    for module in ("click", "duckdb", "msal", "PIL", "platformdirs"):
        assert environment.importable(module), module


def test_every_command_explains_itself_there(environment: Environment, tmp_path: Path) -> None:
    for words, _ in leaves(cli):
        done = environment.run(*words, "--help", folder=tmp_path)
        assert (done.code, done.stderr) == (0, ""), words


def test_a_verdict_from_the_wheel_is_the_same_and_its_report_is_whole(
    environment: Environment, sandbox: Sandbox, tmp_path: Path
) -> None:
    person = sandbox.tenant.accounts[0].upn
    asked = run(
        *("diagnose", person, "--json", "--lang", "hr", "--cloud", str(sandbox.cloud_file)),
        *("--tenant", sandbox.tenant.domain, "--client-id", DEMO_CLIENT),
        *("--certificate", str(sandbox.certificate_file(DEMO_CLIENT))),
    )
    evidence = tmp_path / "person.json"
    evidence.write_text(asked.stdout, encoding="utf-8")
    words = ("analyze", "person.json", "--json", "--lang", "hr", "--lang", "en", "--out", "reports")
    done = environment.run(*words, folder=tmp_path)
    assert done.code == asked.code, done.stderr
    assert json.loads(done.stdout)["verdict"] == json.loads(asked.stdout)["verdict"]
    page = (tmp_path / "reports" / f"{file_stem(person)}.html").read_text(encoding="utf-8")
    assert "<style" in page
    assert "<script" in page
    assert 'lang="hr"' in page
    assert {path.suffix for path in (tmp_path / "reports").iterdir()} == {".html", ".txt", ".json"}


def test_rules_settings_and_codes_are_there(environment: Environment, tmp_path: Path) -> None:
    assert "Osoba" in environment.run("rules", "list", "--lang", "hr", folder=tmp_path).stdout
    assert environment.run("rules", "check", folder=tmp_path).code == 0
    assert environment.run("decode", "AADSTS7000215", folder=tmp_path).code == 0
    assert environment.run("schema", "result", folder=tmp_path).code == 0
    assert environment.run("config", "show", folder=tmp_path).code == 0


def test_what_needs_an_extra_says_so(environment: Environment, tmp_path: Path) -> None:
    done = environment.run("demo", "--no-open", "--lang", "en", folder=tmp_path)
    assert done.code == 2
    assert "pip install 'photo-troubleshooter[sandbox]'" in done.stderr


def test_the_container_is_built_from_files_that_exist_and_runs_without_rights() -> None:
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    copied = [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]
    assert set(copied) >= {"setup.cfg", "pyproject.toml", "rules", "reports", "troubleshooter"}
    shown = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}\n" in shown, name
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert users[-1] not in ("root", "0")
