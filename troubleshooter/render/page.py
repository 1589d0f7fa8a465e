"""Self-contained HTML pages: templates from `reports/`, escaped by default, under a strict content policy.

A page may hold several languages, one *edition* each. The first one is shown; a switch shows another. It is
made of radio buttons and the style sheet, so that it works without script; the script adds the address
(`#lang=hr`). Ids of the first edition are plain, those of another end in its code: `verdict.hr`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Protocol, TypeVar

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from troubleshooter.render.brand import NO_BRAND, Brand
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language

STYLE: tuple[str, ...] = ("report.css",)
SCRIPT: tuple[str, ...] = ("report.js",)

Kind = TypeVar("Kind", bound=Environment)

ALWAYS = ("_", "plural", "language", "company", "at", "css", "script", "policy")
"""Names that every template is given, beside its own."""


class Translate(Protocol):
    """`Language.text`: an English template and its values in, a sentence out."""

    def __call__(self, msgid: str, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Heading:
    """The top of a page in one language. `answer` is the id that "skip to the answer" leads to.

    `when` is the time or times to name, ready to read; `when_iso` the same for machines, '' for a span.
    """

    title: str
    brand: str
    answer: str = "answer"
    when: str = ""
    when_word: str = ""
    when_iso: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """One language of a page, ready to be put into it."""

    language: Language
    title: str
    brand: str
    answer: str
    when: str
    when_word: str
    when_iso: str
    words: Mapping[str, str]
    body: Markup


def render(
    template: str, speak: Language, *, script: bool = True, brand: Brand = NO_BRAND, **values: Any
) -> str:
    """Fill a template that is a whole page in one language. Values are escaped.

    `brand` is a company's own look. Raises BrandRefused when a template of that company fails.
    """
    css, code = with_brand(joined(STYLE), brand), joined(SCRIPT) if script else ""
    return str(_fill(template, speak, _at(""), {**_assets(css, code, brand), **values}, brand))


def document(
    kind: str,
    template: str,
    languages: Sequence[Language],
    edition: Callable[[Language], tuple[Heading, Mapping[str, Any]]],
    *,
    style: Sequence[str] = STYLE,
    script: Sequence[str] = SCRIPT,
    brand: Brand = NO_BRAND,
) -> str:
    """A page of one or several languages. `edition` gives heading and values of the template for each.

    Values are escaped; only our own style and script, and those of a company's templates, carry the policy's
    hashes. Raises BrandRefused when a template of that company fails.
    """
    speaks = list({speak.code: speak for speak in languages}.values())
    editions = []
    for speak in speaks:
        at = _at("" if speak is speaks[0] else speak.code)
        heading, values = edition(speak)
        editions.append(
            Edition(
                language=speak,
                title=heading.title,
                brand=heading.brand,
                answer=at(heading.answer),
                when=heading.when,
                when_word=heading.when_word,
                when_iso=heading.when_iso,
                words={
                    "skip": speak.text(_("Skip to the answer")),
                    "language": speak.text(_("Language")),
                    "print": speak.text(_("Print")),
                },
                body=_fill(template, speak, at, values, brand),
            )
        )
    css = joined(style) + "".join(map(_only, (speak.code for speak in speaks) if len(speaks) > 1 else ()))
    assets = _assets(with_brand(css, brand), joined(script), brand)
    shell = {"kind": kind, "editions": editions, **assets}
    return str(_fill("page.html.j2", speaks[0], _at(""), shell, brand))


def joined(names: Sequence[str]) -> str:
    """Our own style sheets or scripts as one text."""
    return "\n".join(map(asset, names))


def with_brand(css: str, brand: Brand) -> str:
    """A style sheet and, after it, what a company changes in it."""
    return f"{css}\n{brand.css}" if brand.css else css


def _fill(
    template: str, speak: Language, at: Callable[[str], str], values: Mapping[str, Any], brand: Brand
) -> Markup:
    context = {
        "_": _translator(speak),
        "plural": speak.plural,
        "language": speak,
        "company": brand,
        "at": at,
        **values,
    }
    if brand.templates is not None:
        filled = brand.templates.render(template, context)
    else:
        filled = _environment().get_template(template).render(context)
    return Markup(filled)  # noqa: S704 - the templates escape what they are given


def _at(code: str) -> Callable[[str], str]:
    """Makes ids, and addresses within the page, belong to one edition."""
    return lambda name: f"{name}.{code}" if code else name


def _only(code: str) -> str:
    """Hides what belongs to other languages. Where a browser cannot, all of them stand below one another."""
    chosen = f"body:has(#language-{code}:checked)"
    return f'\n{chosen} [data-only]:not([data-only="{code}"]) {{ display: none !important; }}'


def _assets(css: str, code: str, brand: Brand) -> dict[str, object]:
    return {
        "css": Markup(css),  # noqa: S704 - our own file
        "script": Markup(code),  # noqa: S704 - our own file
        "policy": policy(css, code, brand),
    }


def _translator(speak: Language) -> Translate:
    def translate(msgid: str, **values: object) -> Markup:
        return Markup(escape(speak.text(msgid))).format(**values)  # noqa: S704 - Markup.format escapes values

    return translate


def policy(css: str, script: str, brand: Brand = NO_BRAND) -> str:
    """The content policy of a page with this style and script, and the styles of a company's templates."""
    styles = (css, *(brand.templates.styles if brand.templates is not None else ()))
    parts = ["default-src 'none'", "img-src data:", f"style-src {' '.join(map(_hash, styles))}"]
    if script:
        parts.append(f"script-src {_hash(script)}")
    return "; ".join([*parts, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


@lru_cache(maxsize=16)
def asset(name: str) -> str:
    """A file of `reports/`."""
    text = (resources.files("troubleshooter.reports") / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def prepared(environment: Kind) -> Kind:
    """The environment with what our templates use beside Jinja2's own."""
    environment.tests["command"] = lambda text: re.match(r"[A-Z][a-z]+-[A-Z]\w+( |$)", text) is not None
    return environment


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return prepared(
        Environment(
            loader=FunctionLoader(asset), autoescape=True, undefined=StrictUndefined, auto_reload=False
        )
    )
