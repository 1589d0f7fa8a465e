"""Words of a user's rule may hold anything: what could do harm is refused at loading, by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diagnose.books import TOO_SMALL, write_folder
from troubleshooter.diagnose.rulebook import load_folder
from troubleshooter.evidence.record import EvidenceBuilder
from troubleshooter.render.language import language
from troubleshooter.render.words import Filler

BECAUSE = "It is {{ photo.width }} pixels wide."
REMEDY = "Write facts as {{ photo.width }}, choose with {% if %}, and use the filters default, lower,"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("{{ photo.__class__ }}", ".__class__"),
        ("{{ photo.__class__.__mro__[1].__subclasses__() }}", "a call"),
        ("{{ photo['__class__'] }}", "[...]"),
        ("{{ photo|attr('__class__') }}", "the filter attr"),
        ("{{ photo.etag.__init__.__globals__ }}", ".__globals__"),
        ("{{ photo.etag.format(photo) }}", "a call"),
        ("{{ self }}", "self"),
        ("{{ ''.__class__ }}", ".__class__"),
        ("{% for n in range(1000000000) %}x{% endfor %}", "for"),
        ("{% for a in 'xx' %}{% for b in 'xx' %}x{% endfor %}{% endfor %}", "for"),
        ("{% include '/etc/passwd' %}", "include"),
        ("{% import 'os' as os %}{{ os }}", "import"),
        ("{% from 'os' import system %}", "fromimport"),
        ("{% extends 'base' %}", "extends"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "macro"),
        ("{% set x = photo %}", "assign"),
        ("{% block b %}{% endblock %}", "block"),
        ("{{ 'x' * 1000000000 }}", "*"),
        ("{{ person.display_name * 1000000000 }}", "*"),
        ("{{ 9 ** 9 ** 9 }}", "**"),
        ("{{ '%1000000000d' % 1 }}", "%"),
        ("{{ '%1000000000d'|format(1) }}", "the filter format"),
        ("{{ photo.etag|center(1000000000) }}", "the filter center"),
        ("{{ photo.etag|replace('', 'xxxxxxxx') }}", "the filter replace"),
        ("{{ photo.width|round(1000000000, 'ceil') }}", "the filter round"),
        ("{{ photo.etag|safe }}", "the filter safe"),
        ("{{ lipsum(n=1000000) }}", "a call"),
        ("{{ cycler('a') }}", "a call"),
    ],
)
def test_a_hostile_template_is_refused_with_file_line_and_remedy(
    tmp_path: Path, words: str, found: str
) -> None:
    hostile = TOO_SMALL.replace(BECAUSE, words.replace('"', '\\"'))
    book = load_folder(write_folder(tmp_path, {"too-small": hostile}))
    assert book.rules == ()
    (complaint,) = (one for one in book.complaints if one.file.endswith("too-small.toml"))
    assert complaint.line == 10
    if found == "self":
        assert complaint.sentence.startswith("because uses the unknown fact self.")
    else:
        assert complaint.sentence.startswith(f"because uses {found}, which words may not. {REMEDY}")


def test_a_template_nested_a_thousand_times_is_refused(tmp_path: Path) -> None:
    deep = TOO_SMALL.replace(BECAUSE, "{{ " + "-" * 590 + "photo.width }}")
    deeper = TOO_SMALL.replace(BECAUSE, "{{ " + "not " * 280 + "photo.present }}")
    (complaint,) = load_folder(write_folder(tmp_path, {"too-small": deep})).complaints[:1]
    assert complaint.line == 10
    (complaint,) = load_folder(write_folder(tmp_path, {"too-small": deeper})).complaints[:1]
    assert complaint.sentence == "because is nested more than 25 levels deep. Take the nesting out."


def test_a_megabyte_of_words_is_refused_by_its_length(tmp_path: Path) -> None:
    long = TOO_SMALL.replace(BECAUSE, "x" * 200_000)
    complaint = load_folder(write_folder(tmp_path, {"too-small": long})).complaints[0]
    assert complaint.sentence == (
        "because has 200000 characters; at most 1200 are allowed. Say it in fewer words."
    )
    longer = TOO_SMALL.replace(BECAUSE, "x" * 1_000_000)
    complaint = load_folder(write_folder(tmp_path, {"too-small": longer})).complaints[0]
    assert complaint.sentence == "The file is larger than 262144 bytes. Split it."


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("{{ photo.width / 0 }}", "unknown"),
        ("{{ photo.width + photo.etag }}", "unknown"),
        ("{{ photo.width - photo.sizes }}", "unknown"),
        ("{% if photo.present %}a{% elif photo.decodes %}b{% endif %}", "a"),
        ("{{ photo.sizes | join(', ') }}", "48x48, 64x64"),
        ("{{ person.display_name | default('x') | upper }}", "{{ 7 * 7 }}"),
        ("{{ photo.width ~ '<script>' }}", "48<script>"),
        ("{{ 1 / 3 }}", "0.33"),
        ("{# {{ secrets }} #}{% raw %}{{ secrets }}{% endraw %}", "{{ secrets }}"),
    ],
)
def test_what_is_left_is_harmless_when_it_is_filled(tmp_path: Path, words: str, shown: str) -> None:
    book = load_folder(write_folder(tmp_path, {"too-small": TOO_SMALL.replace(BECAUSE, words)}))
    assert [str(one) for one in book.complaints] == []
    builder = EvidenceBuilder()
    builder.know("photo.present", True)
    builder.know("photo.width", 48)
    builder.know("photo.etag", "x" * 90_000)
    builder.know("photo.sizes", ("48x48", "64x64"))
    builder.know("person.display_name", "{{ 7 * 7 }}")
    filled = Filler(builder.build(), language("en")).words(book.rule("too-small"))
    assert filled.because == shown
