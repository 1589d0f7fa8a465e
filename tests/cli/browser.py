"""A browser as small as can be: opens the sign-in page, and sends its form on to where it points.

Run by the program itself, which starts what the environment variable BROWSER names:
`python browser.py CA PORT NOTES ADDRESS`. What it saw goes to the file NOTES.
"""

from __future__ import annotations

import json
import re
import sys
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[2]))

import requests

from tests.sandbox.wire_client import LoopbackAdapter


def main() -> None:
    ca, port, notes, address = sys.argv[1:5]
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


main()
