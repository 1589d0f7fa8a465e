"""Indexes over the people of a tenant, made once, so that a call costs its page and not the tenant."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from troubleshooter.sandbox.model import Account, Picture
from troubleshooter.sandbox.pictures import thumbnail

Test = Callable[[Account], bool]
_REMEMBERED = 64
_SIZES = "SML"


@dataclass(frozen=True, slots=True)
class LibraryFile:
    """One thumbnail in the library; `number` is its list item id."""

    number: int
    name: str
    picture: Picture
    modified: datetime
    account: Account


class Library:
    """The thumbnails of one My Site host, in order of list item id; made file by file when asked for.

    Account number n has the item ids 3n+1, 3n+2 and 3n+3, for its small, medium and large file.
    """

    def __init__(self, accounts: Sequence[Account], owners: list[int]) -> None:
        self._accounts, self._owners = accounts, owners

    def __len__(self) -> int:
        """How many files there are."""
        return len(self._owners) * len(_SIZES)

    def after(self, number: int, count: int) -> list[LibraryFile]:
        """At most `count` files with a greater item id."""
        found: list[LibraryFile] = []
        for at in range(bisect_left(self._owners, number // len(_SIZES)), len(self._owners)):
            found += [file for file in self._files(self._owners[at]) if file.number > number]
            if len(found) >= count:
                break
        return found[:count]

    def file(self, name: str) -> LibraryFile | None:
        """A file by its name in any case; None when there is none."""
        stem, _, end = name.lower().rpartition("_")
        owner = self._by_stem.get(stem)
        if owner is None or len(end) != len("sthumb.jpg") or not end.endswith("thumb.jpg"):
            return None
        at = _SIZES.lower().find(end[0])
        return self._files(owner)[at] if at >= 0 else None

    @cached_property
    def _by_stem(self) -> Mapping[str, int]:
        return {files.stem.lower(): n for n in self._owners if (files := self._accounts[n].thumbnails)}

    def _files(self, owner: int) -> list[LibraryFile]:
        account = self._accounts[owner]
        files = account.thumbnails
        if files is None:
            return []
        first = owner * len(_SIZES) + 1
        return [
            LibraryFile(
                first + offset,
                f"{files.stem}_{size}Thumb.jpg",
                thumbnail(files.picture, size, files.large),
                files.modified,
                account,
            )
            for offset, size in enumerate(_SIZES)
        ]


class Directory:
    """Everything that is looked up by something else than its place in the list.

    `home` is the My Site host of people whose files name no other.
    """

    def __init__(self, accounts: tuple[Account, ...], home: str) -> None:
        self.accounts, self.home = accounts, home
        self._libraries: dict[str, Library] = {}
        self._found: OrderedDict[object, Sequence[int]] = OrderedDict()

    @cached_property
    def by_name(self) -> Mapping[str, Account]:
        """By sign-in name and by object id, both in lower case."""
        found = {account.upn.lower(): account for account in self.accounts}
        found.update({account.id.lower(): account for account in self.accounts})
        return found

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The My Site hosts that profiles name."""
        return frozenset(a.profile.home_host for a in self.accounts if a.profile.home_host)

    @cached_property
    def in_search(self) -> Sequence[int]:
        """Numbers of the accounts in the people index."""
        return [number for number, account in enumerate(self.accounts) if account.search_url is not None]

    def library(self, host: str) -> Library:
        """The thumbnails on a host."""
        if host not in self._libraries:
            owners = [
                number
                for number, account in enumerate(self.accounts)
                if account.thumbnails is not None and (account.thumbnails.host or self.home) == host
            ]
            self._libraries[host] = Library(self.accounts, owners)
        return self._libraries[host]

    def thumbnails(self) -> frozenset[Picture]:
        """Every different thumbnail there is."""
        files = {(t.picture, t.large) for account in self.accounts if (t := account.thumbnails)}
        return frozenset(thumbnail(picture, size, large) for picture, large in files for size in _SIZES)

    def where(self, question: object, test: Test, among: Sequence[int] | None = None) -> Sequence[int]:
        """Numbers of the accounts that pass; the answers to the latest questions are remembered."""
        if question in self._found:
            self._found.move_to_end(question)
            return self._found[question]
        asked = range(len(self.accounts)) if among is None else among
        answer = [number for number in asked if test(self.accounts[number])]
        self._found[question] = answer
        if len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)
        return answer
