"""Real names come back on their owner's computer, harmless, and only with the right map."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from tests.bundles.conftest import Bundled
from tests.bundles.test_redaction import hostile
from tests.cli.program import run
from troubleshooter.evidence.codec import dump

STALE = "rita.supek@contoso.example"


@pytest.fixture(scope="module")
def reports(redacted: Bundled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of the redacted bundle, in both languages."""
    folder = tmp_path_factory.mktemp("reports")
    run("analyze", str(redacted.path), "--out", str(folder), "--lang", "en", "--lang", "hr", "--quiet")
    return folder


@pytest.fixture(scope="module")
def stem(redacted: Bundled, reports: Path) -> str:
    """What the files of Rita Supek are called, who has a pseudonym."""
    secrets = json.loads(redacted.map.read_text(encoding="utf-8"))["pseudonyms"]
    pseudonym = next(made for made, real in secrets.items() if real == STALE)
    return pseudonym.replace("@", "_at_")


def test_letter_note_page_and_result_get_their_names_back(
    reports: Path, stem: str, redacted: Bundled, tmp_path: Path
) -> None:
    for ending in ("letter.en.txt", "letter.en.html", "ticket.en.txt", "html", "json"):
        report, out = reports / f"{stem}.{ending}", tmp_path / ending
        assert "Supek" not in report.read_text(encoding="utf-8")
        done = run("bundle", "restore", str(report), "--map", str(redacted.map), "-o", str(out))
        assert (done.code, done.stderr) == (0, "")
        assert "places with real names" in done.stdout
        assert "Rita Supek" in out.read_text(encoding="utf-8")


def test_the_restored_page_says_so_in_each_of_its_languages(
    reports: Path, stem: str, redacted: Bundled, tmp_path: Path
) -> None:
    out = tmp_path / "restored.html"
    run("bundle", "restore", str(reports / f"{stem}.html"), "--map", str(redacted.map), "-o", str(out))
    page = out.read_text(encoding="utf-8")
    english, croatian = page.split('<div class="edition"')[1:]
    assert english.count("the real names were put back") == 2
    assert croatian.count("prava imena vraćena su") == 2
    assert page.count('data-redaction="restored"') == 4
    assert 'data-redaction="redacted"' not in page


def test_the_default_name_is_beside_the_report_and_the_file_is_private(
    reports: Path, stem: str, redacted: Bundled
) -> None:
    notes = [str(reports / f"{stem}.ticket.{code}.txt") for code in ("en", "hr")]
    assert run("bundle", "restore", *notes, "--map", str(redacted.map)).code == 0
    for code in ("en", "hr"):
        written = reports / f"{stem}.ticket.{code}.restored.txt"
        assert "Supek" in written.read_text(encoding="utf-8")
        if sys.platform != "win32":
            assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_a_restored_result_is_no_longer_called_redacted(
    reports: Path, stem: str, redacted: Bundled, tmp_path: Path
) -> None:
    out = tmp_path / "result.json"
    run("bundle", "restore", str(reports / f"{stem}.json"), "--map", str(redacted.map), "-o", str(out))
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["run"]["redaction"] == "restored"
    assert "redaction" not in result["evidence"]
    assert result["person"]["user_principal_name"] == STALE


def test_a_hostile_name_stays_harmless_when_it_comes_back(tmp_path: Path) -> None:
    bad = "<img src=x onerror=alert(1)> \x1b[31m Mallory'; Remove-Item *"
    (tmp_path / "e.json").write_text(json.dumps(dump(hostile(**{"person.display_name": bad}))), "utf-8")
    out, reports = tmp_path / "b.zip", tmp_path / "reports"
    assert run("collect", "--from", str(tmp_path / "e.json"), "--redact", "-o", str(out)).code == 0
    run("analyze", str(out), "--out", str(reports), "--lang", "en")
    pages = [str(path) for path in reports.iterdir()]
    assert run("bundle", "restore", *pages, "--map", str(tmp_path / "b.map.json")).code == 0
    restored = "".join(path.read_text(encoding="utf-8") for path in reports.glob("*.restored.html"))
    assert "Mallory" in restored
    assert "<img src=x" not in restored
    assert "\x1b" not in restored


def test_the_map_of_another_bundle_is_refused(
    bundle: Bundled, reports: Path, stem: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.zip"
    run("collect", "--from", str(bundle.path), "--redact", "-o", str(other))
    report = reports / f"{stem}.letter.en.txt"
    done = run("bundle", "restore", str(report), "--map", str(tmp_path / "other.map.json"), "--lang", "en")
    assert done.code == 4
    assert "holds none of the pseudonyms of this map" in done.stderr


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"\xff\xfe\x00", b'{"format": "photo-troubleshooter/bundle-map/1"}']
)
def test_what_is_no_map_is_refused(content: bytes, reports: Path, stem: str, tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    file.write_bytes(content)
    done = run(
        "bundle", "restore", str(reports / f"{stem}.json"), "--map", str(file), "-o", str(tmp_path / "o")
    )
    assert done.code == 4
    assert "is not the private map" in done.stderr
    assert not (tmp_path / "o").exists()


def test_what_is_no_report_is_refused(redacted: Bundled, tmp_path: Path) -> None:
    for name, content, words in (
        ("a.txt", b"\xff\xfe\xff", "is not UTF-8 text"),
        ("a.json", b"{", "is not JSON"),
        ("gone.txt", None, "cannot be read"),
    ):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        done = run("bundle", "restore", str(file), "--map", str(redacted.map), "--lang", "en")
        assert (done.code, done.stdout) == (4, "")
        assert words in done.stderr


def test_one_name_for_several_reports_is_refused(redacted: Bundled, tmp_path: Path) -> None:
    done = run("bundle", "restore", "a.txt", "b.txt", "--map", str(redacted.map), "-o", str(tmp_path / "o"))
    assert done.code == 2
