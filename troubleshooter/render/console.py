"""The summary on a terminal: answer, action, actor and time, on any console."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rule import State
from troubleshooter.render.labels import marked
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain
from troubleshooter.render.view import View

if TYPE_CHECKING:
    from rich.console import Console

_ = marked

_STYLES: dict[State, str] = {
    State.PROBLEM: "bold red",
    State.ON_ITS_WAY: "bold yellow",
    State.FINE: "bold green",
    State.UNDECIDED: "bold",
}
_DRAWN: dict[State, str] = {
    State.PROBLEM: "\u2716",
    State.ON_ITS_WAY: "\u25f7",
    State.FINE: "\u2714",
    State.UNDECIDED: "?",
}
# Letters that decompose into nothing.
_PLAIN_LETTERS = str.maketrans(
    {"đ": "d", "Đ": "D", "\u2026": "...", "\u00d7": "x", "\u00b7": "-", "\u2013": "-"}
)


def print_summary(console: Console, diagnosis: Diagnosis, language: Language) -> None:
    """Print the verdict of one person. Names are shown as they are, never read as markup or control codes."""
    from rich.text import Text

    view = View(diagnosis, language)
    fits = console.encoding.lower().replace("-", "").startswith("utf")
    sign = _DRAWN[view.state] if fits else view.sign
    head = Text.assemble((f"{sign} {view.state_word}", _STYLES[view.state]), "  ", (view.name, "bold"))
    if view.address and view.address != view.name:
        head.append(f"  {view.address}")
    for line in (head, *(Text(line) for line in _lines(view))):
        shown = line if fits else _encodable(line, console.encoding)
        console.print(shown, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _lines(view: View) -> list[str]:
    text = view.language.text
    lines = [f"  {view.headline}"]
    if view.cause:
        lines.append("  " + text(_("Cause: {title} [{code}]"), title=view.cause.title, code=view.cause.id))
    lines.append("  " + text(_("Who acts: {who}"), who=view.who_acts))
    if view.wait_sentence:
        lines.append(f"  {view.wait_sentence}")
    sure = text(_("Confidence: {confidence}"), confidence=view.confidence)
    lines.append("  " + " ".join(part for part in (sure + ".", view.lowered_sentence) if part))
    lines.append(
        "  "
        + text(
            _("Facts read: {read} of {total}, {unread} not read"),
            read=view.count.read,
            total=view.count.total,
            unread=view.count.unread,
        )
    )
    shown = " \u00b7 ".join(f"{store.name}: {store.relation_word}" for store in view.stores)
    lines.append(f"  {shown}")
    lines += _numbered(text(_("Steps for the person:")), [step.text for step in view.user_steps])
    lines += _numbered(text(_("Also true:")), [f"{x.words.title} [{x.words.id}]" for x in view.others])
    lines += _numbered(text(_("Questions to the person:")), list(view.questions))
    lines += _numbered(text(_("Would change our mind:")), [f"{x.title} [{x.id}]" for x in view.doubts])
    lines += _numbered(text(_("Permissions that would settle more:")), list(view.permissions))
    return [plain(line) for line in lines]


def _numbered(heading: str, entries: list[str]) -> list[str]:
    return [f"  {heading}", *(f"    {n}. {entry}" for n, entry in enumerate(entries, 1))] if entries else []


def _encodable(line: object, encoding: str) -> object:
    from rich.text import Text

    def letter(char: str) -> str:
        try:
            char.encode(encoding)
        except UnicodeEncodeError:
            stripped = unicodedata.normalize("NFKD", char.translate(_PLAIN_LETTERS))
            return (
                "".join(c for c in stripped if not unicodedata.combining(c))
                .encode(encoding, "replace")
                .decode(encoding)
            )
        return char

    assert isinstance(line, Text)
    parts = [("".join(map(letter, str(part))), part.style) for part in line.divide(_style_edges(line))]
    return Text.assemble(*parts)


def _style_edges(line: object) -> list[int]:
    from rich.text import Text

    assert isinstance(line, Text)
    return sorted({edge for span in line.spans for edge in (span.start, span.end)})
