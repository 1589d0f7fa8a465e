"""The one ordered list of rules, and the `explains` graph over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from troubleshooter.diagnose.complaint import nearest
from troubleshooter.diagnose.page import Page
from troubleshooter.diagnose.rule_file import Draft

LAST = "fine-everywhere"
"""Rules from other folders go before this one unless they say `after`."""


def read_order(page: Page) -> tuple[str, ...]:
    """Rule ids of order.toml: `order = [...]`, or one list `rules` in each table, in file order."""
    ids: list[str] = []
    for key, value in page.data.items():
        parts = value if isinstance(value, list) else [value]
        for index, part in enumerate(parts):
            if isinstance(part, str):
                ids.append(part)
            elif isinstance(part, dict):
                ids.extend(page.texts(part, (key, index, "rules"), 80))
    for index, rule_id in enumerate(ids):
        if rule_id in ids[:index]:
            page.complain((), "order.toml names the rule {id} twice.", "Keep one of them.", id=rule_id)
    return tuple(dict.fromkeys(ids))


def built_in_order(drafts: Sequence[Draft], order: Sequence[str], order_page: Page) -> list[Draft]:
    """The drafts in the order of order.toml; complains about both sides' missing names."""
    by_id = {draft.rule.id: draft for draft in drafts}
    for missing in (rule_id for rule_id in order if rule_id not in by_id):
        near = nearest(missing, by_id)
        order_page.complain(
            (),
            "order.toml names the rule {id}, which does not exist.",
            "Did you mean {nearest}?" if near else "Take it out, or write <area>/{id}.toml.",
            id=missing,
            nearest=near,
            offset=_offset(order_page, missing),
        )
    for draft in drafts:
        if draft.rule.id not in order:
            draft.page.complain(
                (),
                "The rule {id} is not in order.toml.",
                "Add it where the photo's way passes its cause: earlier causes come first.",
                id=draft.rule.id,
            )
    return [by_id[rule_id] for rule_id in order if rule_id in by_id]


def insert(ordered: list[Draft], added: Sequence[Draft]) -> list[Draft]:
    """Put the rules of another folder into the order: after the rule they name, else before the fine rule."""
    result = list(ordered)
    waiting = list(added)
    while waiting:
        placed = [draft for draft in waiting if _insert_one(result, draft)]
        waiting = [draft for draft in waiting if draft not in placed]
        if not placed:
            known = [draft.rule.id for draft in result]
            for draft in waiting:
                near = nearest(draft.after, known)
                draft.page.complain(
                    ("after",),
                    "{key} names the rule {id}, which does not exist.",
                    "Did you mean {nearest}?" if near else "Name the rule after which this one is to stand.",
                    id=draft.after,
                    nearest=near,
                )
            break
    return result


def _insert_one(result: list[Draft], draft: Draft) -> bool:
    ids = [other.rule.id for other in result]
    if draft.after:
        if draft.after not in ids:
            return False
        position = ids.index(draft.after) + 1
        family = {draft.after}
        while position < len(result) and result[position].after in family:
            family.add(result[position].rule.id)
            position += 1
    else:
        position = ids.index(LAST) if LAST in ids else len(ids)
    result.insert(position, draft)
    return True


def check_explains(drafts: Sequence[Draft]) -> None:
    """Complain about `explains` that name no rule or run in a circle."""
    graph = {draft.rule.id: draft.rule.explains for draft in drafts}
    for draft in drafts:
        for name in draft.rule.explains:
            if name not in graph:
                near = nearest(name, graph)
                draft.page.complain(
                    ("explains",),
                    "{key} names the rule {id}, which does not exist.",
                    "Did you mean {nearest}?" if near else "Take it out.",
                    id=name,
                    nearest=near,
                )
        circle = _circle(graph, draft.rule.id)
        if circle:
            draft.page.complain(
                ("explains",),
                "{key} runs in a circle: {circle}.",
                "Take one of them out: a cause cannot be explained by its own symptom.",
                circle=" -> ".join(circle),
            )


def explained(graph: Mapping[str, Sequence[str]], rule_id: str) -> frozenset[str]:
    """Every rule that `rule_id` explains, directly or through others."""
    found: set[str] = set()
    waiting = list(graph.get(rule_id, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(graph.get(name, ()))
    return frozenset(found)


def _circle(graph: Mapping[str, Sequence[str]], start: str) -> list[str]:
    """The shortest way from a rule back to itself; empty when there is none."""
    ways = [[start, name] for name in graph[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        if way[-1] == start:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways.extend([*way, name] for name in graph.get(way[-1], ()))
    return []


def _offset(page: Page, rule_id: str) -> int:
    """Lines from the start of the file to the one that names the rule."""
    lines = page.text.splitlines()
    return next(
        (number for number, line in enumerate(lines) if f'"{rule_id}"' in line or f"'{rule_id}'" in line), 0
    )
