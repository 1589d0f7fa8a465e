"""What a page template may hold: no script, nothing from another computer, nothing that would be blocked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NoReturn

from jinja2 import Environment

from troubleshooter.render.brand import refuse
from troubleshooter.render.labels import marked as _

_MARK = "\ue000"  # private use: stands for what a template fills in
_FILLED = re.compile(f"{_MARK}([0-9]+){_MARK}")
_OURS = {"style": ("css",), "script": ("script", "code")}
_TAGS = ("iframe", "frame", "object", "embed", "applet", "base")
_ADDRESSES = ("src", "srcset", "poster", "background", "data")
_ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


def check_markup(path: Path, environment: Environment, text: str) -> list[str]:
    """What the template's own `<style>` elements hold, word for word. Raises BrandRefused."""
    fillings: list[str] = []
    markup = _Markup(path, fillings)
    markup.feed("".join(_flattened(environment, text, fillings)))
    markup.close()
    return markup.styles


def _flattened(environment: Environment, text: str, fillings: list[str]) -> Iterator[str]:
    """The markup with a mark for each thing filled in, and every line where it was."""
    inside, line = "", 1
    for at, kind, value in environment.lex(text):
        if at > line:
            yield "\n" * (at - line)
            line = at
        if kind == "data":
            yield value
            line += value.count("\n")
        elif kind == "variable_begin":
            inside = "variable"
            fillings.append("")
        elif kind == "variable_end":
            inside = ""
            yield f"{_MARK}{len(fillings) - 1}{_MARK}"
        elif inside and kind != "whitespace":
            fillings[-1] += value


class _Markup(HTMLParser):
    def __init__(self, path: Path, fillings: list[str]) -> None:
        super().__init__(convert_charrefs=False)
        self.styles: list[str] = []
        self._path = path
        self._fillings = fillings
        self._open, self._text, self._line = "", "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _TAGS:
            self._refuse(f"<{tag}>")
        values = {name: value or "" for name, value in attrs}
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self._refuse('<meta http-equiv="refresh">')
        if tag == "link" and "data:," not in values.get("href", ""):
            self._refuse("<link>")
        for name, value in values.items():
            if name.startswith("on") or name in ("style", "action", "formaction", "ping", "srcdoc"):
                self._refuse(f"{name}=")
            if name in _ADDRESSES and _ELSEWHERE.match(value):
                self._refuse(f'{name}="{value[:60]}"')
        if tag in _OURS:
            self._open, self._text, self._line = tag, "", self.getpos()[0]

    def handle_data(self, data: str) -> None:
        if self._open:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag != self._open:
            return
        self._open = ""
        whole = _FILLED.fullmatch(self._text)
        if whole and self._fillings[int(whole[1])] in _OURS[tag]:
            return
        if tag == "script":
            self._refuse("<script>", self._line)
        if _FILLED.search(self._text) or "url(" in self._text or "@import" in self._text:
            refuse(
                self._path,
                self._line,
                _("a style of your own must be plain CSS without anything filled in and without addresses."),
                _("Write it out in full, or set colours in brand.toml."),
            )
        self.styles.append(self._text)

    def _refuse(self, what: str, line: int = 0) -> NoReturn:
        refuse(
            self._path,
            line or self.getpos()[0],
            _("{found} is not for these pages: they hold personal data, run no other script, load nothing."),
            _("Take it out."),
            found=what,
        )
