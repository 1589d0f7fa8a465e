"""Take the pictures of docs/pictures: the reports of one sandbox person and of a tenant, wide and narrow.

    python docs/take_pictures.py

Needs the extras `sandbox` and `test`, and Chromium.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parent / "pictures"
CAUSE = "stale-within-window"
SIZES = {"": (1120, 1220), ".phone": (390, 844)}


def _cause(path: Path) -> str | None:
    cause: str | None = json.loads(path.read_text(encoding="utf-8"))["verdict"]["cause"]
    return cause


def main() -> None:
    """Run the demo into a temporary folder and photograph it."""
    PICTURES.mkdir(exist_ok=True)
    names = ("chromium", "chromium-browser", "google-chrome")
    browser_path = next(filter(None, map(shutil.which, names)), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        program = [sys.executable, "-c", "from troubleshooter.cli.main import main; main()"]
        options = ["--no-open", "--quiet", "--lang", "en", "--out", folder]
        subprocess.run([*program, "demo", *options], check=True)
        stem = next(path.stem for path in Path(folder).glob("*.json") if _cause(path) == CAUSE)
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for code in ("en", "hr"):
            for suffix, (width, height) in SIZES.items():
                page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1.5)
                page.goto((Path(folder) / f"{stem}.{code}.html").as_uri())
                page.screenshot(path=str(PICTURES / f"report.{code}{suffix}.png"))
                page.close()
        _audit(Path(folder) / "tenant", program)
        for code in ("en", "hr"):
            page = browser.new_page(viewport={"width": 1120, "height": 900}, device_scale_factor=1.5)
            page.goto((Path(folder) / "tenant" / f"report.{code}.html").as_uri())
            page.screenshot(path=str(PICTURES / f"audit.{code}.png"))
            page.close()
        browser.close()


def _audit(folder: Path, program: list[str]) -> None:
    """Audit an invented tenant of 600 people in both languages."""
    serve = [*program, "sandbox", "serve", "--people", "600", "--json"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as tenant:
        try:
            assert tenant.stdout is not None
            where = json.loads(tenant.stdout.readline())
            options = ["--cloud", where["cloud_file"], "--tenant", where["tenant"], "--share", "0.9"]
            options += ["--client-id", where["client_id"], "--certificate", where["certificate_file"]]
            languages = ["--quiet", "--lang", "en", "--lang", "hr", "--out", str(folder)]
            done = subprocess.run([*program, "audit", *options, *languages], check=False)
            if done.returncode not in (0, 1, 3):
                raise SystemExit(done.returncode)
        finally:
            tenant.terminate()


if __name__ == "__main__":
    main()
