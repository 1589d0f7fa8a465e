"""Environments with the packages that a user has, and the program as the wheel installs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement

from tests.cli.program import Done

ROOT = Path(__file__).parents[2]
SOURCES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "troubleshooter", "rules", "reports")


def copy_of_sources(folder: Path) -> Path:
    """What a package is built from, so that building leaves nothing in the project."""
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, folder / name)
    return folder


def build(source: Path, target: Path, *what: str) -> list[Path]:
    """Run `python -m build` as `make package` does, without any network."""
    words = [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(target), str(source)]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return sorted(target.iterdir())


def requirements(wheel: Path) -> list[Requirement]:
    """What the wheel says it needs, extras included."""
    with ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        text = archive.read(name).decode("utf-8").partition("\n\n")[0]
    return [
        Requirement(line.partition(": ")[2])
        for line in text.splitlines()
        if line.startswith("Requires-Dist: ")
    ]


def needed(wanted: Iterable[Requirement]) -> dict[str, Distribution]:
    """What pip would install for these requirements and no extra, from what is installed here."""
    found: dict[str, Distribution] = {}
    queue = [(one, "") for one in wanted]
    while queue:
        requirement, extra = queue.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        one = distribution(requirement.name)
        name = one.metadata["Name"].lower()
        if name not in found:
            found[name] = one
            queue += [(Requirement(text), "") for text in one.requires or ()]
        queue += [(Requirement(text), wish) for wish in requirement.extras for text in one.requires or ()]
    return found


class Environment:
    """A fresh virtual environment with a wheel and exactly what it needs."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=os.name != "nt")
        self.scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / ("python.exe" if os.name == "nt" else "python")
        self.packages = Path(self._python("import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        for one in needed(requirements(wheel)).values():
            self._borrow(one)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet"),
                *("--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)),
            ],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def _borrow(self, one: Distribution) -> None:
        """Make a distribution of here visible there: its own files, and no neighbour of theirs."""
        elsewhere = ("..", "__pycache__", "bin")
        for top in {file.parts[0] for file in one.files or () if file.parts[0] not in elsewhere}:
            source, target = Path(str(one.locate_file(top))), self.packages / top
            if target.exists():
                continue
            if os.name == "nt":
                (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
            else:
                target.symlink_to(source)

    def _python(self, code: str) -> str:
        done = subprocess.run(
            [str(self.python), "-c", code],
            capture_output=True,
            encoding="utf-8",
            check=True,
            env=self._environment(),
            cwd=self.scripts,
        )
        return done.stdout

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PHOTO_TROUBLESHOOTER_", "PYTHON"))}
        return {
            **kept,
            "LC_ALL": "C.UTF-8",
            "PYTHONUTF8": "1",
            "COLUMNS": "120",
            "PHOTO_TROUBLESHOOTER_CONFIG": os.devnull,
        }

    def run(self, *words: str, folder: Path) -> Done:
        """Run the installed program by its console script, far away from the sources."""
        done = subprocess.run(
            [str(self.scripts / "photo-troubleshooter"), *words],
            capture_output=True,
            encoding="utf-8",
            check=False,
            cwd=folder,
            env=self._environment(),
            timeout=300,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def importable(self, name: str) -> bool:
        """Whether a module can be found there."""
        return (
            self._python(f"import importlib.util as u; print(u.find_spec({name!r}) is not None)").strip()
            == "True"
        )
