"""Another language needs a catalogue and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

import troubleshooter
from tests.render.samples import diagnosis
from troubleshooter.diagnose.rule import State
from troubleshooter.evidence.codec import dump

CATALOGUE = """\
msgid ""
msgstr ""
"Language: de\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Who acts"
msgstr "Wer handelt"

msgid "Photo check"
msgstr "Fotoprüfung"
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program with a third catalogue."""
    package = tmp_path / "program" / "troubleshooter"
    shutil.copytree(Path(troubleshooter.__file__).parent, package)
    for name in ("reports", "rules"):
        with resources.as_file(resources.files(f"troubleshooter.{name}")) as folder:
            shutil.copytree(folder, package / name, dirs_exist_ok=True)
    catalogue = package / "reports" / "locale" / "de" / "LC_MESSAGES" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    return package.parent


def test_a_third_language_needs_only_a_catalogue(copy: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence.json"
    evidence.write_text(json.dumps(dump(diagnosis(State.ON_ITS_WAY).evidence)), encoding="utf-8")
    # -S keeps a finder of an editable installation away; the libraries are named instead.
    libraries = os.pathsep.join([str(copy), *(path for path in sys.path if "site-packages" in path)])
    command = ["-S", "-c", "from troubleshooter.cli.main import main; main()", "analyze", str(evidence)]
    done = subprocess.run(
        [sys.executable, *command, "--out", str(tmp_path / "out"), "--lang", "de"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": libraries, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
    (page,) = [path for path in (tmp_path / "out").glob("*.html") if ".letter." not in path.name]
    html = page.read_text(encoding="utf-8")
    assert '<html lang="de" dir="ltr">' in html
    assert "Wer handelt" in html
    assert "Fotoprüfung" in html
    assert "What happens next" in html  # not translated yet, so it is English
    assert "22. Nov" in html or "22.11.2026" in html
