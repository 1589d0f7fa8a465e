"""The tables of what uploads take, and the rules' prose and numbers beside them."""

from __future__ import annotations

import re
from importlib.resources import files

from troubleshooter.cli.image import command
from troubleshooter.collect.photo import HD_SIDES
from troubleshooter.diagnose.picture_check import rules_of_pictures
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.uploads import uploads

MB = 1024 * 1024


def test_the_sizes_microsoft_365_makes_are_the_ones_the_collector_knows() -> None:
    stores = {store.id: store for store in uploads().stores}
    assert stores["microsoft-365"].sides == HD_SIDES


def test_every_statement_has_a_source_unless_it_says_that_there_is_none() -> None:
    for route in uploads().routes:
        for one in route.statements:
            assert one.source.startswith("https://") or one.supports == "uncertain", one.says


def test_the_rules_and_steps_name_the_same_limit_for_an_upload() -> None:
    route = uploads().route("microsoft-365")
    prose = files("troubleshooter.rules")
    for place in (("image", "upload-too-large.toml"), ("_steps", "upload-photo.toml")):
        text = prose.joinpath(*place).read_text(encoding="utf-8")
        assert {int(found) * MB for found in re.findall(r"(\d+) MB", text)} == {route.most_bytes}
    step = prose.joinpath("_steps", "upload-photo.toml").read_text(encoding="utf-8")
    assert f"{route.side} by {route.side} pixels" in step
    large = prose.joinpath("image", "upload-too-large.toml").read_text(encoding="utf-8")
    limit = uploads().route("no-mailbox").most_bytes
    assert {int(found) * 1024 for found in re.findall(r"(\d+) KB", large)} == {limit}


def test_every_rule_about_pictures_takes_part() -> None:
    book = load_rules()
    taking_part = {rule.id for rule in rules_of_pictures(book)}
    of_tickets = {"upload-too-large", "upload-too-small"}  # they read what a service said
    assert taking_part == {rule.id for rule in book.rules if rule.area == "image"} - of_tickets


def test_the_help_names_every_way_to_upload() -> None:
    (option,) = (one for one in command.params if one.name == "route")
    assert all(route.id in (getattr(option, "help", "") or "") for route in uploads().routes)
