"""What could not be read, priced by what it would decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.evidence.record import Gap, GapReason
from troubleshooter.render import codes, values
from troubleshooter.render.labels import GAP_REASONS, GROUPS
from troubleshooter.render.language import Language
from troubleshooter.render.words import Filler

# These are not obstacles: the fact has no meaning here, or a person knows it.
_NO_OBSTACLE = {GapReason.NOT_APPLICABLE, GapReason.NOT_ASKED}


@dataclass(frozen=True, slots=True)
class Missing:
    """Facts that are missing for one reason, and the rules that wait for them.

    `error` is the status and code of the answer as they came, `meaning` what they mean; '' without an answer.
    """

    group: str
    reason: str
    detail: str
    permission: str
    facts: tuple[str, ...]
    decides: tuple[str, ...]
    bears_on_verdict: bool
    error: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many facts apply to this person, and how many of them were read."""

    read: int
    total: int

    @property
    def unread(self) -> int:
        """Facts that apply but could not be read."""
        return self.total - self.read


def obstacles(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The gaps that something stands behind: not those without meaning, nor those only people can close."""
    return tuple(gap for gap in gaps if gap.reason not in _NO_OBSTACLE)


def count(diagnosis: Diagnosis) -> Count:
    """Facts read of all that apply, ticket and run facts left out."""
    evidence = diagnosis.evidence
    counted = [path for path, _ in evidence.values() if not path.startswith(("ticket.", "run."))]
    unread = {gap.fact for gap in obstacles(evidence.gaps)}
    known = sum(1 for path in counted if evidence.value(path) is not None)
    return Count(known, known + sum(1 for path in counted if path in unread))


def missing(diagnosis: Diagnosis, filler: Filler, language: Language) -> tuple[Missing, ...]:
    """Missing facts by group, reason and permission; what bears on the verdict comes first."""
    bundles: dict[tuple[str, ...], list[Gap]] = {}
    for gap in obstacles(diagnosis.evidence.gaps):
        group = gap.fact.split(".")[0]
        if group != "run":
            error = codes.raw_of(diagnosis, gap.source)
            bundles.setdefault((group, gap.reason.value, gap.detail, gap.permission, error), []).append(gap)
    rows = [_row(bundle, diagnosis, filler, language) for bundle in bundles.values()]
    return tuple(sorted(rows, key=lambda row: (not row.bears_on_verdict, not row.decides)))


def _row(bundle: list[Gap], diagnosis: Diagnosis, filler: Filler, language: Language) -> Missing:
    first = bundle[0]
    paths = {gap.fact for gap in bundle}
    waiting = [entry for entry in diagnosis.undecided if paths & set(entry.needs)]
    return Missing(
        group=language.text(GROUPS[first.fact.split(".")[0]]),
        reason=language.text(GAP_REASONS[first.reason]),
        detail=language.text(first.detail),
        permission=language.text(first.permission),
        facts=tuple(values.label(gap.fact, language) for gap in bundle),
        decides=tuple(filler.title(entry.rule) for entry in waiting),
        bears_on_verdict=any(entry.before_cause for entry in waiting),
        error=codes.raw_of(diagnosis, first.source),
        meaning=codes.meaning_of(diagnosis, first.source, language),
    )
