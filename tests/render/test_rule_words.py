from __future__ import annotations

import pytest

from tests.render.samples import WAITING, evidence, rule
from troubleshooter.diagnose.rule import Step
from troubleshooter.evidence.record import Evidence, with_values
from troubleshooter.render.text import powershell
from troubleshooter.render.words import Filler


def headline(speak, template, code="en", **facts):
    return Filler(evidence(**facts), speak(code)).words(rule("some-rule", headline=template)).headline


def test_facts_are_filled_with_the_words_of_the_language(speak):
    template = "{{ mailbox.location }}, {{ photo.bytes | bytes }}, {{ photo.present }}"
    assert headline(speak, template) == "in the cloud, 64.1 KB, yes"
    assert headline(speak, template, "hr") == "u oblaku, 64,1 KB, da"


def test_codes_still_compare_as_codes(speak):
    assert headline(speak, "{% if mailbox.location == 'cloud' %}cloud{% else %}else{% endif %}") == "cloud"


@pytest.mark.parametrize(
    "template",
    [
        "{{ directory.created_at | when }}",
        "{{ directory.created_at }}",
        "{{ photo.has_alpha }}",
        "{{ photo.no_such_fact }}",
        "{{ photo.hd_size_count + 1 }}",
        "{{ wait_until | when }}",
    ],
)
def test_an_unknown_fact_reads_unknown(speak, template):
    assert headline(speak, template) == "unknown"
    assert headline(speak, template, "hr") == "nepoznato"


def test_a_rule_cannot_leave_the_sandbox(speak):
    assert "class" not in headline(speak, "{{ photo.__class__.__mro__ }}{{ ''.__class__ }}")


def test_facts_are_never_templates_themselves(speak):
    assert headline(speak, "{{ person.display_name }}", name="{{ 7*7 }}") == "{{ 7*7 }}"


def test_long_names_are_cut_in_sentences_and_whole_in_commands(speak):
    name = "x" * 10_000
    long_rule = rule(
        "r",
        headline="{{ person.display_name }}",
        admin_steps=(Step("Do it.", command="Get-User {{ person.display_name | powershell }}"),),
    )
    words = Filler(evidence(name), speak("en")).words(long_rule)
    assert len(words.headline) == 160
    assert words.admin_steps[0].command == f"Get-User '{name}'"


def test_right_to_left_names_are_fenced_and_control_characters_removed(speak):
    assert headline(speak, "{{ person.display_name }}!", name="\u202eדנה\x1b[2J") == "\u2068 דנה [2J\u2069!"


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("adele@contoso.example", "'adele@contoso.example'"),
        ("o'brien", "'o''brien'"),
        ("o\u2019brien\u201b", "'o\u2019\u2019brien\u201b\u201b'"),
        ("a\r\nRemove-Item *\x1b", "'aRemove-Item *'"),
        ("$(whoami)`n", "'$(whoami)`n'"),
    ],
)
def test_a_powershell_literal_cannot_be_left(value, literal):
    assert powershell(value) == literal


def test_a_fact_in_a_command_without_the_filter_loses_what_a_shell_understands(speak):
    step = Step("Do it.", command="Get-User {{ person.display_name }}")
    words = Filler(evidence("a'; rm -rf $HOME & b"), speak("en")).words(rule("r", admin_steps=(step,)))
    assert words.admin_steps[0].command == "Get-User arm-rfHOMEb"


def test_the_wait_clock_starts_at_the_first_known_fact(speak):
    words = Filler(evidence(), speak("en")).words(WAITING)
    assert words.headline == "Your new photo is saved; SharePoint shows it by 23 Nov 2026 09:15 CET."


def test_an_address_to_copy_holds_the_real_host_or_the_example(speak):
    template = (
        "https://{{ run.my_site_host | host('contoso-my.test') }}/?a={{ person.mail | query('you@x') }}"
    )

    def shown(**values):
        person = with_values(Evidence(), values)
        return Filler(person, speak("en")).words(rule("r", headline=template))

    known = {"run.my_site_host": "fabrikam-my.test", "person.mail": "a&b c@fabrikam.test"}
    assert shown(**known).headline == "https://fabrikam-my.test/?a=a%26b%20c@fabrikam.test"
    assert shown().headline == "https://contoso-my.test/?a=you@x"
    assert shown(**{"run.my_site_host": "evil.test/path?"}).headline.startswith("https://contoso-my.test/")
