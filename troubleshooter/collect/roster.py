"""Who of the listed accounts is looked at, in which order, and what the lists know of each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from troubleshooter.collect import details
from troubleshooter.collect.addresses import DEFAULT_FOLDER, mangled
from troubleshooter.collect.classify import Reading, gap
from troubleshooter.collect.crowd import Listed
from troubleshooter.collect.library import StoredFile
from troubleshooter.collect.listing import INDEX, LIBRARY, USERS, answers_of, state_of
from troubleshooter.collect.search import SearchResult
from troubleshooter.collect.values import parse_time
from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.store import Store
from troubleshooter.transport.answer import Answer

GUESTS, ROOMS, SAMPLE = "guests", "rooms", "sample"
_GUEST = (
    "lower(coalesce(json_extract_string(person, '$.userType'), '')) = 'guest' "
    "OR contains(lower(upn), '#ext#')"
)


def choose(store: Store, *, guests: bool, sample: int, salt: str) -> None:
    """Number those who are looked at from 0 and say of the others why not. In one transaction.

    `sample` people are drawn at random, everybody for 0; `salt` makes the draw unpredictable, and the same
    again when an audit goes on.
    """
    with store.transaction():
        connection = store.connection
        connection.execute("DELETE FROM left_out")
        if not guests:
            connection.execute(f"INSERT INTO left_out SELECT id, ? FROM roster WHERE {_GUEST}", [GUESTS])  # noqa: S608
        if sample:
            connection.execute(
                "INSERT INTO left_out SELECT id, ? FROM roster "
                "WHERE id NOT IN (SELECT id FROM left_out) ORDER BY md5(id || ?) OFFSET ?",
                [SAMPLE, salt, sample],
            )
        connection.execute(
            "UPDATE roster SET place = chosen.place FROM "
            "(SELECT id, row_number() OVER (ORDER BY page, rowid) - 1 AS place "
            "FROM roster WHERE id NOT IN (SELECT id FROM left_out)) AS chosen "
            "WHERE roster.id = chosen.id"
        )
        store.put("chosen", True)


def chosen(store: Store) -> int:
    """How many people are looked at."""
    return int(store.query("SELECT count(place) FROM roster")[0][0])


@dataclass(frozen=True, slots=True)
class _List:
    """A list that was read: whether it holds everybody, why not, and the answers by page."""

    whole: bool
    reading: Reading
    answers: Mapping[int, Answer]

    @property
    def last(self) -> tuple[Answer, ...]:
        return (self.answers[max(self.answers)],) if self.answers else ()


class Lists:
    """What the lists know of people, a page of people at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._users = answers_of(store, USERS)
        self._index = self._list(INDEX)
        self._library = self._list(LIBRARY)
        folders = store.query("SELECT folder, count(*) FROM library GROUP BY folder ORDER BY 2 DESC LIMIT 1")
        self._folder = folders[0][0] if folders else DEFAULT_FOLDER

    def _list(self, listing: str) -> _List:
        state = state_of(self._store, listing)
        whole = state.pages > 0 and state.ended and state.reading.ok
        return _List(whole, state.reading, answers_of(self._store, listing))

    def at(self, first: int, count: int) -> list[Listed]:
        """The people at these places, in order."""
        rows = self._store.query(
            "SELECT id, upn, person, page FROM roster WHERE place >= ? AND place < ? ORDER BY place",
            [first, first + count],
        )
        return self._known(rows)

    def of(self, ids: Sequence[str]) -> list[Listed]:
        """These people, in the order given; who is not listed is left out."""
        rows = self._store.query(
            "SELECT id, upn, person, page FROM roster WHERE id IN (SELECT unnest(?))", [list(ids)]
        )
        found = {one.id: one for one in self._known(rows)}
        return [found[one] for one in ids if one in found]

    def _known(self, rows: Sequence[tuple[str, str, str, int]]) -> list[Listed]:
        ids = [one.lower() for one, *_ in rows]
        upns = [upn.lower() for _, upn, *_ in rows]
        files = self._files([*ids, *map(mangled, upns)])
        indexed = self._indexed(ids, upns)
        seen = self._store.photos_seen([one for one, *_ in rows])
        troubled = self._store.had_trouble([one for one, *_ in rows])
        people = []
        for (object_id, upn, person, page), low, name in zip(rows, ids, upns, strict=True):
            own = [*files.get(low, ()), *files.get(mangled(name), ())]
            people.append(
                Listed(
                    id=object_id,
                    upn=upn,
                    user=json.loads(person),
                    answer=self._users[page],
                    files=tuple(file for _, file in own) if self._library.whole else None,
                    folder=own[0][0] if own else self._folder,
                    library=self._library.last,
                    # What single looks may still find is not called missing.
                    library_reading=self._library.reading
                    if self._library.reading.reason is GapReason.DENIED
                    else Reading(),
                    indexed=self._search(indexed.get(low) or indexed.get(name)),
                    seen=seen.get(object_id),
                    closely=object_id in troubled,
                )
            )
        return people

    def _files(self, stems: Sequence[str]) -> dict[str, list[tuple[str, StoredFile]]]:
        found: dict[str, list[tuple[str, StoredFile]]] = {}
        for folder, name, stem, size, modified in self._store.query(
            "SELECT DISTINCT folder, name, stem, bytes, modified FROM library "
            "WHERE stem IN (SELECT unnest(?)) ORDER BY folder, name",
            [list(stems)],
        ):
            file = StoredFile(name, size, parse_time(modified))
            found.setdefault(stem, []).append((folder, file))
        return found

    def _indexed(self, ids: Sequence[str], upns: Sequence[str]) -> dict[str, tuple[str, int]]:
        rows = self._store.query(
            "SELECT object_id, account, cells, page FROM people_index "
            "WHERE object_id IN (SELECT unnest(?)) OR (object_id = '' AND account IN (SELECT unnest(?))) "
            "ORDER BY page DESC",
            [list(ids), list(upns)],
        )
        return {object_id or account: (cells, page) for object_id, account, cells, page in rows}

    def _search(self, row: tuple[str, int] | None) -> SearchResult | None:
        """A row, or that there is none; None when the index was not read at all."""
        last = self._index.last
        if row is not None:
            return SearchResult(self._index.answers[row[1]], json.loads(row[0]))
        if not last:
            return None
        if self._index.whole:
            return SearchResult(last[0])
        reading = self._index.reading
        return SearchResult(
            last[0], reading=gap(GapReason.UNREADABLE, details.LIST_CUT_OFF) if reading.ok else reading
        )
