"""What is wrong with a rule: where it stands, what it is, and what to try."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from troubleshooter.errors import RunFailed, UsageError, fill


@dataclass(frozen=True, slots=True)
class Complaint:
    """One fault. `what` and `remedy` are English templates over `values`; `line` counts from 1."""

    file: str
    line: int
    what: str
    remedy: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def sentence(self) -> str:
        """What is wrong and what to try, in English."""
        values = dict(self.values)
        return f"{fill(self.what, values)} {fill(self.remedy, values)}"

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.sentence}"


class ExpressionRefused(Exception):
    """An expression that is not one safe boolean expression. `line` counts from 0 within the expression."""

    def __init__(self, what: str, remedy: str, line: int = 0, **values: object) -> None:
        self.what, self.remedy, self.line, self.values = what, remedy, line, values
        super().__init__(what)


class RuleError(RunFailed):
    """The built-in rules are damaged: nothing can be concluded from them."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        first = self.complaints[0]
        super().__init__(
            "The built-in rules cannot be used ({count} faults). {file}, line {line}: {fault}",
            "Install the program again, or repair the file and run `photo-troubleshooter rules check`.",
            count=len(self.complaints),
            file=first.file,
            line=first.line,
            fault=first.sentence,
        )


class RuleFolderError(UsageError):
    """A folder named with --rules is not there or cannot be listed."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; '' when none is near."""
    names = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else ""
