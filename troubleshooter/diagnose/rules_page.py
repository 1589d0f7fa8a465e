"""docs/rules.md: every rule in the order in which it is tried, made from the rule files."""

from __future__ import annotations

from troubleshooter.diagnose.rule import Rule
from troubleshooter.diagnose.rulebook import load_rules

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
    if rule.normal_for is not None:
        lines.append(f"Waiting is normal for {rule.normal_for.total_seconds() / 3600:g} h.")
    if rule.explains:
        lines.append("Explains: " + ", ".join(f"[{name}](#{name})" for name in rule.explains) + ".")
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
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
