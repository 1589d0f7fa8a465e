"""Take the pictures of docs/pictures: both reports, both languages, light, dark, phone and paper; the letter.

    python docs/take_pictures.py [FOLDER]

Needs the extras `sandbox` and `test`, and Chromium.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
CAUSE = "stale-within-window"
CODES = ("en", "hr")
LOOKS: dict[str, dict[str, object]] = {
    "": {"viewport": {"width": 1120, "height": 1220}},
    ".dark": {"viewport": {"width": 1120, "height": 1220}, "color_scheme": "dark"},
    ".phone": {"viewport": {"width": 390, "height": 844}},
    ".paper": {"viewport": {"width": 794, "height": 1123}},  # A4 at 96 pixels per inch
}
_PROGRAM = [sys.executable, "-c", "from troubleshooter.cli.main import main; main()"]


def main(pictures: Path) -> None:
    """Run the demo and an audit into a temporary folder and photograph them."""
    pictures.mkdir(exist_ok=True)
    names = ("chromium", "chromium-browser", "google-chrome")
    browser_path = next(filter(None, map(shutil.which, names)), None)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = Path(place)
        options = ["--no-open", "--quiet", "--lang", "en", "--lang", "hr", "--out", str(folder)]
        subprocess.run([*_PROGRAM, "demo", *options], check=True)
        stem = next(path.stem for path in folder.glob("*.json") if _cause(path) == CAUSE)
        _audit(folder / "tenant")
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for look in LOOKS:
            for code in CODES:
                _take(browser, folder / f"{stem}.html", code, look, pictures / f"report.{code}{look}.png")
                _take(
                    browser,
                    folder / "tenant" / "report.html",
                    code,
                    look,
                    pictures / f"audit.{code}{look}.png",
                )
        for code in CODES:
            letter = folder / f"{stem}.letter.{code}.html"
            _take(browser, letter, code, ".phone", pictures / f"letter.{code}.phone.png")
        browser.close()


def _take(browser: Browser, page_file: Path, code: str, look: str, picture: Path) -> None:
    page = browser.new_page(device_scale_factor=1.5, **LOOKS[look])  # type: ignore[arg-type]
    if look == ".paper":
        page.emulate_media(media="print")
    page.goto(f"{page_file.as_uri()}#lang={code}")
    page.screenshot(path=str(picture))
    page.close()


def _cause(path: Path) -> str | None:
    cause: str | None = json.loads(path.read_text(encoding="utf-8"))["verdict"]["cause"]
    return cause


def _audit(folder: Path) -> None:
    """Audit an invented tenant of 600 people in both languages."""
    serve = [*_PROGRAM, "sandbox", "serve", "--people", "600", "--json"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as tenant:
        try:
            assert tenant.stdout is not None
            where = json.loads(tenant.stdout.readline())
            options = ["--cloud", where["cloud_file"], "--tenant", where["tenant"], "--share", "0.9"]
            options += ["--client-id", where["client_id"], "--certificate", where["certificate_file"]]
            languages = ["--quiet", "--lang", "en", "--lang", "hr", "--out", str(folder)]
            done = subprocess.run([*_PROGRAM, "audit", *options, *languages], check=False)
            if done.returncode not in (0, 1, 3):
                raise SystemExit(done.returncode)
        finally:
            tenant.terminate()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
