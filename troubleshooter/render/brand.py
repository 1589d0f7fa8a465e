"""A company's own look and words, as the pages, letters and notes use them; `brand_file` reads them."""

from __future__ import annotations

import gettext
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from types import MappingProxyType
from typing import Any, NoReturn, Protocol

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from troubleshooter.errors import Message, UsageError
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language, language


class BrandRefused(UsageError):
    """Something in a template directory cannot be used. Nothing of ours takes its place unasked."""


def refuse(file: object, line: int, what: str, remedy: str, **values: object) -> NoReturn:
    """Raise BrandRefused for a line of a file, which counts from 1; 0 stands for the whole file."""
    told = Message(what, values)
    if line:
        raise BrandRefused("{file}, line {line}: {fault}", remedy, file=file, line=line, fault=told, **values)
    raise BrandRefused("{file}: {fault}", remedy, file=file, fault=told, **values)


class Templates(Protocol):
    """Page templates of which some are the company's own."""

    @property
    def styles(self) -> Sequence[str]:
        """What stands between `<style>` and `</style>` in the company's templates, word for word."""
        ...

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The page. Raises BrandRefused, naming file and line, when a template of the company fails."""
        ...


@dataclass(frozen=True, slots=True)
class HelpDesk:
    """Whom a reader asks, in one language; every part may be ''."""

    text: str = ""
    phone: str = ""
    mail: str = ""
    url: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.phone or self.mail or self.url)


@dataclass(frozen=True, slots=True)
class Brand:
    """Everything of a template directory. `logo` and `logo_dark` are `data:` addresses.

    `css` sets custom properties. `help_desks` has a key '' for all languages that are not named. `words` maps
    a language to its msgids (singular and plural where a text has both) and what to say instead.
    """

    name: str = ""
    logo: str = ""
    logo_dark: str = ""
    css: str = ""
    help_desks: Mapping[str, HelpDesk] = field(default_factory=lambda: MappingProxyType({}))
    words: Mapping[str, Mapping[str | tuple[str, str], str | tuple[str, ...]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    templates: Templates | None = None

    def __bool__(self) -> bool:
        return self is not NO_BRAND

    def help_desk(self, code: str) -> HelpDesk:
        """The help desk as readers of this language are told about it."""
        return self.help_desks.get(code) or self.help_desks.get("") or HelpDesk()

    def language(self, code: str, *, zone: tzinfo | None = None) -> Language:
        """The language with the company's own wording. UsageError when there is no such language."""
        speak = language(code, zone=zone)
        own = self.words.get(speak.code)
        return replace(speak, translations=_translations(speak, own)) if own else speak


NO_BRAND = Brand()


def contact_lines(brand: Brand, speak: Language) -> list[str]:
    """The help desk as lines of plain text; none when the company named none."""
    desk = brand.help_desk(speak.code)
    if not desk:
        return []
    told = [
        desk.text,
        speak.text(_("Phone: {phone}"), phone=desk.phone) if desk.phone else "",
        speak.text(_("Mail: {mail}"), mail=desk.mail) if desk.mail else "",
        desk.url,
    ]
    return [speak.text(_("Your help desk:")), *(line for line in told if line)]


def _translations(
    speak: Language, own: Mapping[str | tuple[str, str], str | tuple[str, ...]]
) -> gettext.NullTranslations:
    """The company's words first, then ours."""
    catalogue = Catalog(locale=speak.locale)
    for msgid, string in own.items():
        catalogue.add(msgid, string)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    found = gettext.GNUTranslations(compiled)
    found.add_fallback(speak.translations)
    return found
