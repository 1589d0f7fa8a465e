"""The site of the documentation: the Markdown of this folder and of the folder above, as it stands.

make docs        writes generated pages, then builds build/site; a broken link or an orphan page fails it.

The source folder is the project itself, so that every link works here as it does in the repository. The
navigation is made from the lists of docs/README.md and docs/decisions/README.md.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parents[1]))
from troubleshooter import __version__

project = "photo-troubleshooter"
author = "photo-troubleshooter"
release = version = __version__
extensions = ["myst_parser"]
root_doc = "docs/README"
include_patterns = ["*.md", "docs/**/*.md", "docs/*.md"]
# Not to be walked through; a dot stands for every hidden folder.
exclude_patterns = [
    ".*",
    "*.egg-info",
    "benchmarks",
    "build",
    "dist",
    "photo-*",
    "reports",
    "rules",
    "tests",
    "troubleshooter",
]

# Anchors as GitHub makes them from headings.
myst_heading_anchors = 5
suppress_warnings = ["myst.header"]
highlight_language = "none"
smartquotes = False

html_theme = "furo"
html_title = f"photo-troubleshooter {release}"
html_extra_path = ["site"]  # index.html, which leads to the first page
html_use_index = False
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False

_LISTED = re.compile(r"^- \[([^\]]+)\]\(([^)#:]+\.md)\)", re.MULTILINE)
_TITLED = re.compile(r"^## (.+)$", re.MULTILINE)
# As on GitHub, a link to a folder means its README.
_FOLDER = re.compile(r"(\]\((?![a-z]+:)[^)#\s]*)/\)")


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    """Before a page is read: links to folders, and the navigation of the two lists."""
    source[0] = _FOLDER.sub(r"\1/README.md)", source[0])
    if name in (root_doc, "docs/decisions/README"):
        source[0] += _navigation(source[0])


def _navigation(text: str) -> str:
    pieces = _TITLED.split(text)
    parts = [("", pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]
    trees = []
    for title, part in parts:
        if pages := _LISTED.findall(part):
            options = [":hidden:", *([f":caption: {title}"] if title else [])]
            entries = (f"{name} <{page}>" for name, page in pages)
            trees.append("\n".join(("", "```{toctree}", *options, "", *entries, "```", "")))
    return "\n".join(trees)


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.connect("source-read", _read)
