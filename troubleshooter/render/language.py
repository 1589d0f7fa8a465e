"""Languages: gettext catalogues read at run time, and dates, numbers and sizes as each language writes them.

English is the source language and needs no catalogue. Every other language is one file,
`reports/locale/<code>/LC_MESSAGES/messages.po`; a new one needs nothing else.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from troubleshooter.errors import UsageError, fill
from troubleshooter.render.labels import CODES
from troubleshooter.render.labels import marked as _

SOURCE = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its words, and how it writes times, numbers and sizes.

    `zone` is the time zone of every time shown; None means the zone of this computer.
    """

    code: str
    locale: Locale
    translations: gettext.NullTranslations
    zone: tzinfo | None = None

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, for the `dir` attribute."""
        return str(self.locale.text_direction)

    @property
    def name(self) -> str:
        """The language's own name for itself."""
        return str(Locale(self.locale.language).get_display_name() or self.code)

    def text(self, msgid: str, **values: object) -> str:
        """The translation of an English template, its `{named}` fields filled."""
        return fill(self.translations.gettext(msgid), values) if msgid else ""

    def plural(self, singular: str, plural: str, count: int, **values: object) -> str:
        """The form this language uses for `count`; `{count}` is filled with the number as written here."""
        template = self.translations.ngettext(singular, plural, count)
        return fill(template, {"count": self.number(count), **values})

    def value(self, code: str) -> str:
        """The word for a code of the result or of a ticket answer, such as `on_its_way` or `missing`."""
        return self.text(CODES.get(code, code))

    def when(self, moment: datetime) -> str:
        """Date, time and zone, such as `22 Nov 2026 11:40 CET`."""
        local = moment.astimezone(self.zone)
        clock = format_datetime(local.replace(tzinfo=None), "HH:mm", locale=self.locale)
        return f"{self.day(moment)} {clock} {_zone_name(local)}"

    def day(self, moment: datetime) -> str:
        """The date alone, in the zone of this language object."""
        return self.calendar_day(moment.astimezone(self.zone).date())

    def calendar_day(self, day: date) -> str:
        """A calendar date, which has no zone."""
        return str(format_date(day, "medium", locale=self.locale))

    def number(self, value: float) -> str:
        """A number with this language's separators; at most two decimals."""
        return str(format_decimal(value, "#,##0.##", locale=self.locale))

    def bytes(self, size: int) -> str:
        """A file size; 1 KB is 1,024 bytes, as Microsoft's limits count."""
        if size < 1024:
            return self.plural("{count} byte", "{count} bytes", size)
        unit, amount = ("KB", size / 1024) if size < 1024 * 1024 else ("MB", size / 1024 / 1024)
        return f"{format_decimal(amount, '#,##0.#', locale=self.locale)} {unit}"

    def duration(self, span: timedelta) -> str:
        """A span in the largest unit that divides it: minutes, hours, or whole days from two days on."""
        minutes = round(span.total_seconds() / 60)
        if minutes >= 2 * 1440 and minutes % 1440 == 0:
            return self.plural("{count} day", "{count} days", minutes // 1440)
        if minutes >= 60 and minutes % 60 == 0:
            return self.plural("{count} hour", "{count} hours", minutes // 60)
        return self.plural("{count} minute", "{count} minutes", minutes)


def languages() -> list[str]:
    """Codes of all languages that can be asked for, English first."""
    folder = resources.files("troubleshooter.reports") / "locale"
    found = [entry.name for entry in folder.iterdir() if (entry / "LC_MESSAGES" / "messages.po").is_file()]
    return [SOURCE, *sorted(name for name in found if name != SOURCE)]


def language(code: str, *, zone: tzinfo | None = None) -> Language:
    """The language of a code such as `hr` or `hr-HR`. UsageError when there is no catalogue for it."""
    known = languages()
    wanted = code.strip().replace("-", "_")
    found = next((name for name in (wanted, wanted.split("_")[0].lower()) if name in known), None)
    if found is None:
        raise UsageError(
            _("There is no language {code!r}."),
            _("Choose one of these: {known}."),
            code=code,
            known=", ".join(known),
        )
    return Language(found, _locale(found), _translations(found), zone)


def msgids() -> Iterator[str | tuple[str, str]]:
    """Every English text that catalogues hold, with its plural where it has one."""
    for code in languages():
        path = _catalogue(code)
        if path.is_file():
            for message in read_po(io.BytesIO(path.read_bytes()), locale=_locale(code)):
                if message.id:
                    yield message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def _catalogue(code: str) -> Traversable:
    return resources.files("troubleshooter.reports") / "locale" / code / "LC_MESSAGES" / "messages.po"


def _locale(code: str) -> Locale:
    # Plain "en" writes American dates; the product's English is British.
    try:
        return Locale.parse("en_GB" if code == SOURCE else code)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


@lru_cache(maxsize=8)
def _translations(code: str) -> gettext.NullTranslations:
    path = _catalogue(code)
    if not path.is_file():
        return gettext.NullTranslations()
    catalogue = read_po(io.BytesIO(path.read_bytes()), locale=_locale(code))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _zone_name(local: datetime) -> str:
    # Windows gives "Central European Standard Time", translated; an offset is shorter and clear to everybody.
    name = local.tzname() or ""
    if re.fullmatch(r"[A-Z]{2,5}", name):
        return name
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
