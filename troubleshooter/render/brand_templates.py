"""A company's own page templates: run in Jinja2's sandbox, escaped, and looked at before anything is written.

A page that looks right but has lost its content policy, or shows a name without escaping it, is worse than
no page. So what would be blocked or could leak is refused, with file and line, and never only left out.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from troubleshooter.diagnose.complaint import nearest
from troubleshooter.render import page
from troubleshooter.render.brand import BrandRefused, refuse
from troubleshooter.render.brand_markup import check_markup
from troubleshooter.render.labels import marked as _

NAMES = tuple(
    sorted(
        one.name
        for one in resources.files("troubleshooter.reports").iterdir()
        if one.name.endswith(".html.j2")
    )
)
MACROS = "macros.html.j2"
_DATA = (str, int, float, bytes, tuple, list, dict, date, Mapping, type(None))
_OWN_MODULES = ("troubleshooter.render.", "jinja2.")
_FAULTS = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Templates read what they are given and call what the views offer: nothing else of the program."""

    def is_safe_callable(self, obj: Any) -> bool:
        if not super().is_safe_callable(obj):
            return False
        owner = getattr(obj, "__self__", None)
        if owner is not None and isinstance(owner, _DATA):
            return True
        return str(getattr(obj, "__module__", "") or type(obj).__module__).startswith(_OWN_MODULES)


class CompanyTemplates:
    """Our templates, some of them replaced. `styles` is what the company's own `<style>` elements hold."""

    def __init__(self, folder: Path, texts: Mapping[str, str]) -> None:
        self._folder = folder
        self._texts = texts
        self._environment: _Sandbox = page.prepared(_Sandbox(**self._options()))
        found: list[str] = []
        macros = _macros(self._environment.parse(page.asset(MACROS)))
        if MACROS in texts:
            own = _macros(self._parsed(MACROS))
            for name in macros:
                if name not in own:
                    refuse(
                        self._path(MACROS),
                        1,
                        _("the macro {name} is missing, which other templates use."),
                        _("Copy it from our template of the same name."),
                        name=name,
                    )
            macros = own
        for name in texts:
            self._check(name, macros)
            found += check_markup(self._path(name), self._environment, texts[name])
        self.styles: Sequence[str] = tuple(dict.fromkeys(found))

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The page. Raises BrandRefused, naming file and line, when a template of the company fails."""
        try:
            text = self._environment.get_template(name).render(values)
        except _FAULTS as problem:
            self._refuse_fault(problem)
            raise
        if "policy" in values and str(escape(values["policy"])) not in text:
            self._refuse_policy(name)
        return text

    def _options(self) -> dict[str, Any]:
        return {
            "loader": FunctionLoader(self._load),
            "autoescape": True,
            "undefined": StrictUndefined,
            "auto_reload": False,
        }

    def _load(self, name: str) -> tuple[str, str | None, Callable[[], bool]] | None:
        if name in self._texts:
            return self._texts[name], str(self._path(name)), lambda: True
        return (page.asset(name), None, lambda: True) if name in NAMES else None

    def _path(self, name: str) -> Path:
        return self._folder / name

    def _parsed(self, name: str) -> nodes.Template:
        try:
            return self._environment.parse(self._texts[name], name)
        except TemplateSyntaxError as problem:
            self._refuse_syntax(name, problem)

    def _refuse_syntax(self, name: str, problem: TemplateSyntaxError) -> NoReturn:
        refuse(
            self._path(name),
            problem.lineno,
            _("the template is wrong: {reason}"),
            _("Correct this line; https://jinja.palletsprojects.com/templates describes the format."),
            reason=problem.message or "",
        )

    def _check(self, name: str, macros: Sequence[str]) -> None:
        tree = self._parsed(name)
        try:
            unknown = meta.find_undeclared_variables(tree) - _given()
            self._environment.get_template(name)  # unknown filters and tests show when it is compiled
        except TemplateSyntaxError as problem:
            self._refuse_syntax(name, problem)
        for node in tree.find_all(nodes.Name):
            if node.name in unknown and node.ctx == "load":
                self._refuse_unknown(name, node.lineno, node.name, sorted(_given()))
        for one in tree.find_all(nodes.Getattr):
            if isinstance(one.node, nodes.Name) and one.node.name == "ui" and one.attr not in macros:
                self._refuse_unknown(name, one.lineno, f"ui.{one.attr}", [f"ui.{known}" for known in macros])
        for line, what in _unescaping(tree):
            refuse(
                self._path(name),
                line,
                _("{found} would let a name that somebody chose become a part of the page."),
                _("Take it out: what a template writes is always escaped."),
                found=what,
            )
        for line, wanted in _wanted(tree):
            if wanted not in NAMES:
                self._refuse_unknown(name, line, wanted, NAMES)
        if _has_policy(self._environment.parse(page.asset(name)), name) and not _has_policy(tree, name):
            self._refuse_policy(name)

    def _refuse_unknown(self, name: str, line: int, word: str, known: Sequence[str]) -> None:
        near = nearest(word, known)
        refuse(
            self._path(name),
            line,
            _("there is no {word}."),
            _("Did you mean {nearest}?") if near else _("There are: {known}."),
            word=word,
            nearest=near,
            known=", ".join(known),
        )

    def _refuse_policy(self, name: str) -> None:
        where = MACROS if name not in self._texts else name
        refuse(
            self._path(where),
            1,
            _("the content policy is missing, which keeps a page from loading anything."),
            _(
                "Begin the page with {call}, or write the policy as our macros.html.j2 does.",
            ),
            call="{{ ui.head(...) }}",
        )

    def _refuse_fault(self, problem: BaseException) -> None:
        """Raise BrandRefused when the fault lies in a template of the company."""
        if isinstance(problem, BrandRefused):
            raise problem
        paths = {str(self._path(name)): name for name in self._texts}
        if isinstance(problem, TemplateSyntaxError) and problem.filename in paths:
            self._refuse_syntax(paths[problem.filename], problem)
        frames = [one for one in traceback.extract_tb(problem.__traceback__) if one.filename in paths]
        if frames:
            refuse(
                frames[-1].filename,
                frames[-1].lineno or 1,
                _("the template fails: {reason}"),
                _("Compare the line with our template of the same name."),
                reason=str(problem) or type(problem).__name__,
            )


def _macros(tree: nodes.Template) -> list[str]:
    return [node.name for node in tree.body if isinstance(node, nodes.Macro)]


@lru_cache(maxsize=1)
def _given() -> frozenset[str]:
    """Names that our own templates use, so that a company's may, too."""
    environment = page.prepared(_Sandbox(autoescape=True))
    found = set(environment.globals) | set(page.ALWAYS)
    for name in NAMES:
        found |= meta.find_undeclared_variables(environment.parse(page.asset(name)))
    return frozenset(found)


def _unescaping(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Filter) and node.name == "safe":
            yield node.lineno, "|safe"
        elif isinstance(node, nodes.EvalContextModifier):
            yield node.lineno, "autoescape"


def _wanted(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Templates that a template names, and the lines."""
    for node in tree.find_all((nodes.Import, nodes.FromImport, nodes.Extends, nodes.Include)):
        named = getattr(node, "template", None)
        if isinstance(named, nodes.Const):
            yield node.lineno, str(named.value)


def _has_policy(tree: nodes.Template, name: str) -> bool:
    if any(node.name == "policy" for node in tree.find_all(nodes.Name)):
        return True
    heads = (node.attr == "head" for node in tree.find_all(nodes.Getattr))
    return name != MACROS and any(heads)
