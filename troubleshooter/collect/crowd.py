"""One page of people of an audit: in rounds, what can still change somebody's verdict is asked.

Lists come first (photo metadata in batches, the library and the people index as they were listed); then for
each person the first of `ASKS` that is needed; then everybody is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Literal
from urllib.parse import quote

from troubleshooter.collect import details
from troubleshooter.collect.addresses import FileAddress
from troubleshooter.collect.classify import Reading, gap, status_of
from troubleshooter.collect.clients import IMAGE, Graph, SharePoint
from troubleshooter.collect.comparison import DISTANCE, MATCHES
from troubleshooter.collect.dossier import Common, Dossier, photo_is_there
from troubleshooter.collect.library import Library, Look, StoredFile, Wanted, file_value_url
from troubleshooter.collect.mailbox import offers_exchange_settings
from troubleshooter.collect.photo import IMAGE_FACTS, SIZE_FACTS
from troubleshooter.collect.profiles import Profiles
from troubleshooter.collect.search import SEARCH_FACTS, SearchResult, Sought, find_people
from troubleshooter.collect.sharepoint import PROFILE_FACTS
from troubleshooter.collect.sites import Sites, files_wanted, names_another, usual_stems
from troubleshooter.collect.thumbnails import FILE_FACTS, PICTURE_FACTS, SERVED_FACTS
from troubleshooter.collect.workers import Workers
from troubleshooter.errors import RunFailed
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason, Picture
from troubleshooter.evidence.store import PhotoSeen
from troubleshooter.transport.answer import Answer, NoToken

GRAPH_BATCH, FILES_IN_BATCH = 20, 60
_AT_ONCE = 5 * GRAPH_BATCH
Needs = Callable[[Sequence[Evidence]], list[frozenset[str]]]
Depth = Literal["all", "needed", "none"]
PROFILE, PAGE = "profile", "page"
_PROBE = "/organization?$select=id"
_NO_SIGN_IN = gap(GapReason.DENIED, details.SHAREPOINT_REFUSED_SIGN_IN)

_MAILBOX = ("exists", "location", "purpose", "status", "error_code")
ASKS: Mapping[str, frozenset[str]] = {
    "pictures": frozenset({*IMAGE_FACTS, *PICTURE_FACTS, MATCHES, DISTANCE}),
    "files": frozenset({"sharepoint.thumbnails_present", "sharepoint.folder_name", *FILE_FACTS}),
    PROFILE: frozenset({*PROFILE_FACTS, "sharepoint.status", "sharepoint.search_state"}),
    "mailbox": frozenset(f"mailbox.{name}" for name in _MAILBOX),
    "search": frozenset(SEARCH_FACTS),
    "sizes": frozenset({*SIZE_FACTS, "photo.store_class", "photo.largest_side"}),
}
"""What is asked for which facts, in the order in which an answer settles most."""


class NobodyAnswered(RunFailed):
    """The network is gone: going on would make everybody undecided whom the next run could read."""


@dataclass(frozen=True, slots=True)
class Depths:
    """How much is asked. For `profiles` and `pages` "needed" is a random sample, and all if it demands it."""

    pictures: Depth = "needed"
    profiles: Depth = "needed"
    pages: Depth = "needed"


@dataclass(frozen=True, slots=True)
class Listed:
    """A person as the lists know them. `files` None: the library was not listed; `reading` may say why."""

    id: str
    upn: str
    user: Mapping[str, object]
    answer: Answer
    files: tuple[StoredFile, ...] | None
    folder: str
    library: tuple[Answer, ...]
    library_reading: Reading
    indexed: SearchResult | None
    seen: PhotoSeen | None
    closely: bool = False
    """Not to be judged by a sample: an earlier audit found a problem, and a cure must have been seen."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A person's evidence, and what only a sample asks for: '', `PROFILE` or `PAGE`."""

    evidence: Evidence
    pending: str
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    """Empty unless they are kept."""


class Crowd:
    """Collects people page by page. One page at a time; inside it, many requests at once."""

    def __init__(
        self,
        graph: Graph,
        sharepoint: SharePoint,
        common: Common,
        needs: Needs,
        workers: Workers,
        *,
        graph_host: str,
        now: Callable[[], datetime],
        depths: Depths,
        batch_size: Callable[[str, int], int],
        keep_pictures: bool = False,
    ) -> None:
        self._keep_pictures = keep_pictures
        self._graph, self._sharepoint, self._common = graph, sharepoint, common
        self._needs, self._workers, self._now, self._depths = needs, workers, now, depths
        self._has_exchange_settings = offers_exchange_settings(graph_host)
        self._batch_size = batch_size
        self._files_in_batch = True
        hosts = common.hosts
        self._profiles = Profiles(sharepoint, hosts, workers, batch_size) if hosts else None
        self._sites = Sites(sharepoint, hosts, now) if hosts else None
        self._library = Library(sharepoint) if hosts else None

    def collect(self, people: Sequence[Listed], *, profiles: Depth | None = None) -> list[Gathered]:
        """The evidence of these people, in order. `profiles` overrules the depth.

        Raises NoToken and NobodyAnswered, and nothing else.
        """
        begun = self._now()
        dossiers = [_open(one, begun, keep_files=self._keep_pictures) for one in people]
        answers = self._batch([f"{_user(one)}/photo" for one in dossiers])
        self._check_network(answers)
        for one, answer in zip(dossiers, answers, strict=True):
            one.photo = answer
            one.changed()
        if self._depths.pictures == "all":
            self._pictures(dossiers)
        pending = self._rounds(dossiers, profiles or self._depths.profiles)
        self._check_network([answer for one in dossiers for answer in one.answers])
        return [
            Gathered(one.evidence(self._common), kind, one.kept_pictures() if self._keep_pictures else {})
            for one, kind in zip(dossiers, pending, strict=True)
        ]

    def _check_network(self, answers: Sequence[Answer]) -> None:
        """Where some answers did not come, see whether any would; raise NobodyAnswered if not."""
        silent = next((answer for answer in answers if not answer.status), None)
        if silent is not None and not self._graph.get(_PROBE).status:
            raise NobodyAnswered(
                "Microsoft Graph does not answer any more ({why}).",
                "Look at the network, then give the same command again: it goes on where it stopped.",
                why=status_of(silent).detail,
            )

    def _rounds(self, dossiers: Sequence[Dossier], profiles: Depth) -> list[str]:
        pending = dict.fromkeys(range(len(dossiers)), "")
        open_places = list(range(len(dossiers)))
        while open_places:
            needs = self._needs([dossiers[place].evidence(self._common) for place in open_places])
            wanted: dict[str, list[int]] = {}
            for place, needed in zip(open_places, needs, strict=True):
                one = dossiers[place]
                ask = self._next(one, needed)
                # Without the list of the library nobody could say later whether a profile names another file.
                sampled = (
                    profiles == "needed"
                    and not one.closely
                    and one.files is not None
                    and agrees_in_bulk(one.evidence(self._common))
                )
                if sampled and ask in (PROFILE, "mailbox"):
                    pending[place] = PROFILE
                elif ask in ASKS:
                    wanted.setdefault(ask, []).append(place)
                elif ask:
                    pending[place] = ask
            self._ask({ask: [dossiers[place] for place in places] for ask, places in wanted.items()})
            open_places = sorted(place for places in wanted.values() for place in places)
        pages = self._depths.pages
        looked = {
            place
            for place, kind in pending.items()
            if kind == PAGE and (pages == "all" or (pages == "needed" and dossiers[place].closely))
        }
        self._pages([dossiers[place] for place in sorted(looked)])
        return [
            "" if kind == PAGE and (place in looked or pages != "needed") else kind
            for place, kind in pending.items()
        ]

    def _next(self, dossier: Dossier, needed: frozenset[str]) -> str:
        """The first thing to ask for, `PAGE` for what only the page shows, '' for nothing."""
        for ask, facts in ASKS.items():
            if facts & needed and ask not in dossier.asked and self._may(ask, dossier):
                return ask
        looks = needed & frozenset(SERVED_FACTS) and has_profile(dossier.evidence(self._common))
        return PAGE if self._sites is not None and looks else ""

    def _may(self, ask: str, dossier: Dossier) -> bool:
        if ask in ("files", PROFILE):
            return self._sites is not None
        if ask == "search":
            return self._sites is not None and dossier.indexed is None
        return ask != "pictures" or self._depths.pictures != "none"

    def _ask(self, wanted: Mapping[str, Sequence[Dossier]]) -> None:
        for ask, dossiers in wanted.items():
            for one in dossiers:
                one.asked.add(ask)
        self._graph_round(wanted.get("pictures", ()), wanted.get("mailbox", ()), wanted.get("sizes", ()))
        self._thumbnails(wanted.get("pictures", ()))
        self._look(wanted.get("files", ()))
        if self._profiles is not None and PROFILE in wanted:
            people = wanted[PROFILE]
            answers = self._profiles.ask([one.upn for one in people])
            for one, answer in zip(people, answers, strict=True):
                self._has_profile(one, answer)
            self._look([one for one in people if self._names_another(one)])
        self._search(wanted.get("search", ()))

    def _has_profile(self, one: Dossier, answer: Answer) -> None:
        before = self._best(one)
        one.profile, one.profile_at = answer, self._now()
        one.changed()
        one.evidence(self._common)
        if one.download is not None and self._best(one) != before:
            # The profile names another file than the usual one: what was downloaded is not what pages show.
            one.download = None
            one.forget_picture("thumbnail")
            one.asked.discard("pictures")
            one.changed()

    def _names_another(self, one: Dossier) -> bool:
        """The profile names a file that was not looked for: in another library or folder, of another name."""
        hosts = self._common.hosts
        if hosts is None or (one.look is None and one.files is None):
            return False
        wanted = files_wanted(EvidenceBuilder.resumed(one.evidence(self._common)), one.id, one.upn, hosts.my)
        if one.look is None:
            return names_another(wanted, hosts.my, one.folder, usual_stems(one.id, one.upn))
        if one.look.wanted.named is not None:
            return False
        best = _address(one.look)
        return names_another(wanted, one.look.wanted.host, one.look.folder, [best.stem] if best else [])

    def _graph_round(
        self, pictures: Sequence[Dossier], mailboxes: Sequence[Dossier], sizes: Sequence[Dossier]
    ) -> None:
        """All that Graph is asked in this round, so that its batches are full."""
        with_photo = [one for one in pictures if photo_is_there(one.photo) and one.content is None]
        asked = [
            *((one, "content", f"{_user(one)}/photo/$value") for one in with_photo),
            *((one, "purpose", f"{_user(one)}/mailboxSettings/userPurpose") for one in mailboxes),
            *((one, "sizes", f"{_user(one)}/photos") for one in sizes),
        ]
        for start in range(0, len(asked), _AT_ONCE):  # answers with pictures are large
            part = asked[start : start + _AT_ONCE]
            for (one, name, _), answer in zip(part, self._batch([path for *_, path in part]), strict=True):
                setattr(one, name, answer)
                one.changed()
            self._workers.decode(_decode_photo, [one for one, name, _ in part if name == "content"])
        # A large picture may not fit into a batch.
        again = [
            one
            for one in with_photo
            if one.content is not None
            and not one.content.ok
            and one.content.status not in (401, 403, 404, 429)
        ]
        singles = self._workers.map(lambda one: self._graph.get(f"{_user(one)}/photo/$value"), again)
        for one, answer in zip(again, singles, strict=True):
            one.forget_picture("photo")
            one.content = answer
            one.changed()
        self._workers.decode(_decode_photo, again)
        # The second witness is heard when the first could not say.
        unsure = [
            one for one in mailboxes if one.purpose is not None and one.purpose.status not in (200, 404)
        ]
        if unsure and self._has_exchange_settings:
            paths = [f"{_user(one)}/settings/exchange" for one in unsure]
            for one, answer in zip(unsure, self._batch(paths), strict=True):
                one.exchange = answer

    def _pictures(self, dossiers: Sequence[Dossier]) -> None:
        for one in dossiers:
            one.asked.add("pictures")
        self._graph_round(dossiers, (), ())
        self._thumbnails(dossiers)

    def _batch(self, paths: Sequence[str]) -> list[Answer]:
        return self._workers.in_parts(self._graph.batch, paths, GRAPH_BATCH)

    def _best(self, one: Dossier) -> FileAddress | None:
        one.evidence(self._common)
        look = one.seen_look
        return _address(look) if look is not None and look.best is not None else None

    def _thumbnails(self, dossiers: Sequence[Dossier]) -> None:
        """The largest file of each person, in batches where these hand out files, else one by one."""
        wanted = [
            (one, address)
            for one in dossiers
            if one.download is None and (address := self._best(one)) is not None
        ]
        batched = [pair for pair in wanted if self._files_in_batch and pair[1].host == self._my_host]
        if batched:
            size = self._batch_size(file_value_url(batched[0][1]), FILES_IN_BATCH)
            get = partial(self._sharepoint.batch, self._my_host, accept=IMAGE)
            answers = self._workers.in_parts(get, [file_value_url(address) for _, address in batched], size)
            pairs = [(one, answer) for (one, _), answer in zip(batched, answers, strict=True)]
            for (one, answer), whole in zip(pairs, self._workers.decode(_is_whole, pairs), strict=True):
                if whole or status_of(answer).absent:
                    one.download = answer
                    one.changed()
        rest = [pair for pair in wanted if pair[0].download is None]
        if self._sites is not None and rest:
            singles = self._workers.map(self._sites.file, [address for _, address in rest])
            pairs = [(one, answer) for (one, _), answer in zip(rest, singles, strict=True)]
            for one, answer in pairs:
                one.download = answer
                one.forget_picture("thumbnail")
                one.changed()
            if batched and len(rest) > len(batched) / 2 and any(self._workers.decode(_is_whole, pairs)):
                self._files_in_batch = False  # alone they come, in a batch they do not

    @property
    def _my_host(self) -> str:
        return self._common.hosts.my if self._common.hosts else ""

    @staticmethod
    def _found(library: Library, wanted: Sequence[Wanted]) -> list[Look]:
        """A look for each. A host that lets nobody in is a gap of those whose files it keeps, and no more."""
        looks: dict[int, Look] = {}
        for host in dict.fromkeys(one.host for one in wanted):
            places = [place for place, one in enumerate(wanted) if one.host == host]
            some = [wanted[place] for place in places]
            try:
                found = library.find(some)
            except NoToken as problem:
                if problem.passing:
                    raise
                found = [Look(one, reading=_NO_SIGN_IN) for one in some]
            looks.update(zip(places, found, strict=True))
        return [looks[place] for place in range(len(wanted))]

    def _look(self, dossiers: Sequence[Dossier]) -> None:
        """Look for single people's files where the library was not, or could not be, listed."""
        hosts = self._common.hosts
        if not dossiers or self._library is None or hosts is None or self._sites is None:
            return
        builders = [EvidenceBuilder.resumed(one.evidence(self._common)) for one in dossiers]
        wanted = [
            files_wanted(builder, one.id, one.upn, hosts.my)
            for one, builder in zip(dossiers, builders, strict=True)
        ]
        for one, look in zip(dossiers, self._found(self._library, wanted), strict=True):
            one.look = look
            if self._depths.pictures != "none":
                one.forget_picture("thumbnail")
                if look.reading != _NO_SIGN_IN:
                    one.download, one.named_gone = self._sites.download(look)
                one.asked.add("pictures")
            one.changed()
        missing = [one for one in dossiers if one.content is None and self._depths.pictures != "none"]
        self._graph_round(missing, (), ())

    def _search(self, dossiers: Sequence[Dossier]) -> None:
        """Single people in the index, where the whole of it was not worth listing."""
        hosts = self._common.hosts
        if not dossiers or hosts is None:
            return
        sought = [Sought(one.id, one.upn) for one in dossiers]
        for one, found in zip(dossiers, find_people(self._sharepoint, hosts.root, sought), strict=True):
            one.indexed = found
            one.changed()

    def _pages(self, dossiers: Sequence[Dossier]) -> None:
        if self._sites is None:
            return
        for one, answers in zip(dossiers, self.pages([one.upn for one in dossiers]), strict=True):
            one.served = answers
            one.changed()

    def pages(self, upns: Sequence[str]) -> list[tuple[Answer, Answer | None]]:
        """What pages show for each of some people, and for nobody."""
        assert self._sites is not None
        first = [self._sites.served_for(upn) for upn in upns[:1]]  # which also asks for nobody, once
        return [*first, *self._workers.map(self._sites.served_for, upns[1:])]

    def profiles(self, upns: Sequence[str]) -> list[Answer]:
        """The profiles of some people, in order."""
        assert self._profiles is not None
        return self._profiles.ask(upns)


def has_profile(evidence: Evidence) -> bool:
    """The profile was read; without it the page proves nothing, neither for a person nor in a sample."""
    return evidence.sharepoint.profile_exists is True


def agrees_in_bulk(evidence: Evidence) -> bool:
    """Photo, library and people index tell the same of this person, as far as lists can tell."""
    return (
        evidence.directory.user_type == "member"
        and evidence.directory.account_enabled is True
        and evidence.photo.present is True
        and evidence.photo.decodes is True
        and evidence.sharepoint.thumbnails_present is True
        and evidence.sharepoint.thumbnail_is_blank is False
        and evidence.sharepoint.indexed_file_exists is True
        and evidence.comparison.sharepoint_matches_photo is True
    )


def _open(one: Listed, begun: datetime, *, keep_files: bool) -> Dossier:
    return Dossier(
        id=one.id,
        upn=one.upn,
        user=one.user,
        listed=one.answer,
        begun=begun,
        seen=one.seen,
        closely=one.closely,
        files=one.files,
        folder=one.folder,
        library=one.library,
        library_reading=one.library_reading,
        indexed=one.indexed,
        keep_files=keep_files,
    )


def _user(one: Dossier) -> str:
    return f"/users/{quote(one.id or one.upn, safe='@.-_')}"


def _address(look: Look) -> FileAddress | None:
    return FileAddress(look.wanted.host, f"{look.folder}/{look.best.name}") if look.best is not None else None


def _is_whole(pair: tuple[Dossier, Answer]) -> bool:
    """A picture came. Whether a batch hands out files is not documented, so every answer is looked at."""
    one, answer = pair
    if not answer.ok:
        return False
    one.forget_picture("thumbnail")
    facts = one.picture("thumbnail", answer).facts
    one.drop_bytes()
    return facts is not None and facts.decodes


def _decode_photo(one: Dossier) -> None:
    if one.content is not None:
        one.picture("photo", one.content)
        one.drop_bytes()
