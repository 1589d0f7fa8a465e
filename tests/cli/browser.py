"""A browser as small as can be: opens the sign-in page, and sends its form on to where it points.

Run by the program itself, which starts what the environment variable BROWSER names: `python browser.py
ADDRESS`. Where the sandbox is, and the file for what it saw, come from the environment too, because Python
reads BROWSER only once in the life of a process.
"""

from __future__ import annotations

import json
import os
import re
import sys
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[2]))

import requests

from tests.sandbox.wire_client import LoopbackAdapter
from troubleshooter.sandbox.server import Sandbox


def main() -> None:
    address = sys.argv[1]
    ca, port, notes = (os.environ[name] for name in ("SANDBOX_CA", "SANDBOX_PORT", "SANDBOX_NOTES"))
    session = requests.Session()
    session.trust_env = False
    session.verify = ca
    parts = urlsplit(address)
    session.mount(f"https://{parts.netloc}", LoopbackAdapter(parts.netloc, int(port)))
    page = session.get(address, timeout=30).text
    action = re.search(r'action="([^"]+)"', page)
    seen = {"address": address, "page": page, "end": ""}
    if action:
        fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}
        seen["end"] = requests.post(unescape(action[1]), data=fields, timeout=30).text
    Path(notes).write_text(json.dumps(seen), encoding="utf-8")


def environment(sandbox: Sandbox, notes: Path) -> dict[str, str]:
    """The variables that make this the browser of a program, and `notes` the file for what it saw."""
    return {
        "BROWSER": f"{sys.executable} {__file__} %s &",
        "SANDBOX_CA": str(sandbox.ca_file),
        "SANDBOX_PORT": str(sandbox.port),
        "SANDBOX_NOTES": str(notes),
    }


if __name__ == "__main__":
    main()
