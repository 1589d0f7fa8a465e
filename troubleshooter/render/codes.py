"""What an error code means, in one language: short for a table cell, whole for `decode`."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from troubleshooter.codes.decoder import Decoded
from troubleshooter.codes.tables import FIELDS, Entry
from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.render import labels
from troubleshooter.render.labels import marked
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain, shortened

_ = marked

ACTORS: dict[str, str] = {
    "operator": _("Whoever runs this program"),
    **{actor.value: word for actor, word in labels.ACTORS.items()},
}
PARTS: dict[str, str] = {"endpoint": _("what was asked"), "status": _("the status"), "code": _("the code")}
SUPPORTS: dict[str, str] = {"documented": _("documented"), "field": _("seen in the field")}


def meaning(decoded: Decoded, language: Language, host: str = "") -> str:
    """What an answer means, in a sentence or two; it says so when its code or all of it is unknown to us."""
    code = shortened(plain(decoded.code), 80)
    if not decoded.matches:
        return language.text(_("We do not know what this answer means."))
    found = words(decoded.matches[0].entry, language, {"host": host} if host else {})[0]
    if decoded.code_known:
        return found
    return language.text(_("{meaning} We do not know the code {code}."), meaning=found, code=code)


def words(entry: Entry, language: Language, known: Mapping[str, str]) -> tuple[str, str]:
    """Meaning and remedy of an entry; fields nothing is known of keep a placeholder."""
    fields = {name: language.text(placeholder) for name, placeholder in FIELDS.items()}
    fields.update(known)
    return language.text(entry.meaning, **fields), language.text(entry.remedy, **fields)


def where(entry: Entry) -> str:
    """The system and the endpoints an entry speaks of, by their codes."""
    return f"{entry.system}: {', '.join(entry.endpoints)}" if entry.endpoints else entry.system


def raw_of(diagnosis: Diagnosis, source_id: str) -> str:
    """Status and code of a request that failed, as they came; '' when it did not fail."""
    decoded = diagnosis.meanings.get(source_id)
    return shortened(plain(decoded.raw), 120) if decoded else ""


def meaning_of(diagnosis: Diagnosis, source_id: str, language: Language) -> str:
    """What the failure of a request means; '' when it did not fail or is none of the evidence's."""
    decoded = diagnosis.meanings.get(source_id)
    if decoded is None:
        return ""
    source = next((one for one in diagnosis.evidence.sources if one.id == source_id), None)
    return meaning(decoded, language, _host(source.url) if source else "")


def _host(url: str) -> str:
    try:
        return shortened(plain(urlsplit(url).hostname or ""), 80)
    except ValueError:
        return ""
