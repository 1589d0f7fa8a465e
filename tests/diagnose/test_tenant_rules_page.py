"""docs/tenant-rules.md is made from the rules and the table of facts, and what its prose says is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from troubleshooter.diagnose.grammar import read_expression
from troubleshooter.diagnose.grammar_kinds import page_of
from troubleshooter.diagnose.tenant_rules import load_tenant_rules
from troubleshooter.diagnose.tenant_rules_bounds import WORDS, answers, bounded, row_of
from troubleshooter.diagnose.tenant_rules_facts import Known
from troubleshooter.diagnose.tenant_rules_file import KEYS
from troubleshooter.diagnose.tenant_rules_page import tenant_rules_page
from troubleshooter.evidence.aggregates import PARTS, TENANT_FACTS, TOPICS
from troubleshooter.evidence.schema import FACTS

DOCS = Path(__file__).parents[2] / "docs"
FILE = DOCS / "tenant-rules.md"
PAGE = tenant_rules_page()
ANSWER = {"true": True, "false": False, "undecided": None}


def test_the_page_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == PAGE, "run: make docs"


def test_it_names_every_fact_once_alone_or_under_its_topic() -> None:
    alone = [info.path for info in TENANT_FACTS.values() if not info.part]
    assert all(PAGE.count(f"\n| `{path}` |") == 1 for path in alone)
    assert all(PAGE.count(f"| `tenant.{topic.name}_*` |") == 1 for topic in TOPICS)
    assert all(PAGE.count(f"\n| `_{part}` |") == 1 for part in PARTS)
    assert len(alone) + len(TOPICS) * len(PARTS) == len(TENANT_FACTS)


def test_it_has_every_rule_in_its_table_and_as_a_section() -> None:
    for rule in load_tenant_rules().rules:
        assert PAGE.count(f"\n| [{rule.id}](#{rule.id}) | {rule.state} | {rule.actor} |") == 1
        _, _, section = PAGE.partition(f"\n### {rule.id}\n")
        section = section.partition("\n### ")[0]
        assert f"```sql\n{rule.when}\n```" in section
        assert all(f"({reference.url})" in section for reference in rule.references)
        assert all(f"#{name})" in section for name in rule.explains)


def test_every_link_leads_somewhere() -> None:
    links = set(re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", PAGE))
    assert ("rules.md", "sync-off") in links
    for name, heading in links:
        target = (DOCS / name).read_text(encoding="utf-8") if name else PAGE
        headings = re.findall(r"^#+ (.+)$", target, re.MULTILINE)
        assert not heading or heading in headings, (name, heading)


def test_its_example_has_only_keys_of_such_rules_and_expressions_that_can_be_read() -> None:
    found = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    example = tomllib.loads(found[1])
    assert set(example) <= set(KEYS)
    bounded(read_expression(example["when"], WORDS))
    read_expression(example["whose"], {**FACTS, **TENANT_FACTS})


@pytest.mark.parametrize(("text", "answer"), re.findall(r"^    (tenant\.\S+ >= \d+) +(\w+)$", PAGE, re.M))
def test_what_it_says_of_bounds_is_how_they_come_out(text: str, answer: str) -> None:
    row = row_of({"tenant.copying_off_people": Known(30, 130, "not_read")})
    assert answers([bounded(read_expression(text, WORDS))], [row]) == [(ANSWER[answer],)]


def test_a_complaint_about_a_fact_of_the_tenant_sends_to_this_page() -> None:
    assert page_of(WORDS) == f"docs/{FILE.name}"
    assert page_of(FACTS) == "docs/facts.md"
