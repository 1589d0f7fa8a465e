"""Checks the words of a rule: Jinja2 templates that may read facts and the wait clock, and nothing else.

A whitelist of node types and filters decides, as it does for expressions. What is left can read a fact,
choose between texts, write values and add: no loops, no calls, no multiplication, no other files. So filling
one takes time and memory in proportion to its text and its facts, whoever wrote it
(https://jinja.palletsprojects.com/en/stable/sandbox/#security-considerations).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from troubleshooter.diagnose.complaint import nearest
from troubleshooter.diagnose.page import Page
from troubleshooter.diagnose.toml_lines import KeyPath
from troubleshooter.evidence.schema import FACTS, FactInfo

CLOCK = ("wait_from", "wait_until", "stuck_at")
"""Names besides the fact groups that a template may use: the times of the verdict's wait clock."""

FILTERS = ("when", "day", "bytes", "number", "duration", "powershell", "host", "query")
"""Filters that the views add to Jinja2's own (`render.words`)."""

PLAIN_FILTERS = (
    "default", "lower", "upper", "capitalize", "title", "trim", "length", "first", "last", "join", "abs",
)  # fmt: skip
"""Jinja2's own filters that words may use. Others can grow a text without bound or reach into objects."""

_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Filter, nodes.Const,
    nodes.If, nodes.CondExpr, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.Test,
    nodes.Tuple, nodes.List, nodes.Neg, nodes.Add, nodes.Sub, nodes.Div, nodes.Concat,
)  # fmt: skip
_WORDS = {"Call": "a call", "Getitem": "[...]", "For": "for", "Mul": "*", "Pow": "**", "Mod": "%"}

DEEPEST = 25
_REMEDY = (
    "Write facts as {{{{ photo.width }}}}, choose with {{% if %}}, and use the filters {filters}; "
    "see docs/writing-rules.md."
)


@cache
def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment()  # parses only: nothing is rendered here
    environment.filters |= dict.fromkeys(FILTERS, str)
    return environment


def check_template(page: Page, key: KeyPath, text: str, facts: Mapping[str, FactInfo] = FACTS) -> None:
    """Complain when a text does not parse, or reads something that is no fact."""
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return
    try:
        tree = _environment().parse(text)
        too_deep = _deeper(tree, DEEPEST)
    except TemplateSyntaxError as error:  # unknown filters and tests are of this kind too
        page.complain(
            key,
            "{key} is not a valid template: {why}.",
            _REMEDY,
            offset=max(error.lineno - 1, 0),
            why=(error.message or "").rstrip("."),
            filters=_known_filters(),
        )
        return
    except RecursionError:
        too_deep = True
    if too_deep:
        page.complain(
            key, "{key} is nested more than {limit} levels deep.", "Take the nesting out.", limit=DEEPEST
        )
    elif _check_nodes(page, key, tree):
        _check_names(page, key, tree, facts)


def _deeper(node: nodes.Node, levels: int) -> bool:
    """Whether a tree is deeper than so many levels. Python cannot compile a hundred nested brackets."""
    return levels == 0 or any(_deeper(child, levels - 1) for child in node.iter_child_nodes())


def _known_filters() -> str:
    return ", ".join((*PLAIN_FILTERS, *FILTERS))


def _check_nodes(page: Page, key: KeyPath, tree: nodes.Template) -> bool:
    """Complain about the first thing that words may not use; True when there is none."""
    for node in tree.find_all(nodes.Node):
        found = _forbidden(node)
        if found:
            page.complain(
                key,
                "{key} uses {found}, which words may not.",
                _REMEDY,
                offset=max(node.lineno - 1, 0),
                found=found,
                filters=_known_filters(),
            )
            return False
    return True


def _forbidden(node: nodes.Node) -> str:
    """What a node may not do; '' when it is harmless."""
    match node:
        case nodes.Filter(name=name) if name not in (*PLAIN_FILTERS, *FILTERS):
            return f"the filter {name}"
        case nodes.Getattr(node=inner, attr=attribute):
            fact = isinstance(inner, nodes.Name) and not attribute.startswith("_")
            return "" if fact else f".{attribute}"
    if isinstance(node, (*_NODES, nodes.Helper)):
        return ""
    kind = type(node).__name__
    return _WORDS.get(kind, kind.lower())


def _check_names(page: Page, key: KeyPath, tree: nodes.Template, facts: Mapping[str, FactInfo]) -> None:
    names = {name.name for name in tree.find_all(nodes.Name)}
    groups = {info.group for info in facts.values()}
    unknown = {name for name in names if name not in groups and name not in CLOCK}
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name) and attribute.node.name not in unknown:
            path = f"{attribute.node.name}.{attribute.attr}"
            if path not in facts:
                unknown.add(path)
    for name in sorted(unknown):
        near = nearest(name, facts)
        page.complain(
            key,
            "{key} uses the unknown fact {fact}.",
            "Did you mean {nearest}? docs/facts.md lists every fact."
            if near
            else "docs/facts.md lists every fact.",
            fact=name,
            nearest=near,
        )
