"""Whether a report is redacted, what was replaced, and that the names can be put back, in words."""

from __future__ import annotations

from collections.abc import Mapping

from troubleshooter.evidence.record import Redaction
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain, shortened

KINDS: Mapping[str, str] = {
    "names": _("names"),
    "addresses": _("addresses"),
    "ids": _("ids"),
    "hosts": _("hosts"),
    "organisations": _("organisations"),
    "accounts": _("accounts"),
    "files": _("file names"),
    "requests": _("request ids"),
    "words": _("other words"),
}
RESTORED = _(
    "Made from redacted evidence; the real names were put back on this computer with the private map."
)


def replaced_text(replaced: Mapping[str, int], language: Language) -> str:
    """How many different values of each kind, such as `names 12, hosts 3`."""
    parts = []
    for kind, count in replaced.items():
        word = language.text(KINDS[kind]) if kind in KINDS else shortened(plain(kind), 30)
        parts.append(f"{word} {language.number(count)}")
    return ", ".join(parts)


def redaction_note(redaction: Redaction, language: Language) -> str:
    """What was replaced, and how whoever made the bundle puts the names back."""
    if not redaction.replaced:
        return language.text(
            _(
                "Redacted: names are pseudonyms and there are no pictures. Whoever made the bundle can put "
                "the real names back on their own computer: "
                "photo-troubleshooter bundle restore REPORT --map MAP"
            )
        )
    return language.text(
        _(
            "Redacted: pseudonyms stand for {replaced}; pictures are replaced by their fingerprints. Whoever "
            "made the bundle can put the real names back on their own computer: "
            "photo-troubleshooter bundle restore REPORT --map MAP"
        ),
        replaced=replaced_text(redaction.replaced, language),
    )
