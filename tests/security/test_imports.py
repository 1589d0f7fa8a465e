"""What the installed core needs: its own dependencies, and nothing that comes with an extra or the tests."""

from __future__ import annotations

import ast
import configparser
import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import troubleshooter

ROOT = Path(troubleshooter.__file__).parents[1]
OF_AN_EXTRA = ("troubleshooter.sandbox", "troubleshooter.cli.sandbox", "troubleshooter.cli.demo")
"""Modules that belong to the extra `sandbox` and may import its packages when they are imported."""
BROUGHT = {"pyjwt": "msal", "py4j": "pyspark", "markupsafe": "jinja2"}
"""Packages that come with a declared one and are used through it."""
SHOW = """
import importlib, json, pkgutil, sys
import troubleshooter
skipped = tuple(json.loads(sys.argv[1]))
wanted = json.loads(sys.argv[2])
class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in wanted:
            raise ModuleNotFoundError(name + " belongs to an extra", name=name)
sys.meta_path.insert(0, Refused())
for module in pkgutil.walk_packages(troubleshooter.__path__, "troubleshooter."):
    if not module.name.startswith(skipped):
        importlib.import_module(module.name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~;\[ ]", requirement.strip())[0].lower().replace("_", "-")


def _requirements() -> tuple[set[str], set[str]]:
    """Distributions of the core, and those that only an extra brings."""
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read(ROOT / "setup.cfg", encoding="utf-8")
    core = {_name(line) for line in parsed["options"]["install_requires"].splitlines() if line.strip()}
    extras = {
        _name(line)
        for lines in parsed["options.extras_require"].values()
        for line in lines.splitlines()
        if line.strip() and not line.startswith("%")
    }
    return core, extras - core


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """Top-level modules loaded after every module of the core was imported, the extras being out of reach."""
    _, extras = _requirements()
    out_of_reach = [
        module
        for module, owners in packages_distributions().items()
        if owners and {owner.lower().replace("_", "-") for owner in owners} <= extras
    ]
    done = subprocess.run(
        [sys.executable, "-c", SHOW, json.dumps(OF_AN_EXTRA), json.dumps(out_of_reach)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_no_module_of_the_core_imports_an_extra_when_it_is_imported(imported: set[str]) -> None:
    assert {"msal", "requests", "PIL"} <= imported, "the core was not imported"


def _imports(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Top-level names that a module imports when it is imported, and those that it imports on use."""
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if typing_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside |= set(ast.walk(node))
    at_once: set[str] = set()
    on_use: set[str] = set()
    for node in ast.walk(tree):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        (on_use if node in inside else at_once).update(name.partition(".")[0] for name in names)
    return at_once, on_use


def test_every_import_is_declared_and_those_of_an_extra_wait_until_they_are_used() -> None:
    core, extras = _requirements()
    owners = packages_distributions()
    ours = set(sys.stdlib_module_names) | {"troubleshooter"}
    wrong: list[str] = []
    for path in sorted((ROOT / "troubleshooter").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        at_once, on_use = _imports(ast.parse(path.read_text(encoding="utf-8")))
        allowed = core if not module.startswith(OF_AN_EXTRA) else core | extras
        for names, known in ((at_once, allowed), (on_use, core | extras)):
            for name in names - ours:
                found = {owner.lower().replace("_", "-") for owner in owners.get(name, [name])}
                found |= {BROUGHT[one] for one in found & BROUGHT.keys()}
                if not found & known:
                    wrong.append(f"{module} imports {name}")
    assert not wrong, "declare it in setup.cfg, or import an extra where it is used"


def test_what_is_declared_is_used() -> None:
    core, _ = _requirements()
    owners = packages_distributions()
    used: set[str] = set()
    for path in (ROOT / "troubleshooter").rglob("*.py"):
        for names in _imports(ast.parse(path.read_text(encoding="utf-8"))):
            for name in names:
                used |= {owner.lower().replace("_", "-") for owner in owners.get(name, [])}
    assert core <= used, "take it out of install_requires"
