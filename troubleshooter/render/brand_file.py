"""Reading a template directory: every fault is refused with file and line, and nothing is passed over.

    brand.toml          name, logo, help desk, colours         (all of these may be left out)
    words.<code>.po     wording in a language
    *.html.j2           page templates in the place of ours

docs/branding.md describes it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from troubleshooter.diagnose.complaint import nearest
from troubleshooter.diagnose.toml_lines import KeyPath, key_lines, line_of
from troubleshooter.errors import UsageError
from troubleshooter.render import brand_colours as colours
from troubleshooter.render.brand import Brand, BrandRefused, HelpDesk, refuse
from troubleshooter.render.brand_logo import read_logo
from troubleshooter.render.brand_templates import NAMES, CompanyTemplates
from troubleshooter.render.brand_words import Key, read_words
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import language, languages
from troubleshooter.render.text import plain

FILE = "brand.toml"
_LARGEST = 1024 * 1024
_LONGEST = 200
_WORDS = re.compile(r"words\.([A-Za-z_-]+)\.po")
_READ = (".j2", ".po", ".toml", ".css", ".js")
_KEYS = ("name", "logo", "logo_dark", "help_desk", "colours")
_CONTACT = ("text", "phone", "mail", "url")
_FORMS = {
    "phone": re.compile(r"[0-9+()/. -]*[0-9][0-9+()/. -]*(?:x[0-9]+)?"),
    "mail": re.compile(r"[^@\s<>\"',;:]+@[^@\s<>\"',;:]+"),
    "url": re.compile(r"https?://[^\s<>\"']+"),
}
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


def read_brand(folder: Path) -> Brand:
    """Everything in a template directory. Raises BrandRefused."""
    texts: dict[str, str] = {}
    words: dict[str, Mapping[Key, str | tuple[str, ...]]] = {}
    brand = Brand()
    for path in _entries(folder):
        if path.name == FILE:
            brand = _File(path).brand()
        elif path.name in NAMES:
            texts[path.name] = _text(path)
        elif found := _WORDS.fullmatch(path.name):
            try:
                speak = language(found[1])
            except UsageError:
                _refuse_name(path, [f"words.{code}.po" for code in languages()])
            words[speak.code] = read_words(path, _text(path), speak)
        else:
            _refuse_name(path, [FILE, *NAMES, *(f"words.{code}.po" for code in languages())])
    sheet = _style_sheet()
    return Brand(
        name=brand.name,
        logo=brand.logo,
        logo_dark=brand.logo_dark,
        css=f"{sheet}\n{brand.css}" if brand.css else sheet,
        help_desks=brand.help_desks,
        words=words,
        templates=CompanyTemplates(folder, texts) if texts else None,
    )


def _style_sheet() -> str:
    from troubleshooter.render import page

    return page.asset("brand.css")


def _entries(folder: Path) -> Sequence[Path]:
    """The files that are meant for us; a note or a picture beside them is nobody's fault."""
    try:
        found = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except OSError as problem:
        raise BrandRefused(
            "The template directory {folder} cannot be read ({reason}).",
            "Check the path after --template, and that you may read the folder.",
            folder=str(folder),
            reason=problem.strerror or type(problem).__name__,
        ) from problem
    meant = [path for path in found if path.suffix.lower() in _READ]
    if not meant:
        raise BrandRefused(
            "The template directory {folder} holds nothing that is read.",
            "Put a file brand.toml into it; docs/branding.md shows one.",
            folder=str(folder),
        )
    return meant


def _refuse_name(path: Path, known: Sequence[str]) -> None:
    near = nearest(path.name, known)
    refuse(
        path,
        0,
        _("no file of this name is read."),
        _("Did you mean {nearest}?") if near else _("There are: {known}."),
        nearest=near,
        known=", ".join(known),
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            raw = opened.read(_LARGEST + 1)
    except OSError as problem:
        refuse(
            path,
            0,
            _("the file cannot be read ({reason})."),
            _("Check its permissions."),
            reason=problem.strerror or type(problem).__name__,
        )
    if len(raw) > _LARGEST:
        refuse(path, 0, _("the file is larger than 1 MB."), _("Take out what is not needed."))
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        refuse(path, line, _("this is not UTF-8 text."), _("Save the file as UTF-8."))


class _File:
    """One `brand.toml`, with its lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        text = _text(path)
        try:
            self._data: dict[str, Any] = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as problem:
            place = _PLACE.search(str(problem))
            refuse(
                path,
                int(place[1]) if place and place[1] else text.count("\n") + 1,
                _("this is not valid TOML: {reason}."),
                _('Each line is a key, an equals sign and a text in quotes, such as name = "Contoso".'),
                reason=_PLACE.sub("", str(problem)),
            )
        self._lines = key_lines(text)

    def brand(self) -> Brand:
        self._check_keys(self._data, (), _KEYS)
        name = self._line(self._data, ("name",))
        logo, dark = self._logo("logo"), self._logo("logo_dark")
        if (logo or dark) and not name:
            self._refuse(
                ("logo",) if logo else ("logo_dark",),
                _("a logo needs the name of the company, for those who cannot see it."),
                _('Add a line name = "Contoso".'),
            )
        if dark and not logo:
            self._refuse(
                ("logo_dark",),
                _("there is a logo for dark pages, but none for light ones."),
                _("Add a line logo = ... with a picture for light pages."),
            )
        return Brand(
            name=name,
            logo=logo,
            logo_dark=dark,
            css=colours.style_sheet(self._colours()),
            help_desks=self._help_desks(),
        )

    def _refuse(self, key: KeyPath, what: str, remedy: str, **values: object) -> None:
        refuse(self._path, line_of(self._lines, key), what, remedy, key=".".join(map(str, key)), **values)

    def _check_keys(self, table: Mapping[str, Any], at: KeyPath, known: Sequence[str]) -> None:
        for key in table:
            if key not in known:
                near = nearest(key, known)
                self._refuse(
                    (*at, key),
                    _("there is no key {key}."),
                    _("Did you mean {nearest}?") if near else _("There are: {known}."),
                    nearest=near,
                    known=", ".join(known),
                )

    def _table(self, table: Mapping[str, Any], key: KeyPath) -> Mapping[str, Any]:
        found = table.get(str(key[-1]), {})
        if not isinstance(found, dict):
            self._refuse(key, _("{key} is not a table."), _("Begin it with a line [{key}]."))
        return dict(found)

    def _line(self, table: Mapping[str, Any], key: KeyPath) -> str:
        """A text on one line; '' when it is not there."""
        value = table.get(str(key[-1]))
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self._refuse(key, _("{key} is not a text."), _("Put it in quotation marks, or leave it out."))
        line = str(value).strip()
        if len(line) > _LONGEST or plain(line) != line:
            self._refuse(
                key,
                _("{key} is longer than {limit} characters, or holds characters that cannot be seen."),
                _("Write it shorter and on one line."),
                limit=_LONGEST,
            )
        return line

    def _logo(self, key: str) -> str:
        name = self._line(self._data, (key,))
        if not name:
            return ""
        path = self._path.parent / name
        if not path.resolve().is_relative_to(self._path.parent.resolve()):
            self._refuse(
                (key,),
                _("the logo {logo} lies outside the template directory."),
                _("Put the picture beside brand.toml and write its name as it is."),
                logo=name,
            )
        return read_logo(path, (self._path, line_of(self._lines, (key,))))

    def _help_desks(self) -> Mapping[str, HelpDesk]:
        table, known = self._table(self._data, ("help_desk",)), languages()
        self._check_keys(table, ("help_desk",), (*_CONTACT, *known))
        everywhere = self._contact(table, ("help_desk",))
        desks = {"": HelpDesk(**everywhere)}
        for code in known:
            if code in table:
                at = ("help_desk", code)
                own = self._table(table, at)
                self._check_keys(own, at, _CONTACT)
                desks[code] = HelpDesk(**{**everywhere, **self._contact(own, at)})
        return desks

    def _contact(self, table: Mapping[str, Any], at: KeyPath) -> dict[str, str]:
        found = {key: self._line(table, (*at, key)) for key in _CONTACT if key in table}
        for key, form in _FORMS.items():
            if key in found and not form.fullmatch(found[key]):
                self._refuse(
                    (*at, key),
                    _("{key} is {value!r}, which nobody can dial, write to or open."),
                    _("Write such as +385 1 2345 678, help@contoso.com, https://help.contoso.com."),
                    value=found[key],
                )
        return found

    def _colours(self) -> Mapping[str, Mapping[str, str]]:
        table = self._table(self._data, ("colours",))
        self._check_keys(table, ("colours",), colours.THEMES)
        found: dict[str, Mapping[str, str]] = {}
        for theme in colours.THEMES:
            at = ("colours", theme)
            own = self._table(table, at)
            self._check_keys(own, at, colours.names())
            for name, value in own.items():
                if not colours.is_colour(value):
                    self._refuse(
                        (*at, name),
                        _("{key} is {value!r}, which is not a colour."),
                        _('Write a colour such as "#0b57b0".'),
                        value=value,
                    )
            for pair in colours.unreadable(theme, own):
                self._refuse(
                    (*at, pair.changed),
                    _("{text} on {ground} has a contrast of {ratio}:1; to be read it needs {least}:1."),
                    _("Make one of the two darker or lighter, in the theme {theme}."),
                    text=pair.text,
                    ground=pair.ground,
                    ratio=f"{pair.ratio:.2f}",
                    least=colours.READABLE,
                    theme=theme,
                )
            found[theme] = own
        return found
