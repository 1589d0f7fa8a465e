"""Tables of error codes in a user's folder: refused by file, line and remedy, or read before ours."""

# ruff: noqa: E501 - messages stand whole, so that they can be searched for

from __future__ import annotations

from pathlib import Path

import pytest

from troubleshooter.diagnose.rulebook import load_rules

TABLE = """\
system = "graph"
checked_on = "2026-11-22"

[[errors]]
endpoints = ["photo"]
statuses = [404]
codes = ["ImageNotFound"]
meaning = "Our own words."
remedy = "Ask the help desk."
actor = "operator"
confidence = "high"
source = "https://example.org/errors"
supports = "field"
"""


def _folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "_errors").mkdir()
    (tmp_path / "_errors" / "ours.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_users_own_table_goes_before_ours(tmp_path: Path) -> None:
    book = load_rules([_folder(tmp_path, TABLE)])
    assert book.complaints == ()
    assert book.decoder.decode("photo", 404, "ImageNotFound").matches[0].entry.meaning == "Our own words."
    assert book.version != load_rules().version


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"graph"', '"grahp"', "line 1: system is 'grahp', which is not one of its values. Did you mean 'graph'?"),
        ('["photo"]', '["profile"]', "line 5: errors[1].endpoints names profile, which is no endpoint of graph. Its endpoints are: photo, mailbox,"),
        ("[404]", '["404"]', "line 6: errors[1].statuses is not a list of HTTP statuses: ['404']. Write [404]; 0 stands for no answer at all."),
        ("[404]", "[4040]", "line 6: errors[1].statuses is not a list of HTTP statuses: [4040]."),
        ("[404]", "[true]", "line 6: errors[1].statuses is not a list of HTTP statuses: [True]."),
        ('statuses = [404]\ncodes = ["ImageNotFound"]\n', "", "line 4: errors[1] names neither a status nor a code. Add statuses = [403]"),
        ('"Our own words."', '""', "line 8: errors[1].meaning is missing."),
        ('"Our own words."', '"{client_id.__class__}"', "line 8: errors[1].meaning holds a field that cannot be filled: client_id.__class__. The fields are: client_id, tenant,"),
        ('"Our own words."', '"{tenant!r}"', "line 8: errors[1].meaning holds a field that cannot be filled: {tenant!r}."),
        ('"Our own words."', '"{tenant:>1000000000}"', "line 8: errors[1].meaning holds a field that cannot be filled:"),
        ('"Our own words."', '"{"', "line 8: errors[1].meaning holds a field that cannot be filled: {."),
        ('"operator"', '"boss"', "line 10: errors[1].actor is 'boss', which is not one of its values. It is one of: operator, user,"),
        ('"https://example.org/errors"', '"http://example.org"', "line 12: errors[1].source is not a web address: http://example.org. Begin it with https://."),
        ("supports", "suports", "line 13: Unknown key suports. Did you mean supports?"),
        ('"2026-11-22"', '"soon"', "line 2: checked_on is not a date: 'soon'."),
        ("[[errors]]", "[[eror]]", "line 4: Unknown key eror. Did you mean errors?"),
        ("graph", "graph\x00", "line 1: The file is not valid TOML:"),
    ],
)  # fmt: skip
def test_a_faulty_table_is_left_out_with_file_line_and_remedy(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in TABLE
    folder = _folder(tmp_path, TABLE.replace(old, new, 1))
    book = load_rules([folder])
    found = [str(complaint).removeprefix(f"{folder}/_errors/ours.toml, ") for complaint in book.complaints]
    assert any(complaint.startswith(message) for complaint in found), found
    assert book.errors == load_rules().errors


def test_the_same_answer_twice_is_refused(tmp_path: Path) -> None:
    twice = TABLE + TABLE[TABLE.index("[[errors]]") :]
    (complaint,) = load_rules([_folder(tmp_path, twice)]).complaints
    assert complaint.line == 14
    assert complaint.sentence == (
        "errors[2] says again what entry 1 says: graph photo 404 imagenotfound. Keep one of the two."
    )
