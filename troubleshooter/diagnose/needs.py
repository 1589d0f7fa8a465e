"""Which facts that nobody has asked for yet could still change a verdict. An audit asks for these alone."""

from __future__ import annotations

from collections.abc import Sequence

from troubleshooter.diagnose.engine import Truth
from troubleshooter.diagnose.expression import decide, reachable
from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.evidence.record import Evidence, GapReason

_CAUSES = (State.PROBLEM, State.ON_ITS_WAY)


class Needs:
    """Tells for people what is worth asking. May be used from several threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    def __call__(self, people: Sequence[Evidence]) -> list[frozenset[str]]:
        """For each person the facts not collected that keep a rule before the verdict's cause undecided."""
        truths = self._rulebook.engine.evaluate_batch(people)
        return [self._one(evidence, truth) for evidence, truth in zip(people, truths, strict=True)]

    def _one(self, evidence: Evidence, truth: Truth) -> frozenset[str]:
        rules = self._rulebook.rules
        decisive = next(
            (rule for rule, answer in zip(rules, truth, strict=True) if answer and _decides(rule)), None
        )
        fine = next(
            (rule for rule, answer in zip(rules, truth, strict=True) if answer and rule.state is State.FINE),
            None,
        )
        settled = decisive is not None and decisive.state in _CAUSES
        reasons = {gap.fact: gap.reason for gap in evidence.gaps}
        read = {path: value for path, value in evidence.values() if value is not None}.get
        needed: set[str] = set()
        for rule, node, answer in zip(rules, self._rulebook.expressions, truth, strict=True):
            if settled and rule is decisive:
                break
            wanted = rule.state in _CAUSES or (rule.state is State.FINE and not settled and fine is None)
            if answer is not None or not wanted:
                continue
            unknown = decide(node, read).unknown
            askable = {path for path in unknown if reasons.get(path) is GapReason.NOT_COLLECTED}
            if askable - needed and reachable(
                node, read, lambda path: reasons.get(path) is GapReason.NOT_ASKED
            ):
                needed |= askable
        return frozenset(needed)


def _decides(rule: Rule) -> bool:
    return rule.state in (*_CAUSES, State.FINE)
