"""The multipart parser against friendly, sloppy and hostile bodies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troubleshooter.transport.multipart import MultipartError, Part, read_batch, write_batch

TYPE = "multipart/mixed; boundary=batchresponse_0b"
TWO = """--batchresponse_0b
Content-Type: application/http
Content-Transfer-Encoding: binary

HTTP/1.1 200 OK
CONTENT-TYPE: application/json;odata=nometadata

{"a":1}
--batchresponse_0b
Content-Type: application/http

HTTP/1.1 404 Not Found
Retry-After:7

gone
--batchresponse_0b--
"""
PARTS = [
    Part(200, {"content-type": "application/json;odata=nometadata"}, b'{"a":1}'),
    Part(404, {"retry-after": "7"}, b"gone"),
]


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (TYPE, _crlf(TWO)),
        (TYPE, TWO.encode()),
        ('Multipart/Mixed; charset=utf-8; BOUNDARY="batchresponse_0b"', _crlf(TWO)),
        (TYPE, b"a MIME preamble nobody shows\r\n" + _crlf(TWO)),
        (TYPE, _crlf(TWO).rstrip()),
        (TYPE, _crlf(TWO) + b"an epilogue --batchresponse_0b\r\n"),
        (TYPE, _crlf(TWO.replace("_0b\n", "_0b  \n"))),
    ],
    ids=["crlf", "lf", "quoted", "preamble", "no-last-line-end", "epilogue", "padded-boundary"],
)
def test_both_parts_are_read(content_type: str, body: bytes) -> None:
    assert read_batch(content_type, body) == PARTS


def test_a_part_without_body_is_read() -> None:
    body = _crlf(
        "--b\nContent-Type: application/http\n\nHTTP/1.1 429\nRetry-After: 3\n\n"
        "--b\n\nHTTP/1.1 204 No\n\n--b--"
    )
    parts = read_batch("multipart/mixed; boundary=b", body)
    assert parts == [Part(429, {"retry-after": "3"}, b""), Part(204, {}, b"")]


def test_a_boundary_inside_a_line_of_json_is_not_a_boundary() -> None:
    body = _crlf(TWO.replace('{"a":1}', '{"a":"--batchresponse_0b--"}'))
    assert read_batch(TYPE, body)[0].body == b'{"a":"--batchresponse_0b--"}'


def test_a_longer_boundary_at_a_line_start_is_not_a_boundary() -> None:
    body = _crlf(TWO.replace("gone", "--batchresponse_0bc\ngone"))
    assert read_batch(TYPE, body)[1].body == b"--batchresponse_0bc\r\ngone"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", _crlf(TWO)),
        ("multipart/mixed", _crlf(TWO)),
        ("multipart/mixed; boundary=", _crlf(TWO)),
        ("multipart/mixed; boundary=é", _crlf(TWO)),
        ("multipart/mixed; boundary=other", _crlf(TWO)),
        (TYPE, b""),
        (TYPE, _crlf(TWO)[:-24]),
        (TYPE, _crlf(TWO.replace("HTTP/1.1 404 Not Found", "nonsense: here"))),
        (TYPE, _crlf(TWO.replace("Retry-After:7", "no colon"))),
        (TYPE, b"--batchresponse_0b"),
    ],
)
def test_what_is_no_batch_answer_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(MultipartError):
        read_batch(content_type, body)


def test_a_cut_at_any_byte_before_the_end_is_noticed() -> None:
    whole = _crlf(TWO).rstrip()
    for length in range(len(whole)):
        with pytest.raises(MultipartError):
            read_batch(TYPE, whole[:length])


_PIECES = st.sampled_from(
    [b"--batchresponse_0b", b"--", b"\r\n", b"\n", b"HTTP/1.1 200 OK", b"A: b", b":", b"\x00\xff", b" "]
)


@given(st.lists(_PIECES | st.binary(max_size=8), max_size=60))
def test_hostile_bodies_give_parts_or_one_error(pieces: list[bytes]) -> None:
    try:
        parts = read_batch(TYPE, b"".join(pieces))
    except MultipartError:
        return
    assert all(100 <= part.status <= 599 for part in parts)


@given(st.text(max_size=60))
def test_hostile_content_types_give_parts_or_one_error(text: str) -> None:
    for content_type in (text, "multipart/mixed; boundary=" + text):
        try:
            read_batch(content_type, _crlf(TWO))
        except MultipartError:
            continue


_BODIES = st.binary(max_size=200).filter(lambda body: b"--edge" not in body)


@given(st.lists(st.tuples(st.integers(100, 599), _BODIES), max_size=8), st.sampled_from([b"\r\n", b"\n"]))
def test_what_was_written_is_read_back(parts: list[tuple[int, bytes]], line_end: bytes) -> None:
    lines: list[bytes] = []
    for status, body in parts:
        lines += [
            b"--edge",
            b"Content-Type: application/http",
            b"",
            b"HTTP/1.1 %d X" % status,
            b"A:b",
            b"",
            body,
        ]
    lines += [b"--edge--"]
    read = read_batch("multipart/mixed; boundary=edge", line_end.join(lines))
    if line_end == b"\n":  # a body that ends in CR looks like one that ends in nothing before a bare LF
        parts = [(status, body.removesuffix(b"\r")) for status, body in parts]
    assert [(part.status, part.body) for part in read] == parts


def test_a_body_full_of_boundaries_is_read_in_linear_time() -> None:
    with pytest.raises(MultipartError):
        read_batch(TYPE, b"--batchresponse_0bx\n" * 200_000)


def test_a_batch_is_written_with_crlf_and_absolute_urls() -> None:
    assert write_batch("batch_1", ["https://contoso.sharepoint.test/_api/web"], "application/json") == _crlf(
        """--batch_1
Content-Type: application/http
Content-Transfer-Encoding: binary

GET https://contoso.sharepoint.test/_api/web HTTP/1.1
Accept: application/json

--batch_1--
"""
    )


def test_a_url_cannot_break_out_of_its_request_line() -> None:
    written = write_batch("b", ["https://c.test/x HTTP/1.1\r\nEvil: 1\r\n\r\n--b--é"], "application/json")
    assert b"Evil: 1\r\n" not in written
    assert written.count(b"--b--") == 2
    assert written.count(b"\r\n--b--") == 1
