"""Texts to send on: the letter to the person (one phone screen, no jargon) and the note for the ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rule import Actor, State
from troubleshooter.render import page
from troubleshooter.render.brand import NO_BRAND, Brand, contact_lines
from troubleshooter.render.labels import ARTICLE, marked
from troubleshooter.render.language import Language
from troubleshooter.render.view import View
from troubleshooter.render.words import in_brief

_ = marked

_WHAT_OTHERS_DO: dict[Actor, str] = {
    Actor.ADMIN: _("You do not have to do anything; your IT department has to change something."),
    Actor.DEVELOPER: _("You do not have to do anything; the makers of that page have to change something."),
    Actor.MICROSOFT: _("You do not have to do anything; your IT department is taking it up with Microsoft."),
    Actor.NOBODY: _("You do not have to do anything."),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter in parts, so that text and HTML say the same."""

    greeting: str
    headline: str
    before: tuple[str, ...]
    steps: tuple[str, ...]
    details: tuple[str, ...]  # the same steps one by one; empty when `steps` already are that
    details_heading: str
    questions: tuple[str, ...]
    after: tuple[str, ...]


def letter(view: View) -> Letter:
    """What the person needs to know and do."""
    text = view.language.text
    verdict = view.verdict
    steps = in_brief(view.user_steps)
    details = tuple(step.text for step in view.user_steps)
    questions = view.questions if view.state is State.UNDECIDED and not steps else ()
    before: list[str] = []
    if steps:
        before.append(text(_("Please do this:")))
    elif questions:
        before.append(text(_("Please answer this, so that we can find the cause:")))
    elif view.state is State.UNDECIDED:
        before.append(text(_("You do not have to do anything; we are looking further.")))
    else:
        before.append(text(_WHAT_OTHERS_DO.get(verdict.actor, _WHAT_OTHERS_DO[Actor.NOBODY])))
    return Letter(
        greeting=text(_("Hello {name},"), name=view.name),
        headline=view.headline,
        before=tuple(before),
        steps=steps,
        details=details if details != steps else (),
        details_heading=text(_("Step by step:")),
        questions=questions,
        after=_after(view, text),
    )


def _after(view: View, text: page.Translate) -> tuple[str, ...]:
    verdict = view.verdict
    code = verdict.cause.id if verdict.cause else ""
    lines: list[str] = []
    now = view.diagnosis.evidence.run.collected_at
    running = verdict.wait_until is not None and (now is None or now < verdict.wait_until)
    if running and verdict.wait_until:
        until = view.language.when(verdict.wait_until)
        lines.append(
            text(_("Until {until} it is normal that some places still show it differently."), until=until)
        )
    if not code or view.state is State.UNDECIDED:
        return tuple(lines)
    if running:
        lines.append(
            text(_("If it is still wrong after that, answer this message and write: {code}"), code=code)
        )
    elif not view.user_steps:
        lines.append(
            text(
                _("If your photo still looks wrong to you, answer this message and write: {code}"), code=code
            )
        )
    else:
        lines.append(text(_("If it does not help, answer this message and write: {code}"), code=code))
    return tuple(lines)


def letter_text(diagnosis: Diagnosis, language: Language, *, brand: Brand = NO_BRAND) -> str:
    """The letter as plain text, the help desk of `brand` last."""
    return _letter_lines(letter(View(diagnosis, language)), contact_lines(brand, language))


def letter_html(diagnosis: Diagnosis, language: Language, *, brand: Brand = NO_BRAND) -> str:
    """The letter as a small self-contained page without script."""
    parts = letter(View(diagnosis, language))
    return page.render("letter.html.j2", language, script=False, brand=brand, letter=parts)


def _letter_lines(parts: Letter, contact: Sequence[str]) -> str:
    blocks = ["\n".join([parts.greeting, parts.headline])]
    blocks += parts.before
    if parts.steps:
        blocks.append("\n".join(f"{number}. {step}" for number, step in enumerate(parts.steps, 1)))
    if parts.questions:
        blocks.append("\n".join(f"- {question}" for question in parts.questions))
    if parts.after:
        blocks.append("\n".join(parts.after))
    if parts.details:
        blocks.append(parts.details_heading)
        blocks.append("\n".join(f"{number}. {step}" for number, step in enumerate(parts.details, 1)))
    if contact:
        blocks.append("\n".join(contact))
    return "\n\n".join(blocks) + "\n"


def ticket_note(
    diagnosis: Diagnosis, language: Language, *, brand: Brand = NO_BRAND, origin: Sequence[str] = ()
) -> str:
    """The note for the ticket: verdict, reason, who acts, what is open, and the ids to search for.

    `origin` are sentences about where the evidence comes from, when it was not read for this note.
    """
    view = View(diagnosis, language)
    text = language.text
    who = f"{view.name} <{view.address}>" if view.address and view.address != view.name else view.name
    lines = [
        text(_("Photo check: {name}"), name=who),
        text(_("Checked: {time}"), time=view.checked_at or "-"),
        *origin,
        "",
        text(
            _("Result: {state}, confidence {confidence}"), state=view.state_word, confidence=view.confidence
        ),
        view.headline,
    ]
    if view.cause:
        lines.append(text(_("Cause: {title} [{code}]"), title=view.cause.title, code=view.cause.id))
        lines.append(view.cause.because)
    lines.append(text(_("Who acts: {who}"), who=view.who_acts))
    if view.wait_sentence:
        lines.append(view.wait_sentence)
    lines += _ticket_lists(view)
    lines += ["", text(_("Microsoft's article: {url}"), url=ARTICLE)]
    contact = contact_lines(brand, language)
    if contact:
        lines += ["", *contact]
    return "\n".join(lines) + "\n"


def _ticket_lists(view: View) -> list[str]:
    text = view.language.text
    sections = (
        (
            _("Also true:"),
            [f"{line.words.title} [{line.words.id}]" for line in (*view.symptoms, *view.others)],
        ),
        (_("Steps for the person:"), [step.text for step in view.user_steps]),
        (_("Steps for the administrator:"), [_with_command(s.text, s.command) for s in view.admin_steps]),
        (_("Questions to the person:"), list(view.questions)),
        (
            _("Not readable:"),
            [
                f"{row.group}: {row.reason}" + (f" ({row.permission})" if row.permission else "")
                for row in view.missing
                if row.decides
            ],
        ),
    )
    lines: list[str] = []
    for heading, entries in sections:
        if entries:
            lines += ["", text(heading), *(f"  {number}. {entry}" for number, entry in enumerate(entries, 1))]
    return lines


def _with_command(text: str, command: str) -> str:
    return f"{text}\n     " + command.replace("\n", "\n     ") if command else text
