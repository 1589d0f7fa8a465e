"""--template and --pictures on the commands that write pages, and what happens to files in the way."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Options
from tests.cli.program import run
from troubleshooter.sandbox.server import Sandbox

EXAMPLE = Path(__file__).parents[2] / "docs" / "branding" / "contoso"
ADELE = "adele.vance@contoso.example"


@pytest.fixture(scope="module")
def somebody(sandbox: Sandbox) -> str:
    """The sign-in name of somebody whose stores hold the same picture."""
    return next(one.upn for one in sandbox.tenant.accounts if one.situation == "fine-everywhere")


def page_of(folder: Path) -> str:
    (page,) = (path for path in folder.glob("*.html") if ".letter." not in path.name)
    return page.read_text(encoding="utf-8")


def test_without_pictures_patterns_size_and_format_stand_for_them(
    somebody: str, as_app: Options, tmp_path: Path
) -> None:
    base = ("diagnose", somebody, "--lang", "en", "--quiet", *as_app())
    assert run(*base, "--out", str(tmp_path / "with")).code in (0, 1)
    assert run(*base, "--out", str(tmp_path / "without"), "--pictures", "none").code in (0, 1)
    shown, left_out = page_of(tmp_path / "with"), page_of(tmp_path / "without")
    assert 'src="data:image' in shown
    assert "this page holds names, addresses and pictures" in shown
    assert "data:image" not in left_out
    assert "Pictures were left out; patterns of their fingerprints stand for them." in left_out
    patterns = re.findall(r'<svg class="pattern".*?</svg>', left_out)
    assert len(patterns) >= 2
    stores = {
        key: re.sub(r"<[^>]*>", " ", text)
        for key, text in re.findall(
            r'data-store="(\w+)" data-relation="\w+">(.*?)</li>\n', left_out, re.DOTALL
        )
    }
    assert re.search(r"\d+ × \d+ JPEG", stores["photo"])
    assert re.search(r"\d+ × \d+ JPEG", stores["thumbnail"])
    assert re.search(r"\d+ × \d+ JPEG", stores["served"])
    relations = re.findall(r'data-store="(\w+)" data-relation="(\w+)"', shown)
    assert re.findall(r'data-store="(\w+)" data-relation="(\w+)"', left_out) == relations


def test_a_template_directory_is_on_the_pages_of_diagnose_and_analyze(
    somebody: str, as_app: Options, tmp_path: Path
) -> None:
    template = ("--template", str(EXAMPLE), "--lang", "en", "--quiet")
    done = run("diagnose", somebody, "--out", str(tmp_path / "d"), *template, *as_app())
    assert done.code in (0, 1), done.stderr
    (source,) = (tmp_path / "d").glob("*.json")
    done = run("analyze", str(source), "--out", str(tmp_path / "a"), *template)
    assert done.code in (0, 1), done.stderr
    for folder in (tmp_path / "d", tmp_path / "a"):
        assert 'alt="Contoso"' in page_of(folder)
        letter = next(folder.glob("*.letter.en.txt")).read_text(encoding="utf-8")
        assert letter.startswith("Dear ")
        assert "Phone: +385 1 2345 678" in letter
        assert "help@contoso.example" in next(folder.glob("*.ticket.en.txt")).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["diagnose", "analyze", "report", "audit", "recheck", "demo"])
def test_a_fault_in_a_template_directory_stops_every_command_before_it_does_anything(
    command: str, tmp_path: Path
) -> None:
    company = tmp_path / "company"
    company.mkdir()
    (company / "brand.toml").write_text('name = "x"\n\nlgo = "y"\n', encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    target = {
        "diagnose": [ADELE],
        "analyze": [str(tmp_path / "a.json")],
        "report": [str(tmp_path / "a.json")],
        "recheck": [str(tmp_path)],
    }
    out = [] if command == "recheck" else ["--out", str(tmp_path / "out")]
    done = run(command, *target.get(command, []), *out, "--template", str(company), "--lang", "hr")
    assert done.code == 2, done.stderr
    assert "brand.toml, redak 3: ne postoji ključ lgo." in done.stderr
    assert "Jeste li mislili logo?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["diagnose", "analyze", "report", "audit", "recheck", "demo"])
def test_a_language_there_is_not_names_those_there_are(command: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    target = {
        "diagnose": [ADELE],
        "analyze": [str(tmp_path / "a.json")],
        "report": [str(tmp_path / "a.json")],
        "recheck": [str(tmp_path)],
    }
    several = [] if command == "demo" else ["--lang", "en"]  # the second one counts, too
    done = run(command, *target.get(command, []), *several, "--lang", "xx")
    assert done.code == 2, done.stderr
    assert "There is no language 'xx'." in done.stderr
    assert "Choose one of these: en, hr." in done.stderr


@pytest.fixture
def result(somebody: str, as_app: Options, tmp_path: Path) -> Path:
    done = run("diagnose", somebody, "--json", "--lang", "en", *as_app())
    path = tmp_path / "result.json"
    path.write_text(done.stdout, encoding="utf-8")
    return path


def test_our_own_files_are_written_anew_and_somebody_elses_is_left_alone(
    result: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        done = run("report", str(result), "--out", str(out), "--lang", "en", "--no-open", "--quiet")
        assert done.code in (0, 1), done.stderr
    (page,) = (path for path in out.glob("*.html") if ".letter." not in path.name)
    page.write_text("<!DOCTYPE html><title>my notes</title>", encoding="utf-8")
    for command in ("report", "analyze"):
        done = run(command, str(result), "--out", str(out), "--lang", "en")
        assert done.code == 4
        assert f"{page} is there already, and this program did not write it." in done.stderr
        assert "Move it away, or choose another folder with --out." in done.stderr
    assert page.read_text(encoding="utf-8") == "<!DOCTYPE html><title>my notes</title>"


def test_an_audit_leaves_somebody_elses_list_alone_and_asks_nobody(
    sandbox: Sandbox, as_app: Options, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("name,birthday\nEva,1 May\n", encoding="utf-8")
    before = len(sandbox.requests)
    done = run("audit", "--out", str(tmp_path), "--lang", "en", *as_app())
    assert done.code == 4
    assert "people.csv is there already, and this program did not write it." in done.stderr
    assert len(sandbox.requests) == before
    assert (tmp_path / "people.csv").read_text(encoding="utf-8") == "name,birthday\nEva,1 May\n"


def test_a_place_where_nothing_can_be_written_is_named(result: Path, tmp_path: Path) -> None:
    done = run("report", str(result), "--out", str(result), "--lang", "en")
    assert done.code == 2
    assert "is a file" in done.stderr
    done = run("report", str(result), "--out", str(result / "reports"), "--lang", "en")
    assert done.code == 4
    assert "cannot be written (Not a directory)" in done.stderr
    assert "Choose another place" in done.stderr
    json.loads(result.read_text(encoding="utf-8"))
    stem = tmp_path / "out"
    stem.mkdir()
    done = run("report", str(result), "--out", str(stem), "--lang", "en", "--quiet", "--no-open")
    (page,) = (path for path in stem.glob("*.html") if ".letter." not in path.name)
    page.unlink()
    page.mkdir()
    done = run("report", str(result), "--out", str(stem), "--lang", "en")
    assert done.code == 4
    assert "cannot be written (Is a directory)" in done.stderr
