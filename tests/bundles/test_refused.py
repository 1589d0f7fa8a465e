"""Bundles that strangers made or the way damaged: each is refused by the real command, in plain words."""

from __future__ import annotations

import hashlib
import json
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.bundles.conftest import Bundled
from tests.cli.program import Done, run

Files = dict[str, bytes]


@dataclass(frozen=True)
class Forged:
    """A bundle taken apart: change `files`, then `write` packs it again, with fitting hashes if wanted."""

    files: Files
    path: Path

    def manifest(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the manifest."""
        data = json.loads(self.files["manifest.json"])
        change(data)
        self.files["manifest.json"] = json.dumps(data).encode()

    def sealed(self) -> None:
        """Make the hashes fit, as somebody does who forges with care."""
        others = {name: data for name, data in self.files.items() if name != "manifest.json"}

        def seal(data: dict[str, Any]) -> None:
            data["files"] = [
                {"name": name, "size": len(one), "sha256": hashlib.sha256(one).hexdigest()}
                for name, one in others.items()
            ]

        self.manifest(seal)

    def write(self, change: Callable[[zipfile.ZipInfo], None] = lambda info: None) -> Path:
        """Pack it; `change` may alter what the archive says of each file."""
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.files.items():
                info = zipfile.ZipInfo(name)
                info.compress_type = zipfile.ZIP_DEFLATED
                change(info)
                archive.writestr(info, data)
        return self.path


@pytest.fixture
def forged(bundle: Bundled, tmp_path: Path) -> Forged:
    """The shared bundle, taken apart."""
    with zipfile.ZipFile(bundle.path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return Forged(files, tmp_path / "forged.zip")


def refused(path: Path, words: str) -> None:
    """`analyze` refuses it with these words and nothing else."""
    _refused(run("analyze", str(path), "--lang", "en"), words)


def _refused(done: Done, words: str) -> None:
    assert done.code == 4, done.stdout
    assert done.stdout == ""
    assert done.stderr.startswith("Error: "), done.stderr
    assert "\nTry: " in done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_every_command_that_reads_bundles_refuses_a_bad_one_and_writes_nothing(forged: Forged) -> None:
    forged.files["run-me.exe"] = b"MZ"
    path, out = forged.write(), forged.path.with_name("out.zip")
    for arguments in (
        ("bundle", "show", str(path)),
        ("collect", "--from", str(path), "-o", str(out)),
        ("collect", "--from", str(path), "--redact", "-o", str(out)),
    ):
        _refused(run(*arguments, "--lang", "en"), "run-me.exe does not belong into a bundle")
    assert sorted(one.name for one in path.parent.iterdir()) == ["forged.zip"]


def test_a_repacked_bundle_that_was_not_changed_is_taken(forged: Forged, bundle: Bundled) -> None:
    path = forged.write()
    assert run("analyze", str(path), "--json").stdout == run("analyze", str(bundle.path), "--json").stdout


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "pictures/../../evil",
        "/etc/passwd",
        "C:\\evil.txt",
        "pictures\\..\\..\\evil",
        "..\\evil",
    ],
)
def test_a_name_that_leads_out_of_the_bundle_is_refused(forged: Forged, name: str) -> None:
    forged.files[name] = b"x"
    forged.sealed()
    refused(forged.write(), "leads out of the bundle")
    assert sorted(path.name for path in forged.path.parent.iterdir()) == ["forged.zip"]


def test_a_link_is_refused(forged: Forged) -> None:
    def link(info: zipfile.ZipInfo) -> None:
        if info.filename.startswith("pictures/"):
            info.external_attr = (stat.S_IFLNK | 0o777) << 16

    refused(forged.write(link), "no ordinary file but a link or a device")


def test_a_file_that_no_bundle_has_is_refused(forged: Forged) -> None:
    forged.files["run-me.exe"] = b"MZ"
    forged.sealed()
    refused(forged.write(), "run-me.exe does not belong into a bundle")


def test_a_file_that_unpacks_to_a_multiple_of_its_size_is_refused(forged: Forged) -> None:
    forged.files["README.txt"] = b" " * 64 * 1024**2
    forged.sealed()
    refused(forged.write(), "as a zip bomb does")


def test_more_than_a_gigabyte_in_all_is_refused_before_anything_is_unpacked(forged: Forged) -> None:
    path = forged.write()
    # Only the list of files lies: each of many pictures claims to be very large.
    data = bytearray(path.read_bytes())
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into("<II", data, place + 20, 15 * 1024**2, 60 * 1024**2)
        place = data.find(b"PK\x01\x02", place + 46)
    path.write_bytes(bytes(data))
    refused(path, "would unpack to more than 1024 MB")


def test_too_many_files_are_refused_before_they_are_listed(forged: Forged) -> None:
    with zipfile.ZipFile(forged.path, "w") as archive:
        for number in range(50_001):
            archive.writestr(f"pictures/{number:05d}/photo.jpg", b"")
    refused(forged.path, "lists more than 50000 files")


def test_a_list_of_files_that_claims_to_be_endless_is_refused(forged: Forged) -> None:
    path = forged.write()
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, len(data) - 22 + 12, 0xFFFFFFF0)
    path.write_bytes(bytes(data))
    refused(path, "lists more than")


def test_a_changed_file_is_refused_because_its_hash_does_not_fit(forged: Forged) -> None:
    evidence = forged.files["evidence.jsonl"]
    forged.files["evidence.jsonl"] = evidence.replace(b'"HR"', b'"SI"', 1)
    assert forged.files["evidence.jsonl"] != evidence
    refused(forged.write(), "evidence.jsonl is not what was written: its check sum does not fit")


def test_a_changed_picture_is_refused_because_its_hash_does_not_fit(forged: Forged) -> None:
    name = next(name for name in forged.files if name.startswith("pictures/"))
    forged.files[name] = forged.files[name][:-1] + b"?"
    refused(forged.write(), f"{name} is not what was written")


def test_a_file_that_the_manifest_does_not_know_is_refused(forged: Forged) -> None:
    forged.files["pictures/0001/other.jpg"] = b"x"
    refused(forged.write(), "the manifest does not know of pictures/0001/other.jpg")


@pytest.mark.parametrize("name", ["evidence.jsonl", "people.jsonl", "README.txt"])
def test_a_missing_file_is_refused(forged: Forged, name: str) -> None:
    del forged.files[name]
    refused(forged.write(), f"{name} is missing")


def test_a_picture_that_people_jsonl_names_and_nobody_packed_is_refused(forged: Forged) -> None:
    name = next(name for name in forged.files if name.startswith("pictures/"))
    del forged.files[name]
    forged.sealed()
    done = run("analyze", str(forged.write()), "--lang", "en")
    assert done.code == 4
    assert f"{name} is missing" in done.stderr


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused(forged: Forged) -> None:
    path = forged.write()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("evidence.jsonl", b"{}")
    refused(path, "evidence.jsonl is in it twice")


def test_an_encrypted_file_is_refused(forged: Forged) -> None:
    path = forged.write()
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(mark, place + 30)
    path.write_bytes(bytes(data))
    refused(path, "is encrypted")


def test_another_compression_is_refused(forged: Forged) -> None:
    def packed(info: zipfile.ZipInfo) -> None:
        info.compress_type = zipfile.ZIP_BZIP2

    refused(forged.write(packed), "compressed in a way that bundles are not")


@pytest.mark.parametrize("key", ["format", "evidence_schema"])
def test_a_newer_bundle_says_which_version_reads_it(forged: Forged, key: str) -> None:
    def newer(data: dict[str, Any]) -> None:
        data[key] = data[key].rpartition("/")[0] + "/2"

    forged.manifest(newer)
    refused(forged.write(), "was written by a newer version of the program")


@pytest.mark.parametrize("manifest", [b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}', b"null"])
def test_a_manifest_that_is_none_is_refused(forged: Forged, manifest: bytes) -> None:
    forged.files["manifest.json"] = manifest
    refused(forged.write(), "the manifest is not one of this program")


def test_no_manifest_is_refused(forged: Forged) -> None:
    del forged.files["manifest.json"]
    refused(forged.write(), "has no manifest.json")


def test_another_number_of_people_is_refused(forged: Forged) -> None:
    lines = forged.files["people.jsonl"].splitlines(keepends=True)
    forged.files["people.jsonl"] = b"".join(lines[:-1])
    forged.sealed()
    done = run("bundle", "show", str(forged.write()), "--json", "--lang", "en")
    assert (done.code, done.stdout) == (4, "")
    assert "different numbers of people" in done.stderr


def test_evidence_of_no_known_shape_is_refused_with_its_line(forged: Forged) -> None:
    forged.files["evidence.jsonl"] = b'{"schema": "something/else"}\n'
    forged.sealed()
    done = run("analyze", str(forged.write()), "--json", "--lang", "en")
    assert (done.code, done.stdout) == (4, "")
    assert "evidence.jsonl, line 1" in done.stderr


@pytest.fixture
def cuts(bundle: Bundled) -> Iterator[int]:
    """Where a transfer may break off."""
    size = bundle.path.stat().st_size
    return iter([0, 1, 4, 30, size // 3, size - 23, size - 1])


def test_a_cut_off_bundle_is_refused_wherever_it_was_cut(
    bundle: Bundled, cuts: Iterator[int], tmp_path: Path
) -> None:
    path, data = tmp_path / "cut.zip", bundle.path.read_bytes()
    for cut in cuts:
        path.write_bytes(data[:cut])
        done = run("analyze", str(path), "--lang", "en")
        assert done.code == 4
        assert "is not a bundle, or it is damaged or cut off" in done.stderr


def test_what_is_no_zip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.zip"
    path.write_bytes(b"\xff\xd8\xff\xe0 not a bundle at all" * 100)
    refused(path, "is not a bundle, or it is damaged or cut off")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.zip", "nothing.zip cannot be read")


def test_a_zip_file_of_another_name_is_known_by_its_first_bytes(bundle: Bundled, tmp_path: Path) -> None:
    path = tmp_path / "attachment.bin"
    path.write_bytes(bundle.path.read_bytes())
    assert run("analyze", str(path), "--quiet").code == 1


def test_refusals_speak_croatian(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"nothing")
    assert "nije paket" in run("analyze", str(path), "--lang", "hr").stderr
