"""Loads the rules: the built-in ones, and those of the folders a user names.

A fault in a built-in rule stops the program; a fault in a user's rule costs that rule only. The order of the
rules is the photo's own way through Microsoft 365 (docs/decisions/0002-order-and-explains.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from troubleshooter.codes.decoder import Decoder
from troubleshooter.codes.tables import FOLDER as ERRORS
from troubleshooter.codes.tables import Entry
from troubleshooter.diagnose.complaint import Complaint, RuleError, RuleFolderError
from troubleshooter.diagnose.engine import Engine
from troubleshooter.diagnose.error_file import read_table
from troubleshooter.diagnose.expression import Node
from troubleshooter.diagnose.order import built_in_order, check_explains, explained, insert, read_order
from troubleshooter.diagnose.page import Page, open_page
from troubleshooter.diagnose.rehearsal import check_examples
from troubleshooter.diagnose.rule import Rule, State, Step
from troubleshooter.diagnose.rule_file import BRIEF_LIMIT, Draft, read_rule, read_step
from troubleshooter.diagnose.templates import check_template

STEPS = "_steps"
ORDER = "order.toml"
_OURS = (STEPS, ERRORS)
_DEEPEST = 8


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Rules in order, their checked expressions, what was refused, and a version that follows the files.

    `errors` is what error codes mean; tables of a user's own folder stand before ours.
    """

    rules: tuple[Rule, ...]
    expressions: tuple[Node, ...]
    complaints: tuple[Complaint, ...] = ()
    version: str = ""
    errors: tuple[Entry, ...] = ()

    def rule(self, rule_id: str) -> Rule:
        """The rule with this id. KeyError when there is none."""
        return next((rule for rule in self.rules if rule.id == rule_id), None) or _missing(rule_id)

    @cached_property
    def engine(self) -> Engine:
        """The rules compiled for evaluation, once per rulebook."""
        return Engine(self.expressions)

    @cached_property
    def decoder(self) -> Decoder:
        """Looks up what an error code means."""
        return Decoder(self.errors)

    @cached_property
    def hearsay(self) -> frozenset[str]:
        """Ids of the rules behind the last `fine` one: they rest on what was told alone.

        Whatever the cause is, it explains what was told, so such a rule is never a second matter.
        """
        last = max(
            (at for at, rule in enumerate(self.rules) if rule.state is State.FINE), default=len(self.rules)
        )
        return frozenset(rule.id for rule in self.rules[last + 1 :])

    def explained_by(self, rule_id: str, among: Iterable[Rule] | None = None) -> frozenset[str]:
        """Ids of the rules that this one explains, directly or through others (of `among`, when given)."""
        links = self.rules if among is None else among
        return explained({rule.id: rule.explains for rule in links}, rule_id)


def _missing(rule_id: str) -> Rule:
    raise KeyError(rule_id)


def load_rules(directories: Sequence[Path] | None = None) -> Rulebook:
    """The built-in rules and those of `directories`.

    Raises RuleError when a built-in rule is broken and RuleFolderError when a folder is not there or holds
    nothing for us. What is wrong with the rules in the folders stands in `complaints`, and those rules are
    left out.
    """
    base = _read_folder(files("troubleshooter.rules"), "rules", built_in=True)
    base.settle()
    if base.complaints:
        raise RuleError(base.complaints)
    book = base
    for directory in directories or ():
        book = book.joined(_read_folder(_folder(directory), str(directory), built_in=False, steps=base.steps))
    return book.rulebook()


def load_folder(directory: Path) -> Rulebook:
    """The rules of one folder alone, in the order of its order.toml, or by name when it has none."""
    shelf = _read_folder(_folder(directory), str(directory), built_in=_is_whole(directory))
    shelf.settle()
    return shelf.rulebook()


def check(directories: Sequence[Path] = ()) -> tuple[int, list[Complaint]]:
    """How many rules were looked at, and everything that is wrong with them; no folder means our own.

    A folder with an order.toml is a whole rulebook and is checked alone; any other is checked together with
    the built-in rules, whose ids and steps it may name.
    """
    whole = [directory for directory in directories if _is_whole(directory)]
    added = [directory for directory in directories if directory not in whole]
    books = [load_folder(directory) for directory in whole]
    try:
        if added or not whole:
            books.append(load_rules(added))
    except RuleError as error:
        return len({complaint.file for complaint in error.complaints}), list(error.complaints)
    complaints = [complaint for book in books for complaint in book.complaints]
    broken = {complaint.file for complaint in complaints}
    return sum(len(book.rules) for book in books) + len(broken), complaints


def _is_whole(directory: Path) -> bool:
    return (directory / ORDER).is_file()


def _folder(directory: Path) -> Traversable:
    if not directory.is_dir():
        raise RuleFolderError(
            "The rule folder {directory} does not exist.",
            "Name a folder that holds rule files (*.toml).",
            directory=directory,
        )
    return directory


class _Shelf:
    """Drafts on their way to a rulebook."""

    def __init__(
        self,
        drafts: list[Draft],
        steps: Mapping[str, tuple[Step, ...]],
        complaints: list[Complaint],
        texts: list[str],
        errors: tuple[Entry, ...] = (),
    ) -> None:
        self.drafts, self.steps, self.complaints, self.texts = drafts, steps, complaints, texts
        self.errors = errors

    def settle(self) -> None:
        """Check what needs all rules together; drop rules with complaints until the rest stands alone."""
        check_examples([draft for draft in self.drafts if not self._broken(draft)])
        while True:
            standing = [draft for draft in self.drafts if not self._broken(draft)]
            check_explains(standing)
            self.drafts = [draft for draft in standing if not self._broken(draft)]
            if len(self.drafts) == len(standing):
                return

    def _broken(self, draft: Draft) -> bool:
        return any(complaint.file == draft.page.file for complaint in self.complaints)

    def joined(self, added: _Shelf) -> _Shelf:
        """This shelf with the rules of another folder put into its order."""
        known = {draft.rule.id: draft.page.file for draft in self.drafts}
        for draft in added.drafts:
            if draft.rule.id in known:
                _complain_twice(draft, known[draft.rule.id])
        fresh = [draft for draft in added.drafts if not added._broken(draft)]
        both = _Shelf(
            insert(self.drafts, fresh),
            {**self.steps, **added.steps},
            added.complaints,
            self.texts + added.texts,
            added.errors + self.errors,
        )
        both.settle()
        both.complaints = self.complaints + added.complaints
        return both

    def rulebook(self) -> Rulebook:
        """The rules that stand."""
        pairs = [(draft.rule, draft.expression) for draft in self.drafts if draft.expression is not None]
        digest = hashlib.sha256("\0".join(self.texts).encode()).hexdigest()[:12]
        return Rulebook(
            tuple(rule for rule, _ in pairs),
            tuple(expression for _, expression in pairs),
            tuple(sorted(self.complaints, key=lambda complaint: (complaint.file, complaint.line))),
            digest,
            self.errors,
        )


def _complain_twice(draft: Draft, other: str) -> None:
    draft.page.complain(
        (),
        "The rule id {id} is taken by {other}.",
        "Give this file another name.",
        id=draft.rule.id,
        other=other,
    )


def _read_folder(
    root: Traversable, name: str, *, built_in: bool, steps: Mapping[str, tuple[Step, ...]] | None = None
) -> _Shelf:
    complaints: list[Complaint] = []
    pages: list[tuple[str, Page]] = []
    texts: list[str] = []
    order_page: Page | None = None
    errors: tuple[Entry, ...] = ()
    shared = dict(steps or {})
    found = sorted(_walk(root, name, complaints, set()), key=lambda pair: pair[0])
    if not found and not complaints:
        raise RuleFolderError(
            "The rule folder {directory} holds no rule files (*.toml).",
            "Name another folder, or begin a rule with: photo-troubleshooter rules new",
            directory=name,
        )
    for file, source in found:
        page = open_page(file, source, complaints)
        if page is None:
            continue
        texts += [file.removeprefix(name), page.text]
        folders = file.removeprefix(name).strip("/").split("/")[:-1]
        if folders and folders[-1] == STEPS:
            shared[page.stem] = _read_shared(page)
        elif folders and folders[-1] == ERRORS:
            errors += read_table(page)
        elif not folders and source.name == ORDER:
            order_page = page
        else:
            pages.append(("/".join(folders), page))
    drafts: list[Draft] = []
    for area, page in pages:
        draft = read_rule(page, area, shared, built_in=built_in)
        taken = next((other for other in drafts if other.rule.id == draft.rule.id), None)
        if taken:
            _complain_twice(draft, taken.page.file)
        else:
            drafts.append(draft)
    if order_page is not None:
        drafts = built_in_order(drafts, read_order(order_page), order_page)
    elif built_in:
        complaints.append(
            Complaint(f"{name}/{ORDER}", 1, "The file is missing.", "Write it: one list of rule ids.")
        )
    return _Shelf(drafts, shared, complaints, texts, errors)


def _walk(
    folder: Traversable, name: str, complaints: list[Complaint], seen: set[object], depth: int = 0
) -> Iterator[tuple[str, Traversable]]:
    """Every TOML file below a folder, each folder once, whatever links lead to it.

    Other folders beginning with . or _ hold nothing for us.
    """
    place = folder.resolve() if isinstance(folder, Path) else folder
    if place in seen:
        return
    seen.add(place)
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        why = error.strerror or error
        complaints.append(
            Complaint(name, 1, "The folder cannot be read: {why}.", "Check its permissions.", {"why": why})
        )
        return
    for entry in entries:
        path = f"{name}/{entry.name}"
        if entry.is_file() and entry.name.endswith(".toml"):
            yield path, entry
        elif entry.is_dir() and depth < _DEEPEST and (entry.name in _OURS or entry.name[0] not in "._"):
            yield from _walk(entry, path, complaints, seen, depth + 1)


def _read_shared(page: Page) -> tuple[Step, ...]:
    page.check_keys(page.data, (), ("brief", "steps"))
    brief = page.words(page.data, ("brief",), BRIEF_LIMIT)
    check_template(page, ("brief",), brief)
    tables = page.tables(page.data, ("steps",))
    if not tables:
        page.complain((), "The file holds no steps.", "Add [[steps]] with a text.")
    steps = [read_step(page, ("steps", index), table) for index, table in enumerate(tables)]
    if brief:  # in a letter the first step speaks for all of them
        steps = [
            replace(one, brief=brief if at == 0 else "", in_letter=at == 0) for at, one in enumerate(steps)
        ]
    return tuple(steps)
