"""`decode`: codes in, meanings out; what is unknown is said to be unknown and leaves with 3."""

from __future__ import annotations

import json

from tests.cli.program import run


def test_a_known_answer_is_told_whole() -> None:
    done = run("decode", "--endpoint", "photo", "404", "ErrorItemNotFound", "--lang", "en")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.rstrip() == (
        "404 ErrorItemNotFound\n"
        "  Where: graph: photo\n"
        "  Meaning: Microsoft Graph has no photo of this person, neither in Microsoft 365 nor in the "
        "directory.\n"
        "  Try: Upload a photo; nothing can be copied from where nothing is.\n"
        "  Who can do it: The person\n"
        "  Confidence: high\n"
        "  Known by: what was asked, the status, the code\n"
        "  Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet-core/issues/851 "
        "(seen in the field, 2026-11-22)"
    )


def test_an_unknown_code_is_kept_raw_beside_what_its_status_says() -> None:
    done = run("decode", "--endpoint", "photo", "404", "New\x1b[31mCode", "--lang", "en")
    assert done.code == 3
    assert done.stdout.startswith(
        "404 New\\x1b[31mCode\n"
        "  We do not know the code New\\x1b[31mCode; it is kept as it came, and nothing is guessed.\n"
        "  What its status alone says:\n"
        "  Where: graph: photo\n"
    )
    done = run("decode", "418", "--lang", "en")
    assert (done.code, done.stdout.split("\n")[1]) == (
        3,
        "  We do not know this answer, and nothing is guessed.",
    )


def test_numbers_sharepoint_codes_and_pasted_messages_are_understood_in_json() -> None:
    done = run("decode", "7000215", "-2147024891", "AADSTS50011: The redirect", "--json")
    assert done.code == 0
    answers = json.loads(done.stdout)
    assert [answer["code"] for answer in answers] == [
        "AADSTS7000215",
        "-2147024891",
        "AADSTS50011: The redirect",
    ]
    assert [answer["matches"][0]["system"] for answer in answers] == ["entra", "sharepoint", "entra"]
    assert all(match["source"].startswith("https://") for answer in answers for match in answer["matches"])


def test_croatian_has_no_english_left() -> None:
    done = run("decode", "AADSTS65001", "--lang", "hr")
    assert done.code == 0
    for english in ("Meaning", "Where", "Nobody", "administrator open", "Source", "documented"):
        assert english not in done.stdout


def test_a_misspelt_option_is_not_taken_for_a_code() -> None:
    done = run("decode", "--endpiont", "photo", "404", "--lang", "en")
    assert (done.code, done.stdout) == (2, "")
    assert "There is no option --endpiont." in done.stderr
    assert run("decode").code == 2
