"""docs/rules.md: every rule in the order in which it is tried, made from the rule files."""

from __future__ import annotations

from datetime import timedelta

from troubleshooter.diagnose.rule import Rule
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.symptoms import SYMPTOM_NAMES, places_of, seen

_HEAD = """# The rules

Made from the files in `rules/`; do not edit. The rules are tried in this order, which is the order in which
a photo travels. The first one that is true is the cause; later ones that it explains are symptoms. `NULL`
means that a fact is unknown, and then the rule could not be decided.

| rule | state | who acts | confidence | what it says |
|---|---|---|---|---|
"""


def rules_page() -> str:
    """The whole page as Markdown."""
    rules = load_rules().rules
    rows = "".join(
        f"| [{rule.id}](#{rule.id}) | {rule.state.value} | {rule.actor.value} | {rule.confidence.value} "
        f"| {_cell(rule.title)} |\n"
        for rule in rules
    )
    return _HEAD + rows + "".join(_section(rule) for rule in rules)


def _section(rule: Rule) -> str:
    lines = ["", f"## {rule.id}", "", rule.title, "", "```sql", rule.when, "```", ""]
    if rule.generation:
        lines.append(f"Rests on {rule.generation} of Microsoft's article on picture synchronisation.")
    if places := places_of(rule.id):
        names = ", ".join(SYMPTOM_NAMES[symptom].lower() for symptom in seen()[rule.id].symptoms)
        lines.append(f"What a person sees: {names}; where: {places} ([all symptoms](rules/README.md)).")
    lines += _wait(rule)
    if rule.explains:
        lines.append("Explains: " + ", ".join(f"[{name}](#{name})" for name in rule.explains) + ".")
    lines += limits_and_sources(rule)
    return "\n".join(lines) + "\n"


def limits_and_sources(rule: Rule) -> list[str]:
    """When a rule does not fire, where it is known to be wrong, and what it rests on, in Markdown."""
    lines: list[str] = []
    if rule.near_miss:
        lines.append(f"When it does not fire: {rule.near_miss}")
    if rule.false_positives:
        lines += ["", "Known false positives:", ""]
        lines += [f"- {text}" for text in rule.false_positives]
    if rule.references:
        lines += ["", "Sources:", ""]
        lines += [
            f"- [{ref.title}]({ref.url}) ({ref.supports}, checked {ref.checked_on})"
            for ref in rule.references
        ]
    return lines


def _wait(rule: Rule) -> list[str]:
    """The wait clock: since when, how long it is normal, from when somebody must act."""
    if rule.normal_for is None:
        return []
    since = " or ".join(f"`{path}`" for path in rule.wait_from) or "what has to be done was done"
    normal = f"After {since}, waiting is normal for {_hours(rule.normal_for)} h"
    return [normal + (f" and stuck after {_hours(rule.stuck_after)} h." if rule.stuck_after else ".")]


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
