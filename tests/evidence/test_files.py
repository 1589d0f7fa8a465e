"""Evidence files: one object, an array, a result, JSON Lines; every encoding people really have."""

# ruff: noqa: E501 - messages stand whole, so that they can be searched for

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from troubleshooter.evidence.codec import EvidenceError, dump
from troubleshooter.evidence.files import MAX_LINE, read_file, read_stream
from troubleshooter.evidence.record import Evidence, with_values
from troubleshooter.evidence.schema import SCHEMA

PEOPLE = [dump(with_values(Evidence(), {"person.display_name": name})) for name in ("Ana Šarić", "Božo", "C")]
OURS = "Give a file written by `photo-troubleshooter diagnose --json`."


def _names(path: Path) -> list[str | None]:
    return [evidence.person.display_name for evidence in read_file(path)]


def _fault(path: Path) -> str:
    with pytest.raises(EvidenceError) as caught:
        list(read_file(path))
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "indented"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
def test_one_object_is_read_in_every_encoding(
    tmp_path: Path, indent: int | None, encoding: str, newline: str
) -> None:
    text = json.dumps(PEOPLE[0], indent=indent, ensure_ascii=False).replace("\n", newline) + newline
    mark = "\ufeff" if encoding.endswith(("le", "be")) else ""
    path = tmp_path / "ana.json"
    path.write_bytes((mark + text).encode(encoding))
    assert _names(path) == ["Ana Šarić"]


@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "indented"])
def test_an_array_is_read_in_order(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "people.json"
    path.write_text(json.dumps(PEOPLE, indent=indent), encoding="utf-8")
    assert _names(path) == ["Ana Šarić", "Božo", "C"]


def test_json_lines_are_read_in_order_and_blank_lines_are_nothing(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text("\n" + "\n\n".join(map(json.dumps, PEOPLE)), encoding="utf-8")
    assert _names(path) == ["Ana Šarić", "Božo", "C"]


def test_results_are_read_as_their_evidence_also_in_lines(tmp_path: Path) -> None:
    results = [{"schema": "photo-troubleshooter/result/1", "evidence": one} for one in PEOPLE]
    path = tmp_path / "results.jsonl"
    path.write_text("\n".join(map(json.dumps, results)), encoding="utf-8")
    assert _names(path) == ["Ana Šarić", "Božo", "C"]


def test_a_stream_is_left_open_for_its_owner() -> None:
    stream = io.BytesIO(json.dumps(PEOPLE[0]).encode())
    assert [one.person.display_name for one in read_stream(stream, "standard input")] == ["Ana Šarić"]
    assert not stream.closed


class Endless(io.RawIOBase):
    """One line after another, for ever; counts what was taken."""

    def __init__(self, line: bytes) -> None:
        self._line, self._rest, self.taken = line, b"", 0

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size:
            self._rest += self._line
        data, self._rest = self._rest[:size], self._rest[size:]
        self.taken += len(data)
        return data


def test_json_lines_are_read_as_they_come_so_a_file_may_have_any_length() -> None:
    line = json.dumps(PEOPLE[0]).encode() + b"\n"
    stream = Endless(line)
    people = read_stream(stream, "endless")  # type: ignore[arg-type]
    assert [next(people).person.display_name for _ in range(200)] == ["Ana Šarić"] * 200
    assert stream.taken < 200 * len(line) + 64 * 1024


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", f", line 1: The file is empty. {OURS}"),
        ("\n \n", f", line 1: The file is empty. {OURS}"),
        ("<html>\n</html>", f", line 1: This is not JSON (Expecting value). {OURS}"),
        ("Name,Photo\nAna,yes", f", line 1: This is not JSON (Expecting value). {OURS}"),
        ("[1]", (", line 1: the record has not the shape of evidence. "
         "`photo-troubleshooter schema evidence` prints the shape as a JSON Schema.")),
        ("{}", (", line 1: This is not evidence of this program: its schema is not "
         f"photo-troubleshooter/evidence/1. {OURS}")),
        (json.dumps(PEOPLE[0])[:100], (", line 1: The JSON ends too early. "
         "The file was cut off: write or copy it again.")),
        (json.dumps(PEOPLE[0], indent=1)[:40], (", line 2: The JSON ends too early. "
         "The file was cut off: write or copy it again.")),
        (json.dumps(PEOPLE[0]) + "\n" + json.dumps(PEOPLE[1])[:90], (", line 2: The JSON ends too early. "
         "The file was cut off: write or copy it again.")),
        (json.dumps(PEOPLE[0]) + "\n\nnonsense", f", line 3: This is not JSON (Expecting value). {OURS}"),
        (f'{{"schema": "{SCHEMA}",\n"photo": {{"width": 1,}}}}',
         f", line 2: This is not JSON (Illegal trailing comma before end of object). {OURS}"),
        (f'{{"schema": "{SCHEMA}", "comparison": {{"distance": NaN}}}}', (", line 1: NaN is not a number that "
         "JSON knows. Leave the fact out: what is not there is unknown.")),
        (json.dumps(PEOPLE[0]) + f'\n{{"schema": "{SCHEMA}", "photo": {{"width": "x"}}}}', (", line 2: The fact "
         "photo.width cannot be 'x'. It is of the kind int; docs/facts.md describes it.")),
        (f'[\n{json.dumps(PEOPLE[0])},\n{{"schema": "{SCHEMA}", "photo": {{"width": "x"}}}}]', (", line 3: The "
         "fact photo.width cannot be 'x'. It is of the kind int; docs/facts.md describes it.")),
        ("[" * 5000, f", line 1: This is not JSON of our kind. {OURS}"),
        ('{"a": ' + "9" * 5000 + "}", f", line 1: This is not JSON of our kind. {OURS}"),
    ],
)  # fmt: skip
def test_damaged_files_are_named_with_line_and_remedy(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "damaged.json"
    path.write_text(content, encoding="utf-8")
    found = _fault(path)
    assert found == message.replace("Illegal trailing comma before end of object", _comma_message())


def _comma_message() -> str:
    """Python 3.13 found better words for this one."""
    try:
        json.loads('{"a": 1,}')
    except json.JSONDecodeError as error:
        return error.msg
    raise AssertionError


def test_other_encodings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_bytes(json.dumps(PEOPLE[1], ensure_ascii=False).encode("cp1250"))
    assert _fault(path) == ", line 1: This is not UTF-8 text. Save the file as UTF-8."


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert _fault(tmp_path / "gone.json") == (
        ", line 1: The file cannot be read: No such file or directory. Check its name and its permissions."
    )


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    assert "The file cannot be read: " in _fault(tmp_path)


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps(PEOPLE[0]) + "\n" + '{"a": "' + "x" * MAX_LINE + '"}\n', encoding="utf-8")
    assert _fault(path) == f", line 2: The line is longer than {MAX_LINE} characters. {OURS}"


def test_people_before_the_damage_are_still_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_text("\n".join(map(json.dumps, PEOPLE))[:-20], encoding="utf-8")
    people = read_file(path)
    assert [next(people).person.display_name for _ in range(2)] == ["Ana Šarić", "Božo"]
    with pytest.raises(EvidenceError):
        next(people)
