"""docs/errors.md: what every error code means, made from the tables in `rules/_errors`."""

from __future__ import annotations

from collections.abc import Iterable

from troubleshooter.codes.endpoints import ENDPOINTS, SYSTEMS
from troubleshooter.codes.tables import FIELDS, Entry
from troubleshooter.diagnose.rulebook import load_rules

_HEAD = """# Error codes

Made from the tables in `rules/_errors/`; do not edit. To look a code up:
`photo-troubleshooter decode STATUS|CODE...`.

The status is looked at first, then the code, and never the message: codes are added without notice and
messages are translated. A known code goes before the status alone, and the table of one call before that of
its whole system. A code that stands in no table is kept as it came and is said to be unknown. A folder of
your own rules may hold `_errors/*.toml` of the same form, which goes before ours.

"Read as" is what the facts of the call become: *absent* is an answer (there is none), everything else leaves
them unknown for that reason.
"""
_NAMES = {
    "entra": "Entra sign-in",
    "graph": "Microsoft Graph",
    "sharepoint": "SharePoint Online",
    "exchange": "Exchange Online, admin interface",
    "network": "On the way there",
}
_ROW = "| status | code | means | what to try | who | sure | read as | source |\n" + "|---" * 8 + "|\n"


def errors_page() -> str:
    """The whole page as Markdown."""
    entries = load_rules().errors
    return _HEAD + "".join(_system(system, entries) for system in SYSTEMS)


def _system(system: str, entries: Iterable[Entry]) -> str:
    mine = [entry for entry in entries if entry.system == system]
    places = ["", *(endpoint for endpoint, owner in ENDPOINTS.items() if owner == system)]
    text = f"\n## {_NAMES[system]}\n"
    for place in places:
        rows = [entry for entry in mine if place in entry.endpoints or (not place and not entry.endpoints)]
        if rows:
            text += (f"\n### {place}\n" if place else "") + "\n" + _ROW + "".join(map(_row, rows))
    return text


def _row(entry: Entry) -> str:
    cells = (
        ", ".join(map(str, entry.statuses)) or "any",
        ", ".join(f"`{code}`" for code in entry.codes) or "any other",
        _filled(entry.meaning),
        _filled(entry.remedy),
        entry.actor,
        entry.confidence,
        entry.reads_as.replace("_", " "),
        f"[{entry.supports}]({entry.source})",
    )
    return "| " + " | ".join(cells) + " |\n"


def _filled(text: str) -> str:
    shown = {name: f"*{placeholder.strip('<>')}*" for name, placeholder in FIELDS.items()}
    return text.format(**shown).replace("|", "\\|")
