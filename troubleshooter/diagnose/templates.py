"""Checks the words of a rule: Jinja2 templates that may read facts and the wait clock, and nothing else."""

from __future__ import annotations

from functools import cache

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment

from troubleshooter.diagnose.complaint import nearest
from troubleshooter.diagnose.page import Page
from troubleshooter.diagnose.toml_lines import KeyPath
from troubleshooter.evidence.schema import FACTS, GROUPS

CLOCK = ("wait_from", "wait_until", "stuck_at")
"""Names besides the fact groups that a template may use: the times of the verdict's wait clock."""

FILTERS = ("when", "day", "bytes", "number", "duration", "powershell", "host", "query")
"""Filters that the views add to Jinja2's own (`render.words`)."""


@cache
def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment()  # parses only: nothing is rendered here
    environment.filters |= dict.fromkeys(FILTERS, str)
    return environment


def check_template(page: Page, key: KeyPath, text: str) -> None:
    """Complain when a text does not parse, or reads something that is no fact."""
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return
    try:
        tree = _environment().parse(text)
        outside = find_undeclared_variables(tree)
    except TemplateSyntaxError as error:  # unknown filters and tests are of this kind too
        page.complain(
            key,
            "{key} is not a valid template: {why}.",
            "Write facts as {{{{ photo.width }}}}; the filters are Jinja2's own and {filters}.",
            offset=max(error.lineno - 1, 0),
            why=(error.message or "").rstrip("."),
            filters=", ".join(FILTERS),
        )
        return
    _check_names(page, key, tree, outside)


def _check_names(page: Page, key: KeyPath, tree: nodes.Template, outside: set[str]) -> None:
    unknown = {name for name in outside if name not in GROUPS and name not in CLOCK}
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name) and attribute.node.name in outside & set(GROUPS):
            path = f"{attribute.node.name}.{attribute.attr}"
            if path not in FACTS:
                unknown.add(path)
    for name in sorted(unknown):
        near = nearest(name, FACTS)
        page.complain(
            key,
            "{key} uses the unknown fact {fact}.",
            "Did you mean {nearest}? docs/facts.md lists every fact."
            if near
            else "docs/facts.md lists every fact.",
            fact=name,
            nearest=near,
        )
