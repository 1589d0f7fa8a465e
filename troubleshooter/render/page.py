"""Self-contained HTML pages: templates from `reports/`, escaped by default, under a strict content policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Protocol
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from troubleshooter.render.language import Language, language


class Translate(Protocol):
    """`Language.text`: an English template and its values in, a sentence out."""

    def __call__(self, msgid: str, **values: object) -> str: ...


def render(template: str, speak: Language, *, script: bool = True, **values: Any) -> str:
    """Fill a page template. Values are escaped; only our own style and script carry the policy's hashes."""
    css, code = _asset("report.css"), _asset("report.js") if script else ""
    return (
        _environment()
        .get_template(template)
        .render(
            {
                "_": _translator(speak),
                "plural": speak.plural,
                "language": speak,
                "css": Markup(css),  # noqa: S704 - our own file
                "script": Markup(code),  # noqa: S704 - our own file
                "policy": _policy(css, code),
                **values,
            }
        )
    )


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


def _policy(css: str, script: str) -> str:
    parts = ["default-src 'none'", "img-src data:", f"style-src {_hash(css)}"]
    if script:
        parts.append(f"script-src {_hash(script)}")
    return "; ".join([*parts, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


@lru_cache(maxsize=8)
def _asset(name: str) -> str:
    text = (resources.files("troubleshooter.reports") / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_asset), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    environment.tests["command"] = lambda text: re.match(r"[A-Z][a-z]+-[A-Z]\w+( |$)", text) is not None
    return environment
