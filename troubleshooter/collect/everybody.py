"""Everybody of a directory, listed in pages and handed out a few at a time, for evidence in full."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from troubleshooter.collect.clients import Graph
from troubleshooter.collect.listing import USERS, Told, answers_of, list_users
from troubleshooter.collect.resolve import Found
from troubleshooter.collect.roster import choose, chosen
from troubleshooter.evidence.store import Store


class Everybody:
    """Who is listed, in a store of its own, so that memory does not grow with their number."""

    def __init__(self, store: Store, *, rows: int = 999) -> None:
        self._store, self._rows = store, rows

    def list(self, graph: Graph, where: str, tell: Told, *, guests: bool) -> int:
        """Read the list; how many people it has. Raises ListingFailed."""
        list_users(self._store, graph, where, tell, self._rows)
        choose(self._store, guests=guests, sample=0, salt="")
        return chosen(self._store)

    @property
    def licences(self) -> int:
        """Accounts with a licence that counts for Microsoft's limits."""
        return int(self._store.get("licences", 0))

    @property
    def left_out(self) -> dict[str, int]:
        """How many accounts were listed and are not handed out, by reason."""
        return dict(self._store.query("SELECT reason, count(*) FROM left_out GROUP BY reason"))

    def found(self, check: Callable[[], None]) -> Iterator[Found]:
        """Each account as the list told of it; `check` may stop it."""
        answers = answers_of(self._store, USERS)
        for first in range(0, chosen(self._store), self._rows):
            for upn, key, user, page in self._store.query(
                "SELECT upn, id, person, page FROM roster WHERE place >= ? AND place < ? ORDER BY place",
                [first, first + self._rows],
            ):
                check()
                yield Found(upn, key, answers[page], json.loads(user))
