"""The text for a case with Microsoft support: what happens, what was read, what was ruled out.

It is English in every language of the report, times are UTC, because Microsoft's engineers read it and search
their own logs with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.evidence.record import Source
from troubleshooter.render import values
from troubleshooter.render.language import SOURCE, language
from troubleshooter.render.text import plain, shortened
from troubleshooter.render.view import View

_LONG = 300


def support_case(diagnosis: Diagnosis) -> str:
    """The text, ready to be pasted."""
    return "\n".join(_lines(View(diagnosis, language(SOURCE, zone=UTC)))) + "\n"


def _lines(view: View) -> Iterator[str]:
    evidence, cause = view.diagnosis.evidence, view.cause
    yield "Microsoft 365 profile photo: " + (cause.title if cause else view.headline)
    yield ""
    for name, path in (
        ("Tenant", "run.tenant_name"),
        ("Tenant id", "run.tenant"),
        ("Cloud", "run.cloud"),
        ("Person", "person.user_principal_name"),
        ("Object id", "person.id"),
    ):
        if evidence.value(path) is not None:
            yield f"{name}: {_short(values.fact_text(path, evidence.value(path), view.language))}"
    if evidence.run.collected_at:
        yield f"Checked: {_utc(evidence.run.collected_at)}"
    yield ""
    yield "What we see"
    yield "  " + (_short(cause.because, 1200) if cause else "No cause is proven; see what could not be read.")
    for line in (*view.symptoms, *view.others):
        yield f"  Also true: {line.words.title} [{line.words.id}]"
    yield ""
    yield "What each place holds"
    for store in view.stores:
        said = [store.relation_word, *store.lines]
        if store.status is not None:
            said.append(f"HTTP {store.status}")
        if store.reason:
            said.append(store.reason)
        yield f"  {store.name}: {'; '.join(said)}"
    yield f"  In short: {view.journey.sentence}"
    yield ""
    yield "Requests (time in UTC, address, answer, request id)"
    yield from _requests(view)
    yield from _list("What was ruled out", [f"{one.title} [{one.id}]" for one in view.ruled_out])
    yield from _list(
        "What could not be read",
        [f"{row.group}: {row.reason}" + (f" ({row.error})" if row.error else "") for row in view.missing],
    )
    yield ""
    yield "What we ask"
    yield "  Please tell us from the request ids above why the service answers like this, and correct it."


def _requests(view: View) -> Iterator[str]:
    """Failed requests first: they are what support looks up."""
    sources = [row.source for row in view.requests if row.source.method != "FILE"]
    if not sources:
        yield "  none: the evidence names no request"
    for source in sorted(sources, key=_failed, reverse=True):
        answer = f"HTTP {source.status}" if source.status else "no answer"
        if source.error_code:
            answer += f" {source.error_code}"
        if source.attempts > 1:
            answer += f", {source.attempts} attempts"
        yield f"  {_utc(source.at)}  {source.method} {_address(source.url)}"
        yield f"    {_short(answer)}; request id {_short(source.request_id) or 'none given'}"


def _address(url: str) -> str:
    """The address; a question that was asked about several people at once is left out as a whole."""
    path, mark, question = url.partition("?")
    several = "%20or%20" in question
    return _short(f"{path}{mark}\u2026" if several else url, 4 * _LONG)


def _failed(source: Source) -> bool:
    return source.status == 0 or source.status >= 500


def _list(heading: str, entries: list[str]) -> Iterator[str]:
    if entries:
        yield ""
        yield heading
        yield from (f"  - {_short(entry)}" for entry in entries)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _short(text: str, longest: int = _LONG) -> str:
    return shortened(" ".join(plain(text).split()), longest)
