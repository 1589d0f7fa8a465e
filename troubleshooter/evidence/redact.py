"""Redaction: evidence in which nobody can be recognised, and from which the same verdict follows.

Each fact has a treatment of its own (`TREATMENT`); nothing passes because nobody thought of it. Addresses of
requests keep only words that we know (`vocabulary`); free text loses every name that the evidence knows of.
What stays, and what that means for the people concerned, is in docs/bundles.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from troubleshooter.evidence.fold import sequence, words
from troubleshooter.evidence.known import CLOUDS, IP, PUBLIC_IDS, Known, host_of
from troubleshooter.evidence.leaks import in_text
from troubleshooter.evidence.names import written_as
from troubleshooter.evidence.pseudonyms import GUID, Pseudonyms
from troubleshooter.evidence.record import Collected, Gap, Picture, Redaction, Source, Value
from troubleshooter.evidence.schema import FACTS, GROUPS

TREATMENT: Mapping[str, str] = {
    "person.id": "id",
    "person.user_principal_name": "address",
    "person.display_name": "name",
    "person.mail": "address",
    "directory.usage_location": "place",
    "directory.preferred_data_location": "place",
    "directory.department": "organisation",
    "mailbox.error_code": "text",
    "photo.error_code": "text",
    "photo.sizes": "size",
    "photo.colour_mode": "mode",
    "photo.fingerprint": "hex",
    "photo.sha256": "hash",
    "photo.etag": "hash",
    "photo.previous_fingerprint": "hex",
    "sharepoint.picture_url": "url",
    "sharepoint.picture_timestamp_raw": "text",
    "sharepoint.home_host": "host",
    "sharepoint.thumbnail_fingerprint": "hex",
    "sharepoint.folder_name": "text",
    "sharepoint.search_picture_url": "url",
    "policy.allowed_roles": "roles",
    "ticket.error_text": "message",
    "run.cloud": "cloud",
    "run.tenant": "tenant",
    "run.tenant_name": "organisation",
    "run.sharepoint_host": "host",
    "run.my_site_host": "host",
    "run.sharepoint_admin_host": "host",
    "run.signed_in_as": "account",
    "run.permissions": "text",
    "run.tool_version": "version",
}
"""What happens to each fact that holds free text. Numbers, times, answers and closed lists of words stay."""

KEPT = {
    "place": re.compile(r"[A-Z]{2,3}"),
    "size": re.compile(r"\d{1,5}x\d{1,5}"),
    "mode": re.compile(r"[A-Z]{1,6}(?:;\d{1,2}[A-Z]{0,2})?"),
    "hex": re.compile(r"[0-9a-f]{1,128}"),
    "version": re.compile(r"\d[\w.+-]{0,40}", re.ASCII),
}
"""What stays as it is when it looks like this; anything else there is free text."""

CODE = re.compile(
    r"aadsts\d+|0x[0-9a-f]{1,16}|[a-z]*(?:error|exception|validation|denied|forbidden|unauthorized|invalid"
    r"|notfound|failed|throttl|toosmall|toolarge)[a-z]*"
)
"""Words of a message that people copied which name nobody, whatever is copied with them."""

KINDS = {
    "name": "names",
    "address": "addresses",
    "id": "ids",
    "host": "hosts",
    "organisation": "organisations",
    "account": "accounts",
    "file": "files",
    "request": "requests",
    "word": "words",
}
"""What is counted, by the kind of what was replaced."""


class Redactor:
    """Redacts the people of one bundle together, so that the same name gets the same pseudonym in all of it.

    `people` is called several times; each time it gives everybody again, so that only names are kept in
    memory. `asked` and `messages` are what else may name people, `sentences` our own constant texts, which
    stay word for word. `secrets` maps pseudonyms to what they stand for; it stays at home. It, `kept` and
    `replaced` are complete when `people` has been read to the end.
    """

    def __init__(
        self,
        people: Callable[[], Iterable[Collected]],
        asked: Sequence[str] = (),
        messages: Sequence[str] = (),
        sentences: Collection[str] = (),
        *,
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        self._make = pseudonyms or Pseudonyms()
        self._people = people
        self._sentences = frozenset(sentences)
        self._known = Known(
            lambda: (one.evidence for one in people()),
            asked,
            messages,
            self._make,
            self._sentences,
            texts=[path for path, treatment in TREATMENT.items() if treatment in ("text", "message")],
            urls=[path for path, treatment in TREATMENT.items() if treatment == "url"],
        )
        self.names = self._known.names
        self.secrets: dict[str, str] = {}
        self.kept: set[str] = set()
        """Values that stayed although they are text: countries, sizes, versions. Never fingerprints."""
        self._made_words: set[str] = set()
        self._counted: dict[str, set[tuple[str, ...]]] = {}

    def people(self, bundle: str) -> Iterator[Collected]:
        """Everybody as they may leave, for the bundle of this id; its manifest says what was replaced."""
        redaction = Redaction(bundle, MappingProxyType({}))
        for one in self._people():
            redacted = self._person(one)
            yield replace(redacted, evidence=replace(redacted.evidence, redaction=redaction))

    @property
    def replaced(self) -> dict[str, int]:
        """How many different values of each kind were replaced so far."""
        return {kind: len(self._counted[kind]) for kind in KINDS.values() if self._counted.get(kind)}

    def asked(self, value: str) -> str:
        """What was given on the command line; nothing of it stays, whatever it is."""
        if not value:
            return value
        redacted = self.text(value)
        return (
            redacted if redacted != value else self._state(self._make.short("person", value), value, "name")
        )

    def text(self, text: str) -> str:
        """Free text without the names."""
        if not text or text in self._sentences:
            return text
        redacted = self._plain_again(self.names.replace(text, self._made))
        return self._whole(IP.sub(lambda found: self._host(found.group()), redacted), text)

    def _host(self, value: str) -> str:
        return self._state(self._make.host(value, self._known.suffix), value, "host")

    def _whole(self, redacted: str, original: str) -> str:
        """The text, or one pseudonym for all of it where a name hides in a layer below."""
        if next(in_text(redacted, self.names), None) is None:
            return redacted
        return self._state(self._make.short("text", original), original, "word")

    def _person(self, one: Collected) -> Collected:
        evidence = one.evidence
        changed: dict[str, dict[str, Value]] = {group: {} for group in GROUPS}
        for path, treatment in TREATMENT.items():
            value = evidence.value(path)
            if value is None:
                continue
            info = FACTS[path]
            if isinstance(value, tuple):
                changed[info.group][info.name] = tuple(self._value(treatment, item) for item in value)
            elif isinstance(value, str):
                changed[info.group][info.name] = self._value(treatment, value)
        groups = {name: replace(getattr(evidence, name), **items) for name, items in changed.items()}
        redacted = replace(
            evidence,
            sources=tuple(self._source(source) for source in evidence.sources),
            gaps=tuple(self._gap(gap) for gap in evidence.gaps),
            **groups,
        )
        pictures = {store: self._picture(picture) for store, picture in one.pictures.items()}
        return Collected(redacted, MappingProxyType(pictures))

    def _value(self, treatment: str, value: str) -> str:
        if not value:
            return value
        make = self._make
        if treatment in KEPT and KEPT[treatment].fullmatch(value):
            if treatment != "hex":
                self.kept.add(value)
            return value
        match treatment:
            case "id":
                return self._state(
                    make.guid(value) if GUID.fullmatch(value) else make.short("id", value), value, "id"
                )
            case "address":
                return self._state(make.address(value), value, "address")
            case "name":
                return self._state(make.short("Person", value), value, "name")
            case "organisation":
                return self._state(make.short("Organisation", value), value, "organisation")
            case "host":
                return self._host(value)
            case "tenant":
                return self._tenant(value)
            case "account":
                return self._account(value)
            case "cloud":
                made = value if value in CLOUDS else make.short("cloud", value)
                return self._state(made, value, "host")
            case "hash":
                return make.digest("hash", value)[: len(value)]
            case "roles":
                public = value.lower() in PUBLIC_IDS
                return value if public else self._value("id", value)
            case "url":
                return self._url(value)
            case "message":
                return self._only_known_words(self.text(value), CODE)
        return self.text(value)

    def _tenant(self, value: str) -> str:
        if GUID.fullmatch(value):
            return self._value("id", value)
        made = self._make.domain(value) if "." in value else self._make.short("org", value)
        return self._state(made, value, "host")

    def _account(self, value: str) -> str:
        if GUID.fullmatch(value) or "@" in value:
            return self._value("address" if "@" in value else "id", value)
        return self._state(self._make.short("App", value), value, "account")

    def _state(self, made: str, value: str, kind: str) -> str:
        self._made(made, value, kind)
        return made

    def _made(self, made: str, value: str, kind: str) -> None:
        if made != value:
            self.secrets.setdefault(made, value)
            self._made_words.update(sequence(made))
            self._counted.setdefault(KINDS[kind], set()).add(sequence(value))

    def _source(self, source: Source) -> Source:
        return replace(
            source,
            url=self._url(source.url),
            method=self.text(source.method),
            error_code=self.text(source.error_code),
            request_id=self._request(source.request_id),
        )

    def _request(self, value: str) -> str:
        if not value:
            return ""
        made = self._make.guid(value) if GUID.fullmatch(value) else self._make.short("request", value)
        return self._state(made, value, "request")

    def _gap(self, gap: Gap) -> Gap:
        return replace(gap, detail=self.text(gap.detail), permission=self.text(gap.permission))

    def _picture(self, picture: Picture) -> Picture:
        digest = self._make.digest("picture", picture.digest)[:32]
        return replace(picture, media_type=_media_type(picture), data=b"", digest=digest)

    def _url(self, url: str) -> str:
        """An address keeps its shape and the words that we know; every other word goes."""
        host = host_of(url)
        made = self._make.host(host, self._known.suffix) if host else ""
        rest = url
        head = ""
        place = url.lower().find(host) if host else -1
        if place >= 0:
            head, rest = url[:place], url[place + len(host) :]
            self._made(made, host, "host")
            # Nothing but the scheme may stand before the host: user names and passwords do not.
            head = head.partition("//")[0] + "//" if "//" in head else ""
        kept = self._only_known_words(self.text(rest))
        return head + made + (kept if kept[:1] in ("", "/", "?", "#", ":") or not made else "/" + kept)

    def _only_known_words(self, text: str, also: re.Pattern[str] | None = None) -> str:
        parts: list[str] = []
        place = 0
        for word in words(text):
            if self._known.is_ours(word.text) or word.text in self._made_words:
                continue
            if also is not None and also.fullmatch(word.text):
                continue
            original = text[word.start : word.end]
            made = written_as(self._make.short("x", word.text), original)
            self._made(made, original, "word")
            parts += [text[place : word.start], made]
            place = word.end
        return "".join(parts) + text[place:]

    def _plain_again(self, text: str) -> str:
        """A second look without percent-decoding: `100%Ada` hides a name only from a decoder."""
        if "%" not in text:
            return text
        shown = text.replace("%", "\u2236")
        return self.names.replace(shown, self._made).replace("\u2236", "%")


def _media_type(picture: Picture) -> str:
    return picture.media_type if re.fullmatch(r"image/[a-z]{2,10}", picture.media_type) else "image/unknown"
