"""Runs every rule on its own examples, through the same engine as real people."""

from __future__ import annotations

from collections.abc import Sequence

from troubleshooter.diagnose.engine import Engine
from troubleshooter.diagnose.expression import Node
from troubleshooter.diagnose.rule_file import Draft
from troubleshooter.evidence.record import Evidence, Value, with_values

_AT_ONCE = 20
_WORDS = {True: "true", False: "false", None: "unknown"}


def check_examples(drafts: Sequence[Draft]) -> None:
    """Complain about every example that does not come out as it says.

    A few rules at a time: each needs its own examples alone, and planning all at once takes 60 MB.
    """
    whole = [(draft, draft.expression) for draft in drafts if draft.expression is not None]
    for start in range(0, len(whole), _AT_ONCE):
        _check(whole[start : start + _AT_ONCE])


def _check(whole: Sequence[tuple[Draft, Node]]) -> None:
    examples = [
        (column, index, example)
        for column, (draft, _) in enumerate(whole)
        for index, example in enumerate(draft.rule.examples)
    ]
    if not examples:
        return
    engine = Engine([expression for _, expression in whole])
    people = (person(example.facts) for _, _, example in examples)
    for (column, index, example), truth in zip(examples, engine.evaluate(people), strict=True):
        if truth[column] is not example.expect:
            whole[column][0].page.complain(
                ("examples", index),
                "The example {name!r} comes out {found}, but it expects {expect}.",
                "Correct its facts, its expect, or the rule's when.",
                name=example.name,
                found=_WORDS[truth[column]],
                expect=_WORDS[example.expect],
            )


def person(facts: object) -> Evidence:
    """Evidence that knows these facts and nothing else."""
    values: dict[str, Value] = dict(facts)  # type: ignore[call-overload]
    return with_values(Evidence(), values)
