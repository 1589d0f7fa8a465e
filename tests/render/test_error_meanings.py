"""A raw error code never stands alone: the page says beside it what it means, or that nobody knows."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest

from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.evidence.record import Collected, EvidenceBuilder, GapReason
from troubleshooter.render.html import person_page
from troubleshooter.render.language import language
from troubleshooter.render.view import View

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
PHOTO = "https://graph.microsoft.com/v1.0/users/x/photo"


def _diagnosis(status: int, code: str, url: str = PHOTO) -> Diagnosis:
    builder = EvidenceBuilder()
    source = builder.add_source(method="GET", url=url, at=AT, status=status, error_code=code)
    builder.miss("photo.present", GapReason.DENIED, permission="Graph ProfilePhoto.Read.All", source=source)
    builder.know("photo.status", status, source)
    return diagnose_one(Collected(builder.build()), load_rules())


@pytest.mark.parametrize(
    ("status", "code", "english", "croatian"),
    [
        (403, "ErrorAccessDenied", "The photo may not be read;", "Fotografija se ne smije čitati;"),
        (404, "<b>New</b>", "We do not know the code <b>New</b>.", "Kod <b>New</b> ne poznajemo."),
        (418, "", "We do not know what this answer means.", "Ne znamo što ovaj odgovor znači."),
        (0, "dns", "The host graph.microsoft.com has no address.", "graph.microsoft.com"),
    ],
)
def test_the_meaning_stands_in_the_gaps_the_facts_and_the_requests(
    status: int, code: str, english: str, croatian: str
) -> None:
    diagnosis = _diagnosis(status, code)
    for lang, words in (("en", english), ("hr", croatian)):
        view = View(diagnosis, language(lang))
        (row,) = (row for row in view.missing if row.error)
        assert row.error == f"{status} {code}".strip()
        facts = {fact.path: fact for _, group in view.fact_groups for fact in group}
        found = (
            row.meaning,
            facts["photo.present"].meaning,
            facts["photo.status"].meaning,
            view.requests[0].meaning,
        )
        assert len(set(found)) == 1
        assert words in found[0]
        assert facts["photo.width"].meaning == ""
        page = person_page(diagnosis, language(lang))
        assert page.count(html.escape(found[0], quote=False)) >= 4
        assert "<b>New</b>" not in page


def test_a_request_that_succeeded_has_no_meaning_beside_it() -> None:
    view = View(_diagnosis(200, ""), language("en"))
    assert [row.meaning for row in view.requests] == [""]
    assert {row.meaning for row in view.missing} == {""}
