"""What `verify` says: a line for each question, more where something changed, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troubleshooter.cli.verify_loop import SCHEMA, Before, Round, Waiting
from troubleshooter.diagnose.again import FactChange, changes
from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rule import State
from troubleshooter.errors import fill
from troubleshooter.render.json import result_dict
from troubleshooter.render.labels import SIGNS, STATES
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain, shortened
from troubleshooter.render.values import fact_text, label
from troubleshooter.render.view import View

_MOST_CHANGES = 25
_LONGEST_VALUE = 60
_ENDS: dict[State, str] = {
    State.FINE: _("Every store that can be looked into agrees. Nothing is left to wait for."),
    State.PROBLEM: _("The time is over, and there is still a problem."),
    State.ON_ITS_WAY: _(
        "The time is over, and the photo is still on its way. That is normal; ask again later."
    ),
    State.UNDECIDED: _("The time is over, and it could not be decided."),
}


def told_round(one: Round, before: Before | None, waiting: Waiting, speak: Language) -> Iterator[str]:
    """One question: the answer in a line, and below it what is new."""
    if one.number == 1:
        yield speak.text(_("Asking until {until} at the latest."), until=speak.when(waiting.until))
    after = speak.text(_("next question {when}"), when=speak.when(one.next_at)) if one.next_at else ""
    stamp = speak.when(one.at)
    if one.error is not None:
        why = fill(speak.text(one.error.what), {k: str(v) for k, v in one.error.values.items()})
        yield "  ".join(filter(None, (stamp, speak.text(_("No answer: {why}"), why=plain(why)), after)))
        return
    assert one.diagnosis is not None
    view = View(one.diagnosis, speak)
    told = f"{SIGNS[view.state]} {speak.text(STATES[view.state])}"
    cause = f"[{view.cause.id}]" if view.cause else ""
    yield "  ".join(filter(None, (stamp, told, cause, after)))
    if not one.same:
        yield f"  {plain(view.headline)}"
        if one.next_at:
            yield "  " + speak.text(_("Who acts: {who}"), who=plain(view.who_acts))
        if view.wait_sentence:
            yield f"  {view.wait_sentence}"
        stores = " \u00b7 ".join(f"{store.name}: {store.relation_word}" for store in view.stores)
        yield f"  {plain(stores)}"
    if one.number == 1 and before is not None:
        yield speak.text(_("Since {file}:"), file=plain(before.file))
        yield from _changes(before, one.diagnosis, speak)
    elif one.previous is not None:
        found = list(changes(one.previous.evidence, one.diagnosis.evidence))
        yield from _told(found, speak)


def ended(last: Round, waiting: Waiting, speak: Language) -> Iterator[str]:
    """How the waiting ended, and what to do then."""
    if last.diagnosis is None:
        yield speak.text(_("The time is over, and the last question got no answer."))
        return
    view = View(last.diagnosis, speak)
    yield speak.text(_ENDS[view.state])
    if view.state is State.PROBLEM:
        yield speak.text(
            _("For the steps: photo-troubleshooter diagnose {person}"),
            person=plain(view.address or view.name),
        )


def result_data(last: Round, before: Before | None, waiting: Waiting, speak: Language) -> dict[str, Any]:
    """The whole as JSON; `result` is the last answer, in the shape of `diagnose --json`."""
    diagnosis = last.diagnosis or last.previous
    found = list(changes(before.evidence, diagnosis.evidence)) if before and diagnosis else []
    return {
        "schema": SCHEMA,
        "ended": _ended_code(last),
        "asked": waiting.asked,
        "started_at": waiting.started.isoformat(timespec="seconds"),
        "until": waiting.until.isoformat(timespec="seconds"),
        "ended_at": last.at.isoformat(timespec="seconds"),
        "since": {"file": before.file, "changes": [_change_data(one) for one in found]} if before else None,
        "result": result_dict(diagnosis, speak) if diagnosis else None,
    }


def _ended_code(last: Round) -> str:
    if last.diagnosis is None:
        return "no_answer"
    state = last.diagnosis.verdict.state
    return "agree" if state is State.FINE else f"over_{state.value}"


def _change_data(one: FactChange) -> dict[str, Any]:
    return {"fact": one.path, "was": _plain(one.was), "is": _plain(one.now)}


def _plain(value: object) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _changes(before: Before, now: Diagnosis, speak: Language) -> Iterator[str]:
    found = list(changes(before.evidence, now.evidence))
    if not any(one.was is not None for one in found):
        yield "  " + speak.text(_("Nothing changed that was known then and is known now."))
    yield from _told(found, speak)


def _told(found: list[FactChange], speak: Language) -> Iterator[str]:
    known = [one for one in found if one.was is not None]
    for one in known[:_MOST_CHANGES]:
        was, now = (
            shortened(plain(fact_text(one.path, v, speak)), _LONGEST_VALUE) for v in (one.was, one.now)
        )
        yield f"  {label(one.path, speak)}: {was} -> {now}"
    if len(known) > _MOST_CHANGES:
        yield "  " + speak.plural(
            "and {count} more change", "and {count} more changes", len(known) - _MOST_CHANGES
        )
    new = len(found) - len(known)
    if new:
        yield "  " + speak.plural(
            "{count} fact is known now that was not.", "{count} facts are known now that were not.", new
        )
