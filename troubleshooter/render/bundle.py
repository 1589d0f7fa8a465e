"""What is in a bundle, for whoever decides whether to send it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from troubleshooter.evidence.manifest import Manifest, MissingEntry, PersonEntry, PictureEntry
from troubleshooter.evidence.record import GapReason
from troubleshooter.render.labels import GAP_REASONS
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language
from troubleshooter.render.redaction import replaced_text
from troubleshooter.render.stores import STORE_NAMES
from troubleshooter.render.text import plain, shortened

_PEOPLE_SHOWN = 40
_FILES_SHOWN = 20
_REASONS_SHOWN = 5
_WIDEST = 80
_IDLE = (GapReason.NOT_APPLICABLE, GapReason.NOT_ASKED)
KEPT_BACK = {
    "redacted": _("replaced by their fingerprints"),
    "not_wanted": _("left out, as was asked for"),
    "no_room": _("left out, because the bundle would have become too large"),
}
LEFT_OUT = {"guests": _("guests"), "rooms": _("rooms and equipment")}


def bundle_data(manifest: Manifest, people: Iterable[PersonEntry]) -> dict[str, Any]:
    """Everything that manifest and people.jsonl say, as JSON data."""
    data = asdict(manifest)
    data["created_at"] = manifest.created_at.isoformat()
    data["files"] = [asdict(file) for file in manifest.files.values()]
    data["count"] = data.pop("people")
    return {**data, "people": [asdict(person) for person in people]}


def bundle_lines(
    name: str, size: int, manifest: Manifest, people: Iterable[PersonEntry], language: Language
) -> Iterator[str]:
    """The same in words, the most important first: whose names, and whether they are real."""
    say = language.text
    yield plain(f"{name} · {language.bytes(size)}")
    yield say(
        _("Collected {when} with version {version}; people: {people}."),
        when=language.when(manifest.created_at),
        version=_short(manifest.tool_version),
        people=language.number(manifest.people),
    )
    yield from _redaction(manifest, language)
    for why, count in manifest.pictures_kept_back.items():
        words = say(KEPT_BACK[why]) if why in KEPT_BACK else _short(why)
        yield say(_("Pictures {why}: {count}."), why=words, count=language.number(count))
    yield ""
    shown = 0
    for person in people:
        if shown < _PEOPLE_SHOWN:
            yield from _person(person, language)
        shown += 1
    if shown > _PEOPLE_SHOWN:
        yield say(_("{count} more people: --json lists them."), count=language.number(shown - _PEOPLE_SHOWN))
    yield from _not_there(manifest, language)
    yield ""
    yield say(_("Files:"))
    files = list(manifest.files.values())
    for file in files[:_FILES_SHOWN]:
        digest = _short(file.sha256)[:16]
        yield f"  {_short(file.name)} · {language.bytes(file.size)} · SHA-256 {digest}\u2026"
    if len(files) > _FILES_SHOWN:
        more = language.number(len(files) - _FILES_SHOWN)
        yield "  " + say(_("{count} more files: --json lists them."), count=more)
    yield say(_("The check sums fit. They tell damage; they do not prove who made the bundle."))


def _redaction(manifest: Manifest, language: Language) -> Iterator[str]:
    if not manifest.redacted:
        yield language.text(
            _("NOT redacted: it holds the names and addresses of the people below, and the tenant's.")
        )
        return
    yield language.text(
        _("Redacted: pseudonyms stand for {replaced}."), replaced=replaced_text(manifest.replaced, language)
    )
    yield language.text(
        _("The private map that leads back to the names is not in it; whoever made the bundle has it.")
    )


def _person(person: PersonEntry, language: Language) -> Iterator[str]:
    called = " · ".join(_short(part) for part in (person.name, person.person) if part)
    yield f"{person.number}. {called or language.text(_('Unknown person'))}"
    missing = [one for one in person.missing if one.reason not in _IDLE]
    yield "   " + language.text(
        _("facts known: {known}, missing: {missing}"),
        known=language.number(person.facts_known),
        missing=language.number(sum(one.count for one in missing)),
    )
    yield from _reasons(missing, language)
    for picture in person.pictures:
        yield "   " + _picture(picture, language)


def _reasons(missing: list[MissingEntry], language: Language) -> Iterator[str]:
    for one in missing[:_REASONS_SHOWN]:
        words = language.text(_short(one.detail, 200)) if one.detail else ""
        parts = [language.text(GAP_REASONS[one.reason]), words, _short(one.permission)]
        yield f"     {language.number(one.count)} × " + " · ".join(part for part in parts if part)


def _picture(picture: PictureEntry, language: Language) -> str:
    store = (
        language.text(STORE_NAMES[picture.store]) if picture.store in STORE_NAMES else _short(picture.store)
    )
    parts = [f"{picture.width} × {picture.height}", _short(picture.media_type, 30)]
    if picture.size:
        parts.append(language.bytes(picture.size))
    if not picture.file:
        parts.append(language.text(_("no picture in the bundle")))
    return language.text(_("picture, {store}: {about}"), store=store, about=", ".join(parts))


def _not_there(manifest: Manifest, language: Language) -> Iterator[str]:
    if manifest.not_collected or manifest.left_out:
        yield ""
        yield language.text(_("Not in the bundle:"))
    for one in manifest.not_collected[:_PEOPLE_SHOWN]:
        yield f"  {_short(one.asked)}: {_short(one.reason, 200)}"
    for why, count in manifest.left_out.items():
        word = language.text(LEFT_OUT[why]) if why in LEFT_OUT else _short(why)
        yield f"  {word}: {language.number(count)}"


def _short(text: str, length: int = _WIDEST) -> str:
    """A stranger's text, harmless on a terminal."""
    return shortened(plain(text), length)
