"""After everybody: a random sample of those whom only a look at the profile, or at the page, could prove.

First the profiles of people whose lists agree, then the pages of people who are right in every store. If all
of the sample are right the others are not asked, and the rules say "by sample"; if one is not, everybody is.
docs/decisions/0007
"""

from __future__ import annotations

from collections.abc import Sequence

from troubleshooter.collect.audit_tools import Tools
from troubleshooter.collect.crowd import PAGE, PROFILE, Crowd, Depths, Gathered, Listed, has_profile
from troubleshooter.collect.dossier import Common
from troubleshooter.collect.library import look_into
from troubleshooter.collect.roster import Lists
from troubleshooter.collect.search import read_search
from troubleshooter.collect.sharepoint import PROFILE_FACTS, read_profile
from troubleshooter.collect.sites import files_wanted, names_another, usual_stems
from troubleshooter.collect.thumbnails import SERVED_FACTS, named_is_missing, read_served
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason
from troubleshooter.evidence.schema import SAMPLE_SIZE
from troubleshooter.evidence.store import Store
from troubleshooter.transport.answer import Answer

_PAGE_FACTS = frozenset(SERVED_FACTS)


class Sampling:
    """The end of an audit. Every batch is one transaction, so it goes on where it was stopped."""

    def __init__(
        self,
        store: Store,
        crowd: Crowd,
        lists: Lists,
        common: Common,
        tools: Tools,
        depths: Depths,
        at_once: int,
    ) -> None:
        self._store, self._crowd, self._lists = store, crowd, lists
        self._common, self._tools, self._depths = common, tools, depths
        self._at_once = at_once
        self._done = 0

    def settle(self) -> None:
        """Ask of whom it must be asked, and state what the sample showed."""
        self._kind(PROFILE)
        if self._depths.pages != "none":
            self._kind(PAGE)
            # A page that was not right takes the proof by sample from those whose profiles were left out.
            self._kind(PROFILE)
            self._kind(PAGE)
        profiles, differing = self._counts(PROFILE)
        pages, default = self._counts(PAGE)
        with self._store.transaction():
            facts = {
                "run.profiles_sampled": profiles,
                "run.profiles_differing": differing,
                "run.pages_sampled": pages,
                "run.pages_default": default,
            }
            self._store.put("run", {**self._store.get("run", {}), **facts})
            sample = {"profiles": profiles, "differing": differing, "pages": pages, "default": default}
            self._store.put("sample", sample)

    def _kind(self, kind: str) -> None:
        while people := self._next(kind):
            self._tools.check()
            sampled, _ = self._counts(kind)
            if kind == PROFILE:
                self._ask_profiles(people, in_sample=sampled < SAMPLE_SIZE)
            else:
                self._ask_pages(people, in_sample=sampled < SAMPLE_SIZE)
            self._done += len(people)
            self._tools.report("sample", self._done, self._done + self._due(kind))

    def _due(self, kind: str) -> int:
        """How many are to be asked: the rest of the sample, everybody once it was not right, else nobody."""
        sampled, wrong = self._counts(kind)
        if kind == PROFILE and not self._store.get(f"{PAGE}_refused"):
            wrong += self._counts(PAGE)[1]
        everybody = wrong > 0 or self._depths.pages == "all"
        waiting = int(self._store.query("SELECT count(*) FROM pending WHERE kind = ?", [kind])[0][0])
        if everybody and not self._store.get(f"{kind}_refused"):
            return waiting
        return min(max(0, SAMPLE_SIZE - sampled), waiting)

    def _next(self, kind: str) -> list[str]:
        """Whom to ask now. The sample is drawn to its end first."""
        room = SAMPLE_SIZE - self._counts(kind)[0]
        some = min(self._at_once, self._due(kind), room if room > 0 else self._at_once)
        rows = self._store.query(
            "SELECT person_id FROM pending WHERE kind = ? ORDER BY md5(person_id || ?) LIMIT ?",
            [kind, self._store.get("salt"), some],
        )
        return [one for (one,) in rows]

    def _counts(self, kind: str) -> tuple[int, int]:
        rows = self._store.query(
            "SELECT count(*), count(*) FILTER (NOT fits) FROM sampled WHERE kind = ?", [kind]
        )
        return int(rows[0][0]), int(rows[0][1])

    def _ask_profiles(self, ids: Sequence[str], *, in_sample: bool) -> None:
        known = self._store.people_of(ids)
        listed = {one.id: one for one in self._lists.of(ids)}
        answers = self._crowd.profiles([listed[one.person.id or ""].upn for one in known])
        newer: list[Evidence] = []
        again: list[Listed] = []
        for evidence, answer in zip(known, answers, strict=True):
            one = listed[evidence.person.id or ""]
            found = self._with_profile(evidence, one, answer)
            if found is None:
                again.append(one)
            else:
                newer.append(found)
        needs = self._tools.needs(newer)
        gathered = [
            Gathered(evidence, PAGE if needed & _PAGE_FACTS and has_profile(evidence) else "")
            for evidence, needed in zip(newer, needs, strict=True)
        ]
        # The profile names another file than the lists do: such a person is collected anew, with that file.
        whole = self._crowd.collect(again, profiles="all") if again else []
        refused = bool(newer) and all(map(_refused, newer))
        differing = {one.id for one in again}
        self._commit(PROFILE, [*gathered, *whole], differing, in_sample=in_sample, refused=refused)

    def _commit(
        self, kind: str, gathered: Sequence[Gathered], differing: set[str], *, in_sample: bool, refused: bool
    ) -> None:
        ids = [one.evidence.person.id or "" for one in gathered]
        store = self._store
        with store.transaction():
            store.replace_people([one.evidence for one in gathered])
            store.connection.execute(
                "DELETE FROM pending WHERE kind = ? AND person_id IN (SELECT unnest(?))", [kind, ids]
            )
            pages = [(one.evidence.person.id, one.pending) for one in gathered if one.pending == PAGE]
            store.insert("pending", pages if self._depths.pages != "none" else [])
            if in_sample:
                fits = {one for one, _ in pages} - differing
                store.insert("sampled", [(one, kind, one in fits) for one in ids])
                if refused:
                    store.put(f"{kind}_refused", True)
            store.put("traffic", self._tools.traffic())

    def _with_profile(self, evidence: Evidence, one: Listed, answer: Answer) -> Evidence | None:
        """The evidence with the profile in it; None when the profile names another file than was compared."""
        hosts = self._common.hosts
        assert hosts is not None
        builder = EvidenceBuilder.resumed(evidence)
        read_profile(builder, answer, hosts, self._tools.now(), one.upn)
        if builder.known("sharepoint.profile_exists") is not True:
            return builder.build()
        before = look_into(
            files_wanted(EvidenceBuilder.resumed(evidence), one.id, one.upn, hosts.my),
            one.folder,
            one.files or (),
            one.library,
        )
        wanted = files_wanted(builder, one.id, one.upn, hosts.my)
        look = look_into(wanted, one.folder, one.files or (), one.library)
        if look.best != before.best or names_another(
            wanted, hosts.my, one.folder, usual_stems(one.id, one.upn)
        ):
            return None
        if named_is_missing(look):
            builder.know("sharepoint.picture_url_state", "dead")
        if one.indexed is not None:
            read_search(builder, one.indexed, hosts.my, look)
        return builder.build()

    def _ask_pages(self, ids: Sequence[str], *, in_sample: bool) -> None:
        known = self._store.people_of(ids)
        answers = self._crowd.pages([one.person.user_principal_name or "" for one in known])
        newer = []
        for evidence, (page, nobody) in zip(known, answers, strict=True):
            builder = EvidenceBuilder.resumed(evidence)
            read_served(builder, page, nobody)
            newer.append(builder.build())
        store = self._store
        with store.transaction():
            store.replace_people(newer)
            store.connection.execute(
                "DELETE FROM pending WHERE kind = ? AND person_id IN (SELECT unnest(?))", [PAGE, list(ids)]
            )
            if in_sample:
                rows = [
                    (one.person.id, PAGE, one.sharepoint.served_is_default_image is False) for one in newer
                ]
                store.insert("sampled", rows)
                refused = [one for one in newer if one.sharepoint.served_status in (401, 403)]
                if newer and len(refused) == len(newer):
                    store.put(f"{PAGE}_refused", True)
            store.put("traffic", self._tools.traffic())


def _refused(evidence: Evidence) -> bool:
    """The profile could not be read for want of a permission."""
    found = next((gap for gap in evidence.gaps if gap.fact == PROFILE_FACTS[0]), None)
    return found is not None and found.reason is GapReason.DENIED
