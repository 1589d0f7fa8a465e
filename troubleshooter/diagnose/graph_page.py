"""docs/rules/README.md: how to read the pictures, and the same as lists."""

from __future__ import annotations

from collections.abc import Iterable

from troubleshooter.diagnose.rule import Rule
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.symptoms import APPS, PLACE_NAMES, SYMPTOM_NAMES, SYMPTOMS, causes, seen

_HEAD = """# From what a person sees to the cause

Made from `rules/` and `rules/_symptoms/seen.toml`; do not edit. Every rule is described in
[rules.md](../rules.md).

## How to read the first picture

![What a person sees, and what can be the cause](symptoms.svg)

Each line is something a person can see or say: the photo is missing, old, different, blurred, another
person's, or it cannot be changed. The line stops at every cause that can explain it. The causes stand
under the place where they arise, from the account down to the device; the number is the place in the
order in which they are tried. A cause with several lines through it can look in several ways. A triangle
is a problem that somebody has to mend, a clock is something that only needs time.

The picture does not decide anything. The program reads the facts, tries the rules in their order, and the
first one that is true is the cause. A symptom that somebody told us is one fact among many: it decides
only where nothing that can be read does, such as in the copies that apps keep on a device.

## How to read the second picture

![Which cause explains which other finding](explains.svg)

Often several rules are true at once. A blocked account that never had a photo is blocked *and* without a
photo, and only the first is worth mending. So a rule names the later rules that it explains. They are
folded below it as symptoms; what it does not explain stands beside it as a second finding. Go right from
a rule to a dot and straight down from the dot to the stair: that is a rule which the first one explains.
Dots never stand left of the stair, because a rule can only explain what is tried after it. An explanation
may go through a third rule, if that one is true as well. Why it is so: [decision
2](../decisions/0002-order-and-explains.md).

## By symptom and place

The causes stand in the order in which they are tried. Those under *everywhere* can be seen in every app.
"""


def graph_page() -> str:
    """The whole page as Markdown."""
    rules = load_rules().rules
    return _HEAD + "".join(_section(rules, symptom) for symptom in SYMPTOMS)


def _section(rules: tuple[Rule, ...], symptom: str) -> str:
    found = causes(rules, symptom)
    table = seen()
    wide = [rule for rule in found if set(table[rule.id].apps) == set(APPS)]
    lines = ["", f"### {SYMPTOM_NAMES[symptom]}", ""]
    if wide:
        lines.append(f"- everywhere: {_links(wide)}")
    for app in APPS:
        here = [rule for rule in found if rule not in wide and app in table[rule.id].apps]
        if here:
            lines.append(f"- {PLACE_NAMES[app]}: {_links(here)}")
    return "\n".join(lines) + "\n"


def _links(rules: Iterable[Rule]) -> str:
    return ", ".join(f"[{rule.id}](../rules.md#{rule.id})" for rule in rules)
