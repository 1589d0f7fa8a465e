"""A template directory: what it changes on the pages, and that nothing wrong in it goes unnoticed."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.render.samples import diagnosis, evidence
from tests.render.tenant_samples import fill, small_tenant
from troubleshooter.diagnose.audit_result import audit_result
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.render.brand import NO_BRAND, BrandRefused
from troubleshooter.render.brand_colours import READABLE, THEMES, contrast, palettes, unreadable
from troubleshooter.render.brand_file import read_brand
from troubleshooter.render.brand_templates import NAMES
from troubleshooter.render.fix_plan import letter_text as plan_letter
from troubleshooter.render.html import IndexEntry, index_page, person_page
from troubleshooter.render.language import language
from troubleshooter.render.letter import letter_html, letter_text, ticket_note
from troubleshooter.render.page import asset
from troubleshooter.render.tenant import tenant_page
from troubleshooter.render.tenant_cause import TenantFiles

EXAMPLE = Path(__file__).parents[2] / "docs" / "branding" / "contoso"
STATES = [State.PROBLEM, State.ON_ITS_WAY, State.FINE, State.UNDECIDED]


def policy_of(page: str) -> str:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found
    return found[1].replace("&#39;", "'")


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def directory(tmp_path: Path, **files: str) -> Path:
    """A template directory; `brand_toml` stands for brand.toml."""
    folder = tmp_path / "company"
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(BrandRefused) as caught:
        read_brand(folder)
    return str(caught.value)


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Any:
    rulebook = load_rules()
    with fill(tmp_path_factory.mktemp("tenant"), small_tenant(), rulebook) as store:
        yield audit_result(store, rulebook)


@pytest.mark.parametrize("code", ["en", "hr"])
def test_the_example_of_the_documentation_is_on_every_page_and_in_every_text(code: str, audit: Any) -> None:
    brand = read_brand(EXAMPLE)
    speak = brand.language(code)
    told = {"en": "Contoso IT help desk", "hr": "Contoso IT podrška"}[code]
    found = diagnosis(State.PROBLEM)
    pages = [
        person_page(found, speak, brand=brand),
        index_page([IndexEntry(found, "a.html")], speak, brand=brand),
        letter_html(found, speak, brand=brand),
        tenant_page(audit, [speak], TenantFiles(), brand=brand),
    ]
    for page in pages:
        assert page.count('alt="Contoso"') == 1
        assert 'src="data:image/png;base64,' in page
        assert told in page
        assert "https://help.contoso.example/photo" in page
    for text in (letter_text(found, speak, brand=brand), ticket_note(found, speak, brand=brand)):
        assert told in text
        assert "+385 1 2345 678" in text
        assert "help@contoso.example" in text
    assert told in plan_letter(audit.causes[0], speak, brand=brand)
    greeting = {"en": "Dear Adele Vance,", "hr": "Dobar dan, Adele Vance,"}[code]
    assert letter_text(found, speak, brand=brand).startswith(greeting)
    assert greeting in pages[2]


@pytest.mark.parametrize("state", STATES)
def test_without_a_template_directory_no_page_speaks_of_a_company(state: State) -> None:
    page = person_page(diagnosis(state), language("en"), brand=NO_BRAND)
    assert "Your help desk" not in page
    assert '<picture class="logo">' not in page
    assert "--accent:" not in page


def test_every_style_and_script_of_a_branded_page_has_its_hash_in_the_policy(audit: Any) -> None:
    brand = read_brand(EXAMPLE)
    speak, found = brand.language("en"), diagnosis(State.PROBLEM)
    for page in (
        person_page(found, speak, brand=brand),
        letter_html(found, speak, brand=brand),
        tenant_page(audit, [speak], TenantFiles(), brand=brand),
    ):
        policy = policy_of(page)
        parts = re.findall(r"<(style|script)>(.*?)</\1>", page, re.DOTALL)
        assert parts
        for _kind, text in parts:
            assert hash_of(text) in policy
        assert "unsafe" not in policy
    assert letter_html(found, speak, brand=brand).count("<style>") == 2  # ours, and that of the example


def test_a_template_of_the_company_escapes_hostile_names(tmp_path: Path) -> None:
    folder = directory(tmp_path, letter__html__j2=(EXAMPLE / "letter.html.j2").read_text(encoding="utf-8"))
    brand = read_brand(folder)
    found = diagnosis(State.PROBLEM, evidence("<script>alert(1)</script>"))
    page = letter_html(found, brand.language("en"), brand=brand)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("name", NAMES)
def test_each_of_our_templates_is_accepted_as_a_template_of_a_company(
    name: str, tmp_path: Path, audit: Any
) -> None:
    folder = directory(tmp_path)
    (folder / name).write_text(asset(name), encoding="utf-8")
    brand, speak, found = read_brand(folder), language("en"), diagnosis(State.ON_ITS_WAY)
    same = {"brand": brand}
    plain = read_brand(directory_of_colours(tmp_path))
    assert person_page(found, speak, **same) == person_page(found, speak, brand=plain)
    assert letter_html(found, speak, **same) == letter_html(found, speak, brand=plain)
    assert tenant_page(audit, [speak], TenantFiles(), **same) == tenant_page(
        audit, [speak], TenantFiles(), brand=plain
    )


def directory_of_colours(tmp_path: Path) -> Path:
    """A directory that changes nothing but has our additional style sheet."""
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "brand.toml").write_text("", encoding="utf-8")
    return folder


@pytest.mark.parametrize("theme", THEMES)
def test_our_own_colours_would_be_accepted_in_both_themes(theme: str) -> None:
    own = {name.replace("-", "_"): value for name, value in palettes()[theme].items()}
    assert list(unreadable(theme, own)) == []
    assert {"ink", "link", "problem_wash"} <= set(own)


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.478, abs=0.001)
    assert contrast("#777777", "#fff") < READABLE


def test_colours_hold_on_screens_alone_and_in_their_theme(tmp_path: Path) -> None:
    toml = '[colours.light]\nlink = "#006b5e"\n[colours.dark]\nlink = "#5fd3c0"\n'
    css = read_brand(directory(tmp_path, brand__toml=toml)).css
    assert "@media screen { :root { --link: #006b5e; } }" in css
    assert "@media screen and (prefers-color-scheme: dark) { :root { --link: #5fd3c0; } }" in css


BAD_TOML = {
    "an unknown key": ('\nnam = "x"', "brand.toml, line 2: there is no key nam. Did you mean name?"),
    "an unknown colour": (
        '[colours.light]\nlinks = "#006b5e"',
        "brand.toml, line 2: there is no key colours.light.links. Did you mean link?",
    ),
    "an unknown theme": ("[colours.drak]\n", "line 1: there is no key colours.drak. Did you mean dark?"),
    "a language there is not": (
        '[help_desk]\ntext = "x"\n[help_desk.xx]\ntext = "y"',
        "line 3: there is no key help_desk.xx. There are: text, phone, mail, url, en, hr",
    ),
    "a colour that is none": ('[colours.light]\n\nlink = "teal"', "line 3: colours.light.link is 'teal'"),
    "a style in place of a colour": (
        '[colours.light]\nlink = "#fff;} body{display:none"',
        "line 2: colours.light.link is",
    ),
    "a colour nobody can read": (
        '[colours.light]\nink = "#111111"\nlink = "#9ad0c8"',
        "line 3: link on paper has a contrast of 1.72:1; to be read it needs 4.5:1. Make one of",
    ),
    "a ground on which nothing can be read": (
        '[colours.dark]\npaper = "#ffffff"',
        "line 2: ink on paper has a contrast of 1.",
    ),
    "no TOML": ('name = "x"\nlogo = \n', "brand.toml, line 2: this is not valid TOML"),
    "a logo without a name": ('logo = "logo.png"', "line 1: a logo needs the name"),
    "a logo that is not there": ('name = "x"\nlogo = "lgo.png"', "line 2: the logo lgo.png cannot be read"),
    "a logo outside": ('name = "x"\nlogo = "../logo.png"', "line 2: the logo ../logo.png lies outside"),
    "a logo that is a text": (
        'name = "x"\nlogo = "brand.toml"',
        "line 2: the logo brand.toml is no PNG",
    ),
    "a number for a name": ("name = 7", "line 1: name is not a text."),
    "a name over two lines": ('name = "a\\nb"', "line 1: name is longer than 200 characters, or holds"),
    "a phone nobody can dial": ('[help_desk]\nphone = "ask Eva"', "line 2: help_desk.phone is 'ask Eva'"),
    "an address that runs a script": (
        '[help_desk]\nurl = "javascript:alert(1)"',
        "line 2: help_desk.url is 'javascript:alert(1)'",
    ),
    "a table that is none": ('help_desk = "x"', "line 1: help_desk is not a table."),
}


@pytest.mark.parametrize("case", BAD_TOML)
def test_a_fault_in_brand_toml_names_file_line_and_remedy(case: str, tmp_path: Path) -> None:
    text, expected = BAD_TOML[case]
    folder = directory(tmp_path, brand__toml=text + "\n")
    shutil.copy(EXAMPLE / "logo.png", folder)
    assert expected in refused(folder)


def test_an_svg_is_refused_and_the_reason_told(tmp_path: Path) -> None:
    folder = directory(
        tmp_path,
        brand__toml='name = "x"\nlogo = "logo.svg"',
        logo__svg='<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    )
    assert "line 2: the logo logo.svg is an SVG, which can carry scripts" in refused(folder)


def test_a_logo_is_drawn_anew_and_small_whatever_it_carries(tmp_path: Path) -> None:
    folder = directory(tmp_path, brand__toml='name = "x"\nlogo = "logo.jpg"')
    noise = Image.effect_noise((3000, 2000), 90).convert("RGB")
    noise.save(folder / "logo.jpg", "JPEG", comment=b"<script>secret</script>")
    logo = read_brand(folder).logo
    data = base64.b64decode(logo.partition(",")[2])
    with Image.open(io.BytesIO(data)) as drawn:
        assert drawn.format == "PNG"
        assert drawn.height <= 96
    assert len(data) <= 40_000
    assert b"secret" not in data


BAD_WORDS = {
    "a text we do not say": (
        'msgid "Hello {nme},"\nmsgstr "Dear {nme},"\n',
        "words.en.po, line 1: our pages do not say 'Hello {nme},', or not",
    ),
    "a field of its own": (
        '\n\nmsgid "Hello {name},"\nmsgstr "Dear {name.__class__},"\n',
        "words.en.po, line 3: the text holds {name.__class__}, which the text it replaces does not.",
    ),
    "a brace left open": ('msgid "Photo check"\nmsgstr "Photo {"\n', "line 1: the text holds { }"),
    "a plural form short": (
        'msgid "{count} person"\nmsgid_plural "{count} people"\nmsgstr[0] "{count} colleague"\n',
        "line 1: this language has 2 plural forms, and not all are here. Write msgstr[0] to msgstr[1].",
    ),
    "no catalogue": (
        'msgid "Photo check"\nmsgstr "x"\nand so on\n',
        "line 3: this is not the format of",
    ),
    "a fuzzy text": ('#, fuzzy\nmsgid "Photo check"\nmsgstr "x"\n', "this text is marked as fuzzy."),
}


def test_the_nearest_text_is_the_remedy(tmp_path: Path) -> None:
    folder = directory(tmp_path, words__en__po='msgid "Hello {nme},"\nmsgstr "Dear {nme},"\n')
    assert refused(folder).endswith("The nearest one is: Hello {name},")


@pytest.mark.parametrize("case", BAD_WORDS)
def test_a_fault_in_the_wording_names_file_and_line(case: str, tmp_path: Path) -> None:
    text, expected = BAD_WORDS[case]
    assert expected in refused(directory(tmp_path, words__en__po=text))


def test_the_words_of_a_rule_keep_their_facts(tmp_path: Path) -> None:
    title = "The photo stops before the mailbox"
    rule = next(one for one in load_rules().rules if "{{ photo.width }}" in one.because)
    escaped = rule.because.strip().replace('"', '\\"').replace("\n", "\\n")
    ours = f'msgid "{escaped}"\nmsgstr'
    good = directory(tmp_path, words__en__po=f'{ours} "{{{{ photo.width }}}} wide: {title}"\n')
    assert read_brand(good).language("en").text(rule.because.strip()).endswith(title)
    (good / "words.en.po").write_text(f'{ours} "{{{{ person.mail }}}}"\n', encoding="utf-8")
    assert "line 1: the text holds {{ person.mail }}" in refused(good)


HEAD = '{%- import "macros.html.j2" as ui with context -%}\n{{ ui.head("x") }}\n'
BAD_TEMPLATES = {
    "a syntax error": (HEAD + "{% if x %}", "letter.html.j2, line 3: the template is wrong"),
    "an unknown filter": (
        HEAD + "\n{{ _('x') | uper }}",
        "line 4: the template is wrong: No filter",
    ),
    "an undefined name": (HEAD + "{{ vew.name }}", "line 3: there is no vew. Did you mean view?"),
    "an unknown macro": (HEAD + "{{ ui.sing('x') }}", "line 3: there is no ui.sing. Did you mean ui.sign?"),
    "an unknown template": (
        '{% include "macro.html.j2" %}' + HEAD,
        "line 1: there is no macro.html.j2. Did you mean macros.html.j2?",
    ),
    "an unescaped name": (HEAD + "\n{{ view.name | safe }}", "line 4: |safe would let a name"),
    "escaping turned off": (
        HEAD + "{% autoescape false %}{{ view.name }}{% endautoescape %}",
        "line 3: autoescape would let",
    ),
    "no content policy": ("<html>{{ view.name }}</html>", "line 1: the content policy is missing"),
    "a script": (HEAD + "<p>a</p>\n<script>alert(1)</script>", "line 4: <script> is not for these pages"),
    "an event handler": (HEAD + '<p onclick="x()">', "line 3: onclick= is not for these pages"),
    "a style attribute": (HEAD + '<p style="color:red">', "line 3: style= is not for these pages"),
    "a picture from elsewhere": (
        HEAD + '<img src="https://contoso.example/logo.png" alt="">',
        'line 3: src="https://contoso.example/logo.png" is not for these pages',
    ),
    "a style sheet from elsewhere": (
        HEAD + '<link rel="stylesheet" href="//cdn.example/a.css">',
        "line 3: <link> is not for these pages",
    ),
    "a page that sends people elsewhere": (
        HEAD + '<meta http-equiv="refresh" content="0;url=https://x.example">',
        'line 3: <meta http-equiv="refresh"> is not for these pages',
    ),
    "a frame": (HEAD + "<iframe></iframe>", "line 3: <iframe> is not for these pages"),
    "a style with a name in it": (
        HEAD + "<style>p::after { content: '{{ view.name }}' }</style>",
        "line 3: a style of your own must be plain CSS",
    ),
}


@pytest.mark.parametrize("case", BAD_TEMPLATES)
def test_a_fault_in_a_template_names_file_and_line(case: str, tmp_path: Path) -> None:
    text, expected = BAD_TEMPLATES[case]
    assert expected in refused(directory(tmp_path, letter__html__j2=text))


FAILING = {
    "something the view does not have": ("{{ letter.nickname }}", "has no attribute 'nickname'"),
    "a way out of the sandbox": ("{{ letter.__class__.__mro__ }}", "unsafe"),
    "a change of the result": ("{{ language.translations.install() }}", "not safely callable"),
    "a division by nothing": ("{{ 1 // 0 }}", "by zero"),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_template_that_fails_on_a_person_names_file_and_line(case: str, tmp_path: Path) -> None:
    text, reason = FAILING[case]
    brand = read_brand(directory(tmp_path, letter__html__j2=HEAD + "\n\n" + text))
    with pytest.raises(BrandRefused) as caught:
        letter_html(diagnosis(State.PROBLEM), language("en"), brand=brand)
    assert "letter.html.j2, line 5: the template fails: " in str(caught.value)
    assert reason in str(caught.value)


def test_macros_without_one_that_others_use_are_refused(tmp_path: Path) -> None:
    macros = asset("macros.html.j2").replace("macro sign(", "macro sing(")
    assert "macros.html.j2, line 1: the macro sign is missing" in refused(
        directory(tmp_path, macros__html__j2=macros)
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("persn.html.j2", "persn.html.j2: no file of this name is read. Did you mean person.html.j2?"),
        ("words.xx.po", "words.xx.po: no file of this name is read."),
        ("brand.tml.toml", "Did you mean brand.toml?"),
        ("report.css", "report.css: no file of this name is read."),
    ],
)
def test_a_file_that_nobody_reads_is_named(name: str, told: str, tmp_path: Path) -> None:
    folder = directory(tmp_path)
    (folder / name).write_text("x", encoding="utf-8")
    assert told in refused(folder)


def test_notes_and_pictures_beside_are_nobodys_fault(tmp_path: Path) -> None:
    folder = directory(tmp_path, brand__toml='name = "Contoso"', README__md="how we made this")
    assert read_brand(folder).name == "Contoso"


def test_an_empty_directory_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    assert "holds nothing that is read" in refused(directory(tmp_path))
    assert "cannot be read (No such file or directory)" in refused(tmp_path / "nowhere")


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = directory(tmp_path)
    (folder / "words.hr.po").write_bytes('msgid "Photo check"\nmsgstr "Provjera čega"\n'.encode("cp1250"))
    assert "words.hr.po, line 2: this is not UTF-8 text." in refused(folder)
