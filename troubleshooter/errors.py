"""The one family of errors a person sees: what happened, then what to try.

Both sentences are English templates with named fields (`str.format`), so that the command line can translate
the template and fill in the values afterwards. Values must never be secrets: they are printed and logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


class TroubleshooterError(Exception):
    """Something a person can act on. Each layer has its own subclass; `cli` catches them once.

    `actor` is who can do something about it, in the words of the error tables; '' where nobody in particular.
    `trail` is what Microsoft's support asks for, by name: `code`, `correlation_id`, `trace_id`, `timestamp`.
    `raw` is what a service said, secrets blacked out; it is shown only when asked for.
    """

    actor: str = ""
    trail: Mapping[str, str] = MappingProxyType({})
    raw: str = ""

    def __init__(self, what: str, remedy: str, **values: object) -> None:
        self.what = what
        self.remedy = remedy
        self.values = values
        super().__init__(f"{fill(what, values)} {fill(remedy, values)}")


class UsageError(TroubleshooterError):
    """The command was given something it cannot work with (exit code 2)."""


class RunFailed(TroubleshooterError):
    """Sign-in, network, or a damaged input stopped the run (exit code 4)."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message inside a message, as a value of it: translated and filled on its own."""

    template: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return fill(self.template, dict(self.values))


def fill(template: str, values: dict[str, object]) -> str:
    """Put values into a message template; a template without fields stays as it is."""
    return template.format(**values) if values else template
