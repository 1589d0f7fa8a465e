"""A company's own wording: `words.<language>.po`, in the format of our catalogues, texts it changes alone."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po
from jinja2 import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from troubleshooter.diagnose.complaint import nearest
from troubleshooter.diagnose.templates import FILTERS
from troubleshooter.render.brand import refuse
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language, msgids

Key = str | tuple[str, str]

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_SPACE = re.compile(r"\s+")


def read_words(path: Path, text: str, speak: Language) -> Mapping[Key, str | tuple[str, ...]]:
    """What a file says instead of our words, by msgid. Raises BrandRefused, naming file and line."""
    try:
        catalogue = read_po(io.BytesIO(text.encode("utf-8")), locale=speak.locale, abort_invalid=True)
    except PoFileError as problem:
        refuse(
            path,
            problem.lineno + 1,
            _("this is not the format of a catalogue (gettext, .po)."),
            _('Each text is a line msgid "..." with our English words and a line msgstr "..." with yours.'),
        )
    except ValueError as problem:  # a header that makes no sense, such as impossible plural forms
        refuse(path, 1, _("the header is wrong: {reason}."), _("Leave the header out."), reason=problem)
    forms = Catalog(locale=speak.locale).num_plurals
    return {key: string for one in catalogue if (string := _checked(path, one, forms, key := _key(one)))}


def _key(message: Message) -> Key:
    found: Any = message.id
    return found if isinstance(found, str) else (found[0], found[1])


def _checked(path: Path, message: Message, forms: int, key: Key) -> str | tuple[str, ...]:
    """The company's text; '' for the header and for a text that is left as it is."""
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    if not message.id or not any(strings):
        return ""
    line = message.lineno or 1
    _demand_known(path, line, key)
    if message.fuzzy:
        refuse(
            path, line, _("this text is marked as fuzzy."), _("Check it, and take the line with fuzzy out.")
        )
    if isinstance(key, tuple) and (len(strings) != forms or not all(strings)):
        refuse(
            path,
            line,
            _("this language has {forms} plural forms, and not all are here."),
            _("Write msgstr[0] to msgstr[{last}]."),
            forms=forms,
            last=forms - 1,
        )
    for string in strings:
        if strange := _strange(key, string):
            refuse(
                path,
                line,
                _("the text holds {field}, which the text it replaces does not."),
                _("Use the fields of our text as they are, or leave them out."),
                field=strange,
            )
    return strings if isinstance(key, tuple) else strings[0]


def _demand_known(path: Path, line: int, key: Key) -> None:
    known = _known()
    if key in known:
        return
    shown = key if isinstance(key, str) else key[0]
    texts = [one if isinstance(one, str) else one[0] for one in known]
    near = next((one for one in texts if one == shown), "") or nearest(shown, texts)
    remedy = _("The nearest one is: {nearest}") if near else _("Copy our text from messages.po as it is.")
    refuse(
        path,
        line,
        _("our pages do not say {text!r}, or not with the same plural forms."),
        remedy,
        text=shown[:120],
        nearest=near,
    )


@lru_cache(maxsize=1)
def _known() -> frozenset[Key]:
    return frozenset(msgids())


def _strange(key: Key, string: str) -> str:
    """A field of the company's text that ours has not, or that does not parse; '' when all is well."""
    originals = [key] if isinstance(key, str) else list(key)
    if any(_JINJA.search(one) for one in originals):
        return _strange_template(originals[0], string)
    allowed = set().union(*(_fields(one) or set() for one in originals))
    fields = _fields(string)
    if fields is None:
        return "{ }"
    return min((f"{{{name}}}" for name in fields - allowed), default="")


def _fields(text: str) -> set[str] | None:
    """The fields of a text for `str.format`, as written; None when it cannot be read or holds bare braces."""
    if "{{" in text or "}}" in text:
        return None
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return None
    return {
        name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _text, name, form, conversion in parts
        if name is not None
    }


def _strange_template(original: str, string: str) -> str:
    """The same for the words of a rule, which are templates over facts."""
    allowed = {_SPACE.sub("", one) for one in _JINJA.findall(original)}
    for one in _JINJA.findall(string):
        if _SPACE.sub("", one) not in allowed:
            return str(one)
    try:
        _environment().parse(string)
    except TemplateSyntaxError as problem:
        return problem.message or "{ }"
    return ""


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment()  # parses only
    environment.filters |= dict.fromkeys(FILTERS, str)
    return environment
