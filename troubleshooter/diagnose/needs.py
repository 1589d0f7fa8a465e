"""Which facts that nobody has asked for yet could still change a verdict. An audit asks for these alone.

People of a tenant resemble each other: what is worth asking depends on which comparisons are true, false or
open and on why facts are unknown, and that pattern repeats. The database says the pattern for everybody at
once; the tree is walked once for each pattern.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from troubleshooter.diagnose.engine import Engine, Truth
from troubleshooter.diagnose.expression import Both, Either, Node, Not, decide, facts_of, reachable
from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.evidence.record import Evidence, GapReason

_CAUSES = (State.PROBLEM, State.ON_ITS_WAY)
_MOST_PATTERNS = 2_000  # kept; hostile variety must not fill the memory

Pattern = tuple[Truth, tuple[GapReason | None, ...]]


class Needs:
    """Tells for people what is worth asking. May be used from several threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        # What a sample would settle is never asked of a single person.
        pairs = zip(rulebook.rules, rulebook.expressions, strict=True)
        self._book = [(rule, node) for rule, node in pairs if not rule.by_sample]
        atoms = dict.fromkeys(atom for _, node in self._book for atom in _atoms(node))
        self._facts = tuple(dict.fromkeys(path for atom in atoms for path in facts_of(atom)))
        self._engine = Engine(list(atoms))
        self._known: dict[Pattern, frozenset[str]] = {}

    def __call__(self, people: Sequence[Evidence]) -> list[frozenset[str]]:
        """For each person the facts not collected that keep a rule before the verdict's cause undecided."""
        found = []
        for evidence, truth in zip(people, self._engine.evaluate_batch(people), strict=True):
            reasons = {gap.fact: gap.reason for gap in evidence.gaps}
            pattern = (truth, tuple(map(reasons.get, self._facts)))
            needed = self._known.get(pattern)
            if needed is None:
                if len(self._known) >= _MOST_PATTERNS:
                    self._known.clear()
                needed = self._known[pattern] = self._one(evidence, reasons)
            found.append(needed)
        return found

    def _one(self, evidence: Evidence, reasons: dict[str, GapReason]) -> frozenset[str]:
        read = {path: value for path, value in evidence.values() if value is not None}.get
        answers = [(rule, node, decide(node, read)) for rule, node in self._book]
        decisive = next((rule for rule, _, answer in answers if answer.value and _decides(rule)), None)
        fine = next((rule for rule, _, answer in answers if answer.value and rule.state is State.FINE), None)
        settled = decisive is not None and decisive.state in _CAUSES
        needed: set[str] = set()
        for rule, node, answer in answers:
            if settled and rule is decisive:
                break
            wanted = rule.state in _CAUSES or (rule.state is State.FINE and not settled and fine is None)
            if answer.value is not None or not wanted:
                continue
            askable = {path for path in answer.unknown if reasons.get(path) is GapReason.NOT_COLLECTED}
            if askable - needed and reachable(
                node, read, lambda path: reasons.get(path) is GapReason.NOT_ASKED
            ):
                needed |= askable
        return frozenset(needed)


def _decides(rule: Rule) -> bool:
    return rule.state in (*_CAUSES, State.FINE)


def _atoms(node: Node) -> Iterator[Node]:
    """The comparisons and yes-or-no facts that an expression is put together from."""
    match node:
        case Both(terms=terms) | Either(terms=terms):
            for term in terms:
                yield from _atoms(term)
        case Not(term=term):
            yield from _atoms(term)
        case _:
            yield node
