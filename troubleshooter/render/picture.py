"""What is said of a picture before its upload: on a terminal, as CSV, and as plain data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from troubleshooter.diagnose.picture_result import Made, Outcome, PictureReport, RouteCheck, StoreCheck
from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.diagnose.uploads import SUPPORTS, Uploads
from troubleshooter.render.csv import MARK, cell
from troubleshooter.render.labels import SIGNS, STATES, marked
from troubleshooter.render.language import Language
from troubleshooter.render.picture_words import (
    CHANGES,
    KINDS,
    OUTCOMES,
    WORTH,
    notes,
    problem_text,
)
from troubleshooter.render.text import plain, shortened
from troubleshooter.render.words import Filler

_ = marked

SCHEMA = "photo-troubleshooter/image/1"
UNDECODABLE = "image-undecodable"
"""The rule that speaks of a stored photo; of a file we say more exactly what is wrong with it."""


def lines(report: PictureReport, route_id: str, speak: Language) -> Iterator[str]:
    """One picture in full."""
    yield f"{SIGNS[report.state]} {_name(report)}: {speak.text(STATES[report.state])}"
    yield f"  {_description(report, speak)}"
    if report.person:
        yield "  " + speak.text(_("Person: {person}"), person=report.person)
    if report.problem:
        yield f"  {problem_text(report, speak)}"
    yield from _findings(report, speak)
    for note in notes(report, speak):
        yield f"  {SIGNS[State.ADVICE]} {note}"
    yield from _routes(report, route_id, speak)
    yield from _stores(report.check.stores, speak)
    if report.copy:
        yield from _copy(report.copy, speak)
    if report.not_made:
        yield "  " + speak.text(report.not_made.template, **report.not_made.values)


def table(reports: Sequence[PictureReport], speak: Language) -> Iterator[str]:
    """Many pictures, a line each, with the first thing to know about each of them."""
    rows = [
        (
            SIGNS[report.state],
            shortened(_name(report), 40),
            _pixels(report, speak),
            KINDS.get(report.kind, "?"),
            speak.bytes(report.evidence.photo.bytes or 0),
            _first_words(report, speak),
        )
        for report in reports
    ]
    widths = [max((_width(row[place]) for row in rows), default=0) for place in range(5)]
    for row in rows:
        cells = [text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=False)]
        yield "  ".join((*cells, row[5])).rstrip()


def summary(reports: Sequence[PictureReport], others: int, speak: Language) -> Iterator[str]:
    """The totals of a folder."""
    counts = [(state, sum(report.state is state for report in reports)) for state in STATES]
    told = ", ".join(f"{speak.text(STATES[state])}: {count}" for state, count in counts if count)
    yield speak.plural("{count} picture", "{count} pictures", len(reports)) + (f" ({told})" if told else "")
    if others:
        yield speak.plural(
            "{count} other file was passed over.", "{count} other files were passed over.", others
        )


def csv_lines(reports: Sequence[PictureReport], tables: Uploads) -> Iterator[str]:
    """A header, and a line for each picture: codes and numbers, the same in every language."""
    head = [
        "file", "person", "state", "problems", "advice", "problem", "format", "width", "height", "bytes",
        "colour_mode", "orientation", "animated", "has_alpha",
    ]  # fmt: skip
    routes = [f"route_{route.id.replace('-', '_')}" for route in tables.routes]
    yield MARK + _csv(
        [*head, *routes, "copy_file", "copy_side", "copy_bytes", "copy_quality", "copy_changes"]
    )
    for report in reports:
        photo, made = report.evidence.photo, report.copy
        values: list[Any] = [
            report.file, report.person, report.state.value, _ids(report, State.PROBLEM),
            _ids(report, State.ADVICE), report.problem, report.kind, photo.width, photo.height, photo.bytes,
            photo.colour_mode, photo.orientation, photo.animated, photo.has_alpha,
            *(one.outcome.value for one in report.check.routes),
        ]  # fmt: skip
        values += [made.file, made.side, made.bytes, made.quality, list(made.changes)] if made else [None] * 5
        yield _csv([cell(value) for value in values])


def data(report: PictureReport, speak: Language) -> dict[str, Any]:
    """One picture as plain data. Ids and codes are the same in every language."""
    photo, made = report.evidence.photo, report.copy
    return {
        "file": report.file,
        "person": report.person or None,
        "state": report.state.value,
        "problem": report.problem or None,
        "said": problem_text(report, speak) if report.problem else None,
        "facts": {
            "kind": report.kind or None,
            "format": photo.format,
            "width": report.sides[0] or None,
            "height": report.sides[1] or None,
            "bytes": photo.bytes,
            "colour_mode": photo.colour_mode,
            "bits": report.bits,
            "animated": photo.animated,
            "has_alpha": photo.has_alpha,
            "orientation": photo.orientation,
            "profile": report.profile or None,
            "metadata": list(report.metadata),
            "decodes": photo.decodes,
            "sha256": photo.sha256,
        },
        "findings": [_finding(rule, report, speak) for rule in report.check.findings],
        "undecided": [rule.id for rule in report.check.open],
        "notes": list(notes(report, speak)),
        "routes": [_route_data(one, speak) for one in report.check.routes],
        "stores": [
            {
                "id": one.store.id,
                "makes": list(one.makes),
                "lacks": list(one.lacks),
                "unsure": list(one.unsure),
            }
            for one in report.check.stores
        ],
        "copy": _copy_data(made) if made else None,
        "not_copied": speak.text(report.not_made.template, **report.not_made.values)
        if report.not_made
        else None,
    }


def _finding(rule: Rule, report: PictureReport, speak: Language) -> dict[str, Any]:
    words = Filler(report.evidence, speak).words(rule)
    return {
        "rule": rule.id,
        "state": rule.state.value,
        "confidence": rule.confidence.value,
        "title": words.title,
        "because": words.because if rule.id != UNDECODABLE else problem_text(report, speak),
        "sources": [one.url for one in rule.references],
    }


def _route_data(one: RouteCheck, speak: Language) -> dict[str, Any]:
    return {
        "id": one.route.id,
        "name": speak.text(one.route.name),
        "outcome": one.outcome.value,
        "statements": [
            {
                "says": speak.text(applied.statement.says),
                "supports": applied.statement.supports,
                "source": applied.statement.source or None,
                "outcome": applied.outcome.value,
            }
            for applied in one.applied
        ],
    }


def _copy_data(made: Made) -> dict[str, Any]:
    return {
        "file": made.file,
        "side": made.side,
        "bytes": made.bytes,
        "quality": made.quality,
        "changes": list(made.changes),
        "state": made.check.state.value,
        "findings": [rule.id for rule in made.check.findings],
    }


def _findings(report: PictureReport, speak: Language) -> Iterator[str]:
    filler = Filler(report.evidence, speak)
    for rule in report.check.findings:
        if rule.id == UNDECODABLE:
            continue  # said already, and more exactly
        words = filler.words(rule)
        sure = speak.text(_("confidence: {confidence}"), confidence=speak.value(rule.confidence.value))
        yield f"  {SIGNS[rule.state]} {words.title} [{rule.id}], {sure}"
        yield f"    {words.because}"


def _routes(report: PictureReport, route_id: str, speak: Language) -> Iterator[str]:
    for one in report.check.routes:
        if one.route.id != route_id:
            continue
        yield f"  {speak.text(one.route.name)}: {speak.text(OUTCOMES[one.outcome])}"
        for worth in SUPPORTS:
            for applied in one.applied:
                if applied.statement.supports == worth:
                    yield "    " + _statement(applied.statement.says, worth, applied.statement.source, speak)
    yield "  " + speak.text(_("Other ways to upload:"))
    for one in report.check.routes:
        if one.route.id == route_id:
            continue
        yield f"    {speak.text(one.route.name)}: {speak.text(OUTCOMES[one.outcome])}"
        for applied in one.applied:
            if applied.outcome is not Outcome.TAKEN:
                told = applied.statement
                yield "      " + _statement(told.says, told.supports, told.source, speak)


def _statement(says: str, supports: str, source: str, speak: Language) -> str:
    told = f"{speak.text(WORTH[supports])}: {speak.text(says)}"
    return f"{told} ({source})" if source else told


def _stores(stores: Sequence[StoreCheck], speak: Language) -> Iterator[str]:
    if not any(one.makes or one.lacks or one.unsure for one in stores):
        return
    yield "  " + speak.text(_("What the stores make of it, in pixels of the side:"))
    for one in stores:
        made = ", ".join(map(str, one.makes)) or speak.text(_("none"))
        line = f"    {one.store.name}: {made}"
        if one.lacks:
            line += " " + speak.text(_("(not {sizes})"), sizes=", ".join(map(str, one.lacks)))
        if one.unsure:
            line += " " + speak.text(
                _("(whether a smaller picture becomes {sizes} is not documented)"),
                sizes=", ".join(map(str, one.unsure)),
            )
        yield line
        yield "      " + _statement(one.store.says, one.store.supports, one.store.source, speak)


def _copy(made: Made, speak: Language) -> Iterator[str]:
    yield "  " + speak.text(
        _("Copy: {file}, JPEG, {side} x {side} pixels, {size}, quality {quality}"),
        file=plain(made.file),
        side=made.side,
        size=speak.bytes(made.bytes),
        quality=made.quality,
    )
    for change in made.changes:
        yield f"    - {speak.text(CHANGES[change])}"
    if made.check.findings:
        told = ", ".join(f"{speak.text(rule.title)} [{rule.id}]" for rule in made.check.findings)
        yield "    " + speak.text(_("What the copy cannot mend: {findings}"), findings=told)


def _first_words(report: PictureReport, speak: Language) -> str:
    """What somebody who reads one line should know."""
    person = f"{report.person}: " if report.person else ""
    if report.copy and report.copy.check.state is State.FINE:
        return person + speak.text(_("copied to {file}"), file=shortened(plain(report.copy.file), 80))
    if report.not_made and not report.problem:
        return person + speak.text(report.not_made.template, **report.not_made.values)
    if report.problem:
        return person + problem_text(report, speak)
    filler = Filler(report.evidence, speak)
    titles = [f"{filler.title(rule)} [{rule.id}]" for rule in report.check.findings]
    refused = [
        f"{speak.text(one.route.name)}: {speak.text(OUTCOMES[one.outcome])}"
        for one in report.check.routes
        if one.outcome in (Outcome.REFUSED, Outcome.REFUSED_BY_REPORTS)
    ]
    return person + "; ".join(titles or refused[:1])


def _ids(report: PictureReport, state: State) -> list[str]:
    return [rule.id for rule in report.check.findings if rule.state is state]


def _description(report: PictureReport, speak: Language) -> str:
    photo = report.evidence.photo
    parts = [KINDS.get(report.kind, speak.text(_("unknown kind of file"))), _pixels(report, speak)]
    parts += [speak.bytes(photo.bytes)] if photo.bytes is not None else []
    parts += [photo.colour_mode] if photo.colour_mode else []
    return ", ".join(part for part in parts if part)


def _pixels(report: PictureReport, speak: Language) -> str:
    width, height = report.sides
    return speak.text(_("{width} x {height} pixels"), width=width, height=height) if width else ""


def _name(report: PictureReport) -> str:
    return plain(report.file)


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _csv(values: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(values)
    return written.getvalue()
