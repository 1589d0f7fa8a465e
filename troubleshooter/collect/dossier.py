"""One person of an audit: the answers so far, and the evidence that follows from them.

Evidence is made anew from all answers whenever somebody looks, by the same readers that serve a single
ticket; so a person asked in bulk and a person asked alone cannot be told apart but by what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from troubleshooter.collect.addresses import Hosts
from troubleshooter.collect.classify import Reading, note, status_of
from troubleshooter.collect.comparison import read_comparison
from troubleshooter.collect.directory import read_user
from troubleshooter.collect.images import ImageFacts
from troubleshooter.collect.library import Look, StoredFile, Wanted, look_into
from troubleshooter.collect.mailbox import miss_exchange_facts, read_mailbox
from troubleshooter.collect.photo import PhotoAnswers, PictureRead, read_photo, read_picture
from troubleshooter.collect.policy import read_policy
from troubleshooter.collect.search import SearchResult, read_search
from troubleshooter.collect.sharepoint import SHAREPOINT_FACTS, read_profile
from troubleshooter.collect.sites import files_wanted, names_another, refuse_secret, usual_stems
from troubleshooter.collect.tenant import Tenant, miss_sharepoint, read_tenant
from troubleshooter.collect.thumbnails import named_is_missing, read_served, read_thumbnails
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason, Picture, Value
from troubleshooter.evidence.store import PhotoSeen
from troubleshooter.transport.answer import Answer

_STORES = ("photo", "thumbnail")
SEEN, PREVIOUS = "photo.first_seen_at", "photo.previous_fingerprint"


@dataclass(frozen=True, slots=True)
class Common:
    """What is the same for everybody: the tenant, its policy, who asks. `run` holds facts by path.

    `no_sharepoint` is why SharePoint cannot be asked at all; ok when it can.
    """

    run: Mapping[str, Value]
    tenant: Tenant
    policy: Answer
    no_sharepoint: Reading = field(default_factory=Reading)
    secret: bool = False

    @property
    def hosts(self) -> Hosts | None:
        """SharePoint's hosts, None when it cannot be asked."""
        return self.tenant.hosts if self.no_sharepoint.ok and not self.secret else None


@dataclass(slots=True)
class Dossier:
    """The answers about one person; None for what was not asked."""

    id: str
    upn: str
    user: Mapping[str, Any]
    listed: Answer
    begun: datetime
    seen: PhotoSeen | None = None
    closely: bool = False
    photo: Answer | None = None
    sizes: Answer | None = None
    content: Answer | None = None
    purpose: Answer | None = None
    exchange: Answer | None = None
    profile: Answer | None = None
    profile_at: datetime | None = None
    files: tuple[StoredFile, ...] | None = None
    folder: str = ""
    library: tuple[Answer, ...] = ()
    library_reading: Reading = field(default_factory=Reading)
    look: Look | None = None
    download: Answer | None = None
    named_gone: bool = False
    indexed: SearchResult | None = None
    served: tuple[Answer, Answer | None] | None = None
    keep_files: bool = False
    """Pictures are wanted for more than their comparison."""
    asked: set[str] = field(default_factory=set)
    seen_look: Look | None = None
    """What the evidence was read from."""
    _pictures: dict[str, PictureRead] = field(default_factory=dict)
    _evidence: Evidence | None = None

    def changed(self) -> None:
        """An answer was added."""
        self._evidence = None

    @property
    def answers(self) -> list[Answer]:
        """Those about this person alone."""
        asked = (self.photo, self.sizes, self.content, self.purpose, self.exchange, self.profile)
        return [one for one in (*asked, self.download, *(self.served or ())) if one is not None]

    def evidence(self, common: Common) -> Evidence:
        """What the answers so far say."""
        if self._evidence is None:
            self._evidence = self._read(common)
        return self._evidence

    def _read(self, common: Common) -> Evidence:
        builder = EvidenceBuilder()
        for path, value in common.run.items():
            builder.know(path, value)
        builder.know("run.collected_at", self.begun)
        read_tenant(builder, common.tenant)
        read_user(builder, self.user, note(builder, self.listed))
        read_policy(builder, common.policy)
        if self.purpose is not None:
            read_mailbox(builder, self.purpose, self.exchange)
        miss_exchange_facts(builder)
        photo = None
        if self.photo is not None:
            photo = read_photo(builder, PhotoAnswers(self.photo, self.sizes, self.content), self.picture)
        self._history(builder)
        hosts = common.hosts
        if hosts is None:
            _no_sharepoint(builder, common)
        else:
            thumbnail = self._read_sharepoint(builder, hosts)
            read_comparison(builder, photo, thumbnail, self._marks())
        return builder.build()

    def _read_sharepoint(self, builder: EvidenceBuilder, hosts: Hosts) -> Picture | None:
        if self.profile is not None:
            read_profile(builder, self.profile, hosts, self.profile_at or self.begun, self.upn)
        if builder.known("sharepoint.profile_exists") is False:
            return None
        thumbnail = None
        look = self.seen_look = self._look_at(builder, hosts)
        if look is not None:
            asked = self.download is not None or not look.files
            thumbnail = read_thumbnails(builder, look, self.download, asked=asked, read=self.picture)
            if look.wanted.named is not None and (self.named_gone or self._named_is_gone(look)):
                builder.know("sharepoint.picture_url_state", "dead")
        if self.served is not None:
            read_served(builder, *self.served)
        if self.indexed is not None:
            read_search(builder, self.indexed, hosts.my, look)
        return thumbnail

    def _look_at(self, builder: EvidenceBuilder, hosts: Hosts) -> Look | None:
        """What is in the library: a single look where there was one, else the list of the whole library."""
        if self.look is not None:
            return self.look
        if self.files is None:
            if self.library_reading.ok:
                return None
            return Look(Wanted(hosts.my, ()), reading=self.library_reading, answers=self.library)
        wanted = files_wanted(builder, self.id, self.upn, hosts.my)
        if names_another(wanted, hosts.my, self.folder, usual_stems(self.id, self.upn)):
            return None  # the list was not searched for it, or does not hold that library
        return look_into(wanted, self.folder, self.files, self.library)

    def _named_is_gone(self, look: Look) -> bool:
        """The list of the whole library does not hold the file that the profile names."""
        return self.look is None and self.files is not None and named_is_missing(look)

    def picture(self, store: str, answer: Answer) -> PictureRead:
        """The picture in an answer, decoded once."""
        found = self._pictures.get(store)
        if found is None:
            found = self._pictures[store] = read_picture(store, answer)
        return found

    def kept_pictures(self) -> dict[str, Picture]:
        """The pictures that were read, by store, where they are kept."""
        found = {store: read.picture for store, read in self._pictures.items()}
        if self.served is not None:
            found["served"] = read_served(EvidenceBuilder(), *self.served)
        order = ("photo", "thumbnail", "served")
        return {store: picture for store in order if (picture := found.get(store)) is not None}

    def drop_bytes(self) -> None:
        """Let go of files that were looked at: of a plain photo, and of a plain thumbnail beside it.

        Their fingerprints are all that the comparison needs; five hundred people's files would be much.
        """
        if self.keep_files:
            return
        for store, name in (("photo", "content"), ("thumbnail", "download")):
            read, answer = self._pictures.get(store), getattr(self, name)
            if read is None or read.facts is None or read.picture is None or not _is_plain(read.facts):
                return
            self._pictures[store] = replace(read, picture=replace(read.picture, data=b""))
            if answer is not None and answer.body:
                setattr(self, name, replace(answer, body=b""))

    def forget_picture(self, store: str) -> None:
        """The picture of this store is another one now."""
        self._pictures.pop(store, None)

    def _marks(self) -> tuple[str, str]:
        """Fingerprints of photo and thumbnail; '' for one that could be shown in more than one way."""
        facts = [self._pictures[name].facts if name in self._pictures else None for name in _STORES]
        photo, thumbnail = (
            one.fingerprint or "" if one is not None and _is_plain(one) else "" for one in facts
        )
        return photo, thumbnail

    def _history(self, builder: EvidenceBuilder) -> None:
        mark = builder.known("photo.fingerprint")
        if not isinstance(mark, str):
            return
        if self.seen is None:
            builder.know(SEEN, self.begun)
            builder.know(PREVIOUS, "")
        elif self.seen.fingerprint == mark:
            builder.know(SEEN, self.seen.first_seen_at)
            builder.know(PREVIOUS, self.seen.previous_fingerprint)
        else:
            builder.know(SEEN, self.begun)
            builder.know(PREVIOUS, self.seen.fingerprint)


def photo_is_there(answer: Answer | None) -> bool:
    """Graph described something: the file may be asked for."""
    return answer is not None and status_of(answer).ok


def _no_sharepoint(builder: EvidenceBuilder, common: Common) -> None:
    if common.secret:
        refuse_secret(builder)
    elif not common.no_sharepoint.ok:
        for path in SHAREPOINT_FACTS:
            builder.miss(
                path,
                common.no_sharepoint.reason or GapReason.NOT_COLLECTED,
                common.no_sharepoint.detail,
            )
    else:
        miss_sharepoint(builder, common.tenant, SHAREPOINT_FACTS)
    read_comparison(builder, None, None)


def _is_plain(facts: ImageFacts) -> bool:
    return facts.decodes and facts.orientation == 1 and not facts.has_alpha
