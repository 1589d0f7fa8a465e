"""Self-contained HTML pages: templates from `reports/`, escaped by default, under a strict content policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from troubleshooter.render.brand import NO_BRAND, Brand
from troubleshooter.render.language import Language, language

Kind = TypeVar("Kind", bound=Environment)

ALWAYS = ("_", "plural", "language", "company", "css", "script", "policy")
"""Names that every template is given, beside its own."""


class Translate(Protocol):
    """`Language.text`: an English template and its values in, a sentence out."""

    def __call__(self, msgid: str, **values: object) -> str: ...


def render(
    template: str, speak: Language, *, script: bool = True, brand: Brand = NO_BRAND, **values: Any
) -> str:
    """Fill a page template. Values are escaped; only our own style and script carry the policy's hashes.

    `brand` is a company's own look. Raises BrandRefused when a template of that company fails.
    """
    css, code = with_brand(asset("report.css"), brand), asset("report.js") if script else ""
    context = {
        "_": _translator(speak),
        "plural": speak.plural,
        "language": speak,
        "company": brand,
        "css": Markup(css),  # noqa: S704 - our own file
        "script": Markup(code),  # noqa: S704 - our own file
        "policy": policy(css, code, brand),
        **values,
    }
    if brand.templates is not None:
        return brand.templates.render(template, context)
    return _environment().get_template(template).render(context)


def with_brand(css: str, brand: Brand) -> str:
    """A style sheet and, after it, what a company changes in it."""
    return f"{css}\n{brand.css}" if brand.css else css


def language_links(speak: Language, siblings: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Code, own name and relative address of every language this page exists in; empty when only in one."""
    if not siblings:
        return []
    entries = [(speak.code, speak.name, "")]
    entries += [
        (code, language(code).name, quote(href, safe="/"))
        for code, href in siblings.items()
        if code != speak.code
    ]
    return sorted(entries)


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
