"""docs/tenant-rules.md: how rules about a whole tenant are written, their facts, and every such rule."""

from __future__ import annotations

from troubleshooter.diagnose.explain import written
from troubleshooter.diagnose.expression import Node
from troubleshooter.diagnose.rule import Rule
from troubleshooter.diagnose.rules_page import limits_and_sources
from troubleshooter.diagnose.tenant_rules import TenantRulebook, load_tenant_rules
from troubleshooter.evidence.aggregates import (
    FEWEST_PEOPLE,
    GROUP,
    PARTS,
    TENANT_FACTS,
    TOPICS,
    AggregateInfo,
    Topic,
)

_HEAD = """# Rules about a whole tenant

Made from `rules/_tenant/` and `troubleshooter/evidence/aggregates.py`; do not edit.

Some causes show only across people: a fault of the service, a full My Site host, a script that ran. They are
rules too, one TOML file each in `rules/_tenant/`, over facts about the whole audit instead of one person.

```toml
title = "Many pictures turned blank within one day"
status = "test"
state = "problem"                      # or "advice"
actor = "microsoft"
confidence = "medium"
when = "tenant.same_size_in_a_day_people >= 20 and tenant.blank_in_a_day_people >= 20"
explains = ["thumbnail-blank"]         # causes of people it accounts for; other tenant-wide rules too
whose = '''
sharepoint.thumbnail_is_blank
and sharepoint.thumbnail_modified_at between tenant.blank_from and tenant.blank_until
'''
```

Everything else is as in other rules ([writing-rules.md](writing-rules.md)): `because`, `headline`,
`near_miss`, `[[admin_steps]]`, `[[references]]`, `false_positives`, `[[examples]]`. There are no `user_steps`
and no wait clock. Folders given with `--rules` add no such rules yet.

| key | value |
|---|---|
| `when` | an expression over `tenant.*` and the facts of the run ([hosts, sign-in](facts.md#run)) |
| `explains` | ids of causes whose people it accounts for; another tenant-wide rule becomes its symptom |
| `whose` | optional: which of these people; an expression over one person and exact facts of the tenant |

## Exact, bounded, unknown

A fact about many people is often known between bounds only, because some could not be read. Of 130 people,
30 have the copying switched off and 100 could not be read: then `tenant.copying_off_people` is 30 to 130, and

    tenant.copying_off_people >= 20      true
    tenant.copying_off_people >= 200     false
    tenant.copying_off_people >= 50      undecided

Bounded facts are compared as they are; calculating with them is refused. In examples write an exact value or
`{ at_least = 30, at_most = 130 }`; without `at_most` there is no upper bound, as in a sample or an unfinished
audit. In words, a bounded fact is written as its lower bound, so say "at least":

    {% if tenant.copying_off_unknown or not tenant.whole %}at least {% endif %}
    {{ tenant.copying_off_people | number }}

A share of fewer than FEWEST_PEOPLE people, and every share of a sample, a filtered or an unfinished audit, is
unknown. Why: [decision 9](decisions/0009-tenant-wide-rules.md).
"""
_PARTS = {
    "people": "how many of them it is so of",
    "of": "how many people it could be said of",
    "unknown": "for how many of these nobody could tell",
    "share": "the share of those of whom it is so, 0 to 1",
}


def tenant_rules_page() -> str:
    """The whole page as Markdown."""
    return "".join(
        (_HEAD.replace("FEWEST_PEOPLE", str(FEWEST_PEOPLE)), _topics(), _alone(), _rules(load_tenant_rules()))
    )


def _topics() -> str:
    head = (
        "\n## Facts by topic\n\nEach topic has four facts, whose names end so:\n\n"
        "| ending | kind | meaning |\n|---|---|---|\n"
    )
    table = "\n| topic | facts | meaning | said of |\n|---|---|---|---|\n"
    first = {info.part: info for info in _of(TOPICS[0])}
    parts = (_row(f"`_{part}`", _kind(first[part]), _PARTS[part]) for part in PARTS)
    topics = (
        _row(topic.name.replace("_", " "), f"`{GROUP}.{topic.name}_*`", topic.doc, topic.base.rstrip("."))
        for topic in TOPICS
    )
    return head + "".join(parts) + table + "".join(topics)


def _of(topic: Topic) -> list[AggregateInfo]:
    return [TENANT_FACTS[f"{GROUP}.{topic.name}_{part}"] for part in PARTS]


def _alone() -> str:
    head = "\n## Other facts\n\n| fact | kind | meaning | computed from |\n|---|---|---|---|\n"
    return head + "".join(
        _row(f"`{info.path}`", _kind(info), info.doc, info.source)
        for info in TENANT_FACTS.values()
        if not info.part
    )


def _kind(info: AggregateInfo) -> str:
    kind = ", ".join(f"`{choice}`" for choice in info.choices) or info.kind
    return ", ".join(filter(None, (kind, "bounded" if info.bounded else "", info.unit)))


def _rules(book: TenantRulebook) -> str:
    head = (
        "\n## The rules\n\nEvery one is tried on every audit; several can be true at once.\n\n"
        "| rule | state | who acts | confidence | what it says | accounts for |\n|---|---|---|---|---|---|\n"
    )
    rows = (
        _row(
            f"[{rule.id}](#{rule.id})",
            rule.state.value,
            rule.actor.value,
            rule.confidence.value,
            rule.title,
            _explained(rule, book) or "-",
        )
        for rule in book.rules
    )
    sections = (_section(rule, whose, book) for rule, whose in zip(book.rules, book.whose, strict=True))
    return head + "".join(rows) + "".join(sections)


def _section(rule: Rule, whose: Node | None, book: TenantRulebook) -> str:
    lines = ["", f"### {rule.id}", "", rule.title, "", "```sql", rule.when, "```", ""]
    if rule.generation:
        lines.append(f"Rests on {rule.generation} of Microsoft's article on picture synchronisation.")
    if rule.explains:
        lines.append(f"Accounts for: {_explained(rule, book)}.")
    if whose is not None:
        lines += ["Of these, people with:", "", "```sql", written(whose), "```", ""]
    lines += limits_and_sources(rule)
    return "\n".join(lines) + "\n"


def _explained(rule: Rule, book: TenantRulebook) -> str:
    """What it explains: links to rules about people, or to others of this page."""
    return ", ".join(f"[{name}]({'' if name in book else 'rules.md'}#{name})" for name in rule.explains)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"
