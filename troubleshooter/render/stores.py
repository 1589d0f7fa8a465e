"""The photo store by store: what each one holds, and how it stands to the photo that Microsoft 365 serves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from markupsafe import Markup

from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.evidence.record import Evidence, Gap, GapReason
from troubleshooter.render import pictures, values
from troubleshooter.render.labels import GAP_REASONS, marked
from troubleshooter.render.language import Language

_ = marked


class Relation(StrEnum):
    """How a store's picture stands to the one Microsoft 365 serves."""

    REFERENCE = "reference"
    SAME = "same"
    OLDER = "older"
    DIFFERENT = "different"
    SHOWN = "shown"  # a picture, which we did not compare
    PLACEHOLDER = "placeholder"
    NONE = "none"
    CANNOT_SEE = "cannot_see"


RELATIONS: dict[Relation, str] = {
    Relation.REFERENCE: _("the photo"),
    Relation.SAME: _("same picture"),
    Relation.OLDER: _("older picture"),
    Relation.DIFFERENT: _("different picture"),
    Relation.SHOWN: _("a picture"),
    Relation.PLACEHOLDER: _("grey placeholder"),
    Relation.NONE: _("no picture"),
    Relation.CANNOT_SEE: _("cannot see"),
}

STORE_NAMES = {
    "photo": _("Microsoft 365"),
    "profile": _("SharePoint profile"),
    "thumbnail": _("SharePoint picture file"),
    "served": _("SharePoint pages"),
    "search": _("People search"),
}

HIDDEN_STORES = (
    _("The copy inside Microsoft Entra ID: no documented call reads it alone."),
    _("Teams and Outlook on each device: they keep a photo for days, Teams up to 60."),
    _("Viva Engage: it keeps its own copy."),
)


@dataclass(frozen=True, slots=True)
class Store:
    """One column of the table of stores. `lines` are further facts, ready to read."""

    key: str
    name: str
    relation: Relation
    relation_word: str
    image: str | None = None
    drawing: Markup | None = None
    fingerprint: str = ""
    lines: tuple[str, ...] = ()
    status: int | None = None
    reason: str = ""


def stores(diagnosis: Diagnosis, language: Language) -> tuple[Store, ...]:
    """Every store that can be read, in the order in which the photo travels."""
    builder = _Stores(diagnosis, language)
    return (
        builder.photo(),
        builder.profile(),
        builder.thumbnail(),
        builder.served(),
        builder.search(),
    )


def thumbnail_relation(evidence: Evidence) -> Relation:
    """SharePoint's picture file against the photo; `older` only when a date or a fingerprint shows it."""
    share = evidence.sharepoint
    if share.thumbnails_present is False:
        return Relation.NONE
    if share.thumbnail_is_blank:
        return Relation.PLACEHOLDER
    same = evidence.comparison.sharepoint_matches_photo
    if same is None:
        return Relation.CANNOT_SEE if share.thumbnails_present is None else Relation.SHOWN
    if same:
        return Relation.SAME
    return Relation.OLDER if _is_older(evidence) else Relation.DIFFERENT


def _is_older(evidence: Evidence) -> bool:
    share, photo = evidence.sharepoint, evidence.photo
    if photo.previous_fingerprint and photo.previous_fingerprint == share.thumbnail_fingerprint:
        return True
    copied = share.thumbnail_modified_at or share.picture_timestamp
    # A first sighting dates the photo only when another photo was seen before it.
    seen = photo.first_seen_at if photo.previous_fingerprint else None
    changed = evidence.ticket.photo_changed_at or seen
    return copied is not None and changed is not None and copied < changed


class _Stores:
    def __init__(self, diagnosis: Diagnosis, language: Language) -> None:
        self._evidence = diagnosis.evidence
        self._pictures = diagnosis.collected.pictures
        self._language = language

    def photo(self) -> Store:
        photo = self._evidence.photo
        relation = {True: Relation.REFERENCE, False: Relation.NONE, None: Relation.CANNOT_SEE}[photo.present]
        lines = [self._size(photo.width, photo.height, photo.format), self._bytes(photo.bytes)]
        if photo.present:
            lines += [self._line(_("probably kept in: {value}"), "photo.store_class")]
            lines += [self._date(_("first seen {time}"), photo.first_seen_at)]
        return self._store(
            "photo", relation, lines, photo.fingerprint, photo.status, ("photo.present", "photo.status")
        )

    def profile(self) -> Store:
        share = self._evidence.sharepoint
        if share.profile_exists is None:
            relation = Relation.CANNOT_SEE
        elif share.placeholder_state == "placeholder":
            relation = Relation.PLACEHOLDER
        else:
            has_address = share.picture_url_state in ("set", "elsewhere")
            relation = Relation.SHOWN if has_address else Relation.NONE
        lines = [
            self._line(_("profile: {value}"), "sharepoint.profile_exists"),
            self._line(_("picture address: {value}"), "sharepoint.picture_url_state"),
            self._line(_("synchronisation: {value}"), "sharepoint.exchange_sync_state"),
            self._date(_("timestamp {time}"), share.picture_timestamp)
            if share.timestamp_state == "set"
            else self._line(_("timestamp: {value}"), "sharepoint.timestamp_state"),
        ]
        return self._store(
            "profile", relation, lines, None, share.status, ("sharepoint.profile_exists", "sharepoint.status")
        )

    def thumbnail(self) -> Store:
        share = self._evidence.sharepoint
        lines = [
            self._size(share.thumbnail_width, share.thumbnail_height, self._kept_back("thumbnail")),
            self._bytes(share.thumbnail_bytes),
            self._date(_("written {time}"), share.thumbnail_modified_at),
        ]
        return self._store(
            "thumbnail",
            thumbnail_relation(self._evidence),
            lines,
            share.thumbnail_fingerprint,
            self._status_of("sharepoint.thumbnails_present"),
            ("sharepoint.thumbnails_present", "comparison.sharepoint_matches_photo"),
        )

    def served(self) -> Store:
        share = self._evidence.sharepoint
        default = share.served_is_default_image
        relation = {True: Relation.PLACEHOLDER, False: Relation.SHOWN, None: Relation.CANNOT_SEE}[default]
        page, file = self._pictures.get("served"), self._pictures.get("thumbnail")
        mark, lines = None, []
        if relation is Relation.SHOWN and page and file and page.same_file(file):
            relation = thumbnail_relation(self._evidence)  # the very file, so what is true of it is true here
            mark = share.thumbnail_fingerprint
        if page and not page.data:  # kept back, so size and format stand in its place
            lines = [self._size(page.width, page.height, self._kept_back("served"))]
        return self._store(
            "served", relation, lines, mark, share.served_status, ("sharepoint.served_is_default_image",)
        )

    def search(self) -> Store:
        share = self._evidence.sharepoint
        relation = {
            "same": Relation.SHOWN,
            "different": Relation.DIFFERENT,
            "no_picture": Relation.NONE,
            "not_indexed": Relation.NONE,
            None: Relation.CANNOT_SEE,
        }[share.search_state]
        line = self._line(_("index against profile: {value}"), "sharepoint.search_state")
        status = self._status_of("sharepoint.search_state")
        return self._store("search", relation, [line], None, status, ("sharepoint.search_state",))

    def _store(
        self,
        key: str,
        relation: Relation,
        lines: list[str],
        fingerprint: str | None,
        status: int | None,
        facts: tuple[str, ...],
    ) -> Store:
        picture = self._pictures.get(key)
        image = pictures.thumbnail(picture) if picture and picture.data else None
        drawing = pictures.pattern(fingerprint) if fingerprint and image is None else None
        unseen = relation is Relation.CANNOT_SEE
        return Store(
            key=key,
            name=self._language.text(STORE_NAMES[key]),
            relation=relation,
            relation_word=self._language.text(RELATIONS[relation]),
            image=None if unseen else image,
            drawing=drawing,
            fingerprint=(fingerprint or "")[:8],
            lines=tuple(line for line in lines if line),
            status=status,
            reason=self._reason(facts) if unseen else "",
        )

    def _kept_back(self, key: str) -> str | None:
        """The format of a picture whose bytes are kept back, to stand in its place; else None."""
        picture = self._pictures.get(key)
        return picture.media_type.removeprefix("image/") if picture and not picture.data else None

    def _reason(self, facts: tuple[str, ...]) -> str:
        gaps = (self._evidence.gap(path) for path in facts)
        gap = next((found for found in gaps if found), Gap(facts[0], GapReason.NOT_COLLECTED))
        return self._language.text(GAP_REASONS[gap.reason])

    def _status_of(self, path: str) -> int | None:
        source = self._evidence.source(path)
        return source.status if source else None

    def _size(self, width: int | None, height: int | None, kind: str | None) -> str:
        if not width or not height:
            return ""
        word = self._language.value(kind) if kind else ""
        return f"{width} \u00d7 {height} {word}".strip()

    def _bytes(self, size: int | None) -> str:
        return self._language.bytes(size) if size else ""

    def _date(self, msgid: str, moment: datetime | None) -> str:
        return self._language.text(msgid, time=self._language.when(moment)) if moment else ""

    def _line(self, msgid: str, path: str) -> str:
        value = self._evidence.value(path)
        if value is None:
            return ""
        return self._language.text(msgid, value=values.fact_text(path, value, self._language))
