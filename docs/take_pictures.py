"""Take the pictures of docs/pictures: the report of one sandbox person, in both languages, wide and narrow.

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
        browser.close()


if __name__ == "__main__":
    main()
