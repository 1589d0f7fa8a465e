"""The Markdown of the project: its links, its headings as anchors, its code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
GENERATED = {
    "commands.md",
    "facts.md",
    "rules.md",
    "tenant-rules.md",
    "errors.md",
    "audit-files.md",
    "permissions.md",
}
_PARSER = MarkdownIt("commonmark").enable("table")


def pages() -> list[Path]:
    """Every Markdown file that a reader can come to."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def written_pages() -> list[Path]:
    """Those that people write, decisions aside: these tell what was thought at their time."""
    return [
        page
        for page in pages()
        if page.name not in GENERATED and page.parent.name not in ("decisions", "rules")
    ]


@cache
def tokens(page: Path) -> tuple[Token, ...]:
    """The page, parsed; what stands inside a line is listed flat."""
    flat: list[Token] = []
    for token in _PARSER.parse(page.read_text(encoding="utf-8")):
        flat += [token, *_below(token)]
    return tuple(flat)


def _below(token: Token) -> Iterator[Token]:
    for child in token.children or ():
        yield child
        yield from _below(child)


def links(page: Path) -> list[str]:
    """Every target of a link or a picture."""
    found = (token.attrGet("href") or token.attrGet("src") for token in tokens(page))
    return [str(target) for target in found if target]


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    seen: dict[str, int] = {}
    names = set()
    for heading, inline in zip(tokens(page), tokens(page)[1:], strict=False):
        if heading.type != "heading_open":
            continue
        text = "".join(child.content for child in _below(inline))
        slug = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
        names.add(slug if slug not in seen else f"{slug}-{seen[slug]}")
        seen[slug] = seen.get(slug, 0) + 1
    return frozenset(names)


@dataclass(frozen=True)
class Code:
    """A piece of code: a block with its language, or inline."""

    text: str
    language: str
    inline: bool


def code(page: Path) -> Iterator[Code]:
    """Every piece of code of a page."""
    for token in tokens(page):
        if token.type == "code_inline":
            yield Code(token.content, "", inline=True)
        elif token.type in ("code_block", "fence"):
            yield Code(token.content, token.info.strip(), inline=False)
