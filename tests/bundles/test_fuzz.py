"""Whatever the bytes of a bundle are, reading it gives people or the one documented family of errors."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from troubleshooter.errors import RunFailed
from troubleshooter.evidence.bundle import Made
from troubleshooter.evidence.bundle_read import Bundle
from troubleshooter.evidence.bundle_write import BundleWriter
from troubleshooter.evidence.record import Collected, EvidenceBuilder, Picture

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
EDITS = st.lists(st.tuples(st.integers(0), st.integers(0, 255), st.booleans()), min_size=1, max_size=6)
ANY = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small good bundle."""
    written = io.BytesIO()
    made = Made("bundle", datetime(2026, 11, 22, tzinfo=UTC), "1.0")
    with BundleWriter(written, made, tmp_path_factory.mktemp("fuzz")) as writer:
        for number in range(2):
            builder = EvidenceBuilder()
            builder.know("person.user_principal_name", f"person{number}@contoso.example")
            pictures = {"photo": Picture("photo", "image/jpeg", b"not really" * 9, 3, 3)}
            writer.add(Collected(builder.build(), MappingProxyType(pictures)))
        writer.finish()
    return written.getvalue()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that every example is written into."""
    return tmp_path_factory.mktemp("fuzz") / "fuzzed.zip"


def read_all(file: Path, data: bytes) -> int:
    """Read everything of a bundle; how many people came, -1 when it was refused."""
    file.write_bytes(data)
    try:
        with Bundle(file) as bundle:
            list(bundle.entries())
            return len(list(bundle.people()))
    except RunFailed as error:
        refusal = error
    assert refusal.what.format(**refusal.values)
    assert refusal.remedy.format(**refusal.values)
    return -1


def test_the_good_bundle_is_read(whole: bytes, file: Path) -> None:
    assert read_all(file, whole) == 2


@ANY
@given(edits=EDITS, cut=st.integers(0, 40))
def test_changed_lost_and_added_bytes(whole: bytes, file: Path, edits: Any, cut: int) -> None:
    data = bytearray(whole)
    for place, value, insert in edits:
        if insert:
            data.insert(place % len(data), value)
        else:
            data[place % len(data)] = value
    assert read_all(file, bytes(data[: len(data) - cut])) in (-1, 2)


@ANY
@given(data=st.binary(max_size=400))
def test_any_bytes_behind_the_mark_of_a_zip_file(file: Path, data: bytes) -> None:
    assert read_all(file, b"PK\x03\x04" + data) == -1
    assert read_all(file, data + b"PK\x05\x06" + data[:18]) == -1


def packed(files: dict[str, bytes], *, seal: bool = True) -> bytes:
    """A ZIP file of these, the manifest's hashes fitting."""
    if seal:
        manifest = json.loads(files["manifest.json"])
        manifest["files"] = [
            {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
            if name != "manifest.json"
        ]
        files = {**files, "manifest.json": json.dumps(manifest).encode()}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a ZIP file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@ANY
@given(value=JSON, pick=st.integers(0), deeper=st.integers(0))
def test_a_manifest_with_any_value_in_any_place(
    whole: bytes, file: Path, value: Any, pick: int, deeper: int
) -> None:
    files = unpacked(whole)
    manifest = json.loads(files["manifest.json"])
    keys = list(manifest)
    key = keys[pick % len(keys)]
    inner = manifest[key]
    if deeper % 2 and isinstance(inner, list) and inner and isinstance(inner[0], dict):
        inner[0][list(inner[0])[deeper % len(inner[0])]] = value
    else:
        manifest[key] = value
    files["manifest.json"] = json.dumps(manifest).encode()
    assert read_all(file, packed(files, seal=False)) in (-1, 2)


@ANY
@given(value=JSON, pick=st.integers(0), name=st.sampled_from(["people.jsonl", "evidence.jsonl"]))
def test_a_line_with_any_value_in_any_place_and_hashes_that_fit(
    whole: bytes, file: Path, value: Any, pick: int, name: str
) -> None:
    files = unpacked(whole)
    first, rest = files[name].split(b"\n", 1)
    line = json.loads(first)
    keys = list(line)
    line[keys[pick % len(keys)]] = value
    files[name] = json.dumps(line).encode() + b"\n" + rest
    assert read_all(file, packed(files)) in (-1, 2)


@ANY
@given(
    line=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()), name=st.integers(0, 1)
)
def test_any_line_where_people_are_told_of(whole: bytes, file: Path, line: bytes, name: int) -> None:
    files = unpacked(whole)
    files[("people.jsonl", "evidence.jsonl")[name]] = line
    assert read_all(file, packed(files)) == -1


@ANY
@given(
    name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
)
def test_any_further_file_name(whole: bytes, file: Path, name: str) -> None:
    files = unpacked(whole)
    if name in files:
        return
    assert read_all(file, packed({**files, name: b"x"})) in (-1, 2)
