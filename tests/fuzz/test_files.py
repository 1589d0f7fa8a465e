"""Files that somebody sends or edits: evidence, rules, tables, clouds, PowerShell output, pictures."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.collect.answers import ACCOUNT, picture, with_account
from tests.collect.test_exchange_output import MAILBOX, POLICIES, POLICY_CSV, POLICY_JSON
from tests.diagnose.books import TOO_SMALL
from tests.fuzz.counts import fuzzed
from tests.fuzz.hostile import TEXTS, damaged, encoded, shaken
from troubleshooter.collect.exchange import TELLING, exchange_objects
from troubleshooter.collect.images import analyse, thumbnail_for_report
from troubleshooter.collect.powershell import PowerShellOutputError, records, text_of
from troubleshooter.diagnose.accepted_file import read_accepted
from troubleshooter.diagnose.complaint import ExpressionRefused, RuleFolderError
from troubleshooter.diagnose.error_file import read_table
from troubleshooter.diagnose.grammar import read_expression
from troubleshooter.diagnose.page import open_page
from troubleshooter.diagnose.rulebook import load_folder
from troubleshooter.diagnose.tenant_rules_file import read_tenant_rule
from troubleshooter.diagnose.toml_lines import key_lines
from troubleshooter.evidence.codec import EvidenceError, dump, load
from troubleshooter.evidence.files import read_stream
from troubleshooter.signin.cloud_file import read_cloud_file
from troubleshooter.signin.clouds import CloudError
from troubleshooter.toml_text import read_toml

RULES = Path(__file__).parents[2] / "rules"
TENANT_RULES = [path.read_bytes() for path in sorted((RULES / "_tenant").glob("*.toml"))]
TABLES = [path.read_bytes() for path in sorted((RULES / "_errors").glob("*.toml"))]
EVIDENCE = dump(with_account().build())
ACCEPTED = b"""# accepted
[[accepted]]
person = "adele@contoso.com"
cause = "image-too-small"
reason = "No camera"
author = "Nestor"
until = 2027-01-31
added_on = 2026-11-22
"""
CLOUD = b"""name = "x"
login = "login.x.test"
graph = "graph.x.test"
exchange = "mail.x.test"
sharepoint_suffix = "sites.x.test"
connect_to = "127.0.0.1:8443"
ca_bundle = "~somebody/ca\\u0000.pem"
"""
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


LINE = encoded(EVIDENCE)
FILES = [
    LINE,
    LINE + b"\n" + LINE,
    b"[" + LINE + b",\n" + LINE + b"]",
    json.dumps(EVIDENCE, indent=1).encode(),
]


@fuzzed(
    "evidence JSON and JSON Lines",
    st.one_of(damaged([*FILES, LINE.decode().encode("utf-16")]), shaken([EVIDENCE]).map(encoded)),
    share=2,
)
def test_evidence(data: bytes) -> None:
    try:
        for evidence in read_stream(io.BytesIO(data), "x.json"):
            assert load(json.loads(json.dumps(dump(evidence)))) == evidence
            missing = {gap.fact for gap in evidence.gaps}
            assert all((value is None) is (path in missing) for path, value in evidence.values())
    except EvidenceError as problem:
        assert str(problem).startswith("x.json, line ")


@fuzzed("rule files", damaged([TOO_SMALL.encode()]), share=1.5)
def test_a_rule_file(folder: Path, data: bytes) -> None:
    (folder / "too-small.toml").write_bytes(data)
    try:
        book = load_folder(folder)
    except RuleFolderError:
        return
    assert book.rules or book.complaints
    for complaint in book.complaints:
        assert complaint.line >= 1
        assert str(complaint)


@fuzzed(
    "expressions of rules",
    damaged([b"photo.present and photo.width < 96", b"not (photo.bytes in (1, 2))"]),
    share=2,
)
def test_an_expression(data: bytes) -> None:
    try:
        read_expression(data.decode("utf-8", "replace"))
    except ExpressionRefused as refused:
        assert str(refused)


@fuzzed("tenant-wide rule files", damaged(TENANT_RULES))
def test_a_tenant_rule(folder: Path, data: bytes) -> None:
    path = folder / "tenant-rule.toml"
    path.write_bytes(data)
    complaints: list = []  # type: ignore[type-arg]
    page = open_page("tenant-rule.toml", path, complaints)
    path.unlink()
    if page is not None:
        draft = read_tenant_rule(page, {}, frozenset({"x"}))
        assert draft.rule is not None
    assert all(str(complaint) for complaint in complaints)
    assert page is not None or complaints


@fuzzed("tables of error codes", damaged(TABLES))
def test_a_table(folder: Path, data: bytes) -> None:
    path = folder / "table.toml"
    path.write_bytes(data)
    complaints: list = []  # type: ignore[type-arg]
    page = open_page("table.toml", path, complaints)
    path.unlink()
    entries = read_table(page) if page is not None else ()
    assert entries or complaints
    assert all(str(complaint) for complaint in complaints)


@fuzzed("accepted findings", damaged([ACCEPTED, ACCEPTED * 3]), share=2)
def test_accepted_findings(folder: Path, data: bytes) -> None:
    path = folder / "accepted.toml.fuzz"
    path.write_bytes(data)
    read = read_accepted(path, TODAY)
    for one in read.acceptances:
        assert all((one.person, one.cause, one.reason, one.author))
        assert one.added_on <= one.until or one.expired(TODAY)
    assert all(str(fault) for fault in read.faults)


@fuzzed("cloud files", damaged([CLOUD]), share=2)
def test_a_cloud_file(folder: Path, data: bytes) -> None:
    path = folder / "cloud.fuzz"
    path.write_bytes(data)
    try:
        cloud = read_cloud_file(path)
    except CloudError as problem:
        assert str(problem)
        return
    assert (
        cloud.connect_to is None
        or cloud.connect_to[0] in ("127.0.0.1", "::1", "localhost")
        or cloud.connect_to[0].startswith("127.")
    )


@fuzzed("TOML", damaged([TOO_SMALL.encode(), ACCEPTED, CLOUD]), share=2)
def test_toml(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    key_lines(text)
    try:
        read_toml(text)
    except ValueError as problem:
        assert str(problem)


PRINTED = [
    POLICIES + MAILBOX,
    json.dumps(POLICY_JSON, indent=2) + "\n" + MAILBOX,
    POLICY_CSV + "\n" + MAILBOX,
]


@fuzzed(
    "PowerShell output", damaged([text.encode() for text in PRINTED] + [POLICIES.encode("utf-16")]), share=3
)
def test_powershell(data: bytes) -> None:
    try:
        found = records(text_of(data, "x.txt"), "x.txt", TELLING)
        objects = exchange_objects(found, "x.txt")
    except PowerShellOutputError as problem:
        assert str(problem).startswith("x.txt")
        return
    allowed = objects.mailbox_allows(with_account(**ACCOUNT).build())
    assert isinstance(allowed, bool) is (allowed in (True, False))


PICTURES = [picture(kind=kind) for kind in ("JPEG", "PNG", "GIF", "BMP", "WEBP")]


@fuzzed("pictures", damaged(PICTURES), share=3)
def test_a_picture(data: bytes) -> None:
    facts = analyse(data)
    assert facts.decodes is (facts.problem == "")
    assert (facts.fingerprint is not None) is facts.decodes
    small = thumbnail_for_report(data)
    assert (small is not None) is facts.decodes
    assert small is None or len(small) < 100_000


@fuzzed("texts in TOML", TEXTS)
def test_a_text_in_toml(text: str) -> None:
    with_text = f"x = '''{text}'''\n[[a.{text}]]\n{text} = 1"
    key_lines(with_text)
    try:
        read_toml(with_text)
    except ValueError as problem:
        assert str(problem)
