"""The last look before a redacted bundle leaves: a name in any corner of the finished file is found."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.bundles.conftest import Bundled
from troubleshooter.cli.bundle_write import our_sentences
from troubleshooter.evidence.bundle import BundleError
from troubleshooter.evidence.bundle_read import Bundle
from troubleshooter.evidence.known import Known
from troubleshooter.evidence.leaks import refuse_leaks
from troubleshooter.evidence.names import Names
from troubleshooter.evidence.pseudonyms import Pseudonyms
from troubleshooter.evidence.redact import Redactor
from troubleshooter.evidence.spool import Spool

NAME = "Rita Supek"
Plant = Callable[[zipfile.ZipFile], None]


@pytest.fixture(scope="module")
def names(bundle: Bundled) -> Names:
    """Every name that the tenant's evidence knows."""
    with Bundle(bundle.path) as opened:
        people = [person.evidence for person in opened.people()]
    return Known(lambda: people, (), (), Pseudonyms(), our_sentences(), texts=(), urls=()).names


def planted(redacted: Bundled, plant: Plant) -> io.BytesIO:
    """The redacted bundle with something more in it."""
    copy = io.BytesIO(redacted.path.read_bytes())
    with zipfile.ZipFile(copy, "a") as archive:
        plant(archive)
    return copy


def jpeg(**exif: str) -> bytes:
    """A picture whose EXIF fields, by number, hold texts."""
    written, data = io.BytesIO(), Image.Exif()
    for tag, value in exif.items():
        number = int(tag.removeprefix("t"), 16)
        # XPAuthor and its kin are UTF-16: https://exiftool.org/TagNames/EXIF.html
        data[number] = value.encode("utf-16-le") if number >= 0x9C00 else value
    Image.new("RGB", (8, 8)).save(written, "JPEG", exif=data)
    return written.getvalue()


def png(*, compressed: bool) -> bytes:
    """A picture with a comment in its metadata."""
    written, info = io.BytesIO(), PngInfo()
    info.add_text("Comment", f"Portrait of {NAME}, 2026", zip=compressed)
    Image.new("RGB", (8, 8)).save(written, "PNG", pnginfo=info)
    return written.getvalue()


def in_file(name: str, data: bytes) -> Plant:
    """A further file."""
    return lambda archive: archive.writestr(name, data)


def comment(archive: zipfile.ZipFile) -> None:
    archive.comment = b"made by rita.supek@contoso.example"


def member_comment(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("x.txt")
    info.comment = b"supek"
    archive.writestr(info, b"")


def extra(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("x.txt")
    info.extra = b"\x99\x99\x0a\x00RITA SUPEK"
    archive.writestr(info, b"")


PLANTS: dict[str, Plant] = {
    "plain text": in_file("run.log", b"12:00 asked for rita.supek@contoso.example\n"),
    "a surname alone": in_file("run.log", b"12:00 supek: 404\n"),
    "capitals and no blanks": in_file("run.log", b"C:\\photos\\RITASUPEK.jpg"),
    "without accents": in_file("run.log", b"Sime Zoric wrote"),
    "percent-encoded": in_file("run.log", b"GET /users/rita%2Esupek%2540contoso.example"),
    "HTML": in_file("run.log", b"<b>&#82;ita &#83;upek</b>"),
    "base64": in_file("run.log", b"token " + base64.b64encode(b'{"upn": "rita.supek"}')),
    "a JSON value": in_file("x.json", json.dumps({"a": ["\u0052ita Supek"]}, ensure_ascii=True).encode()),
    "a JSON key": in_file("x.json", json.dumps({"rita.supek@contoso.example": 1}).encode()),
    "a line of JSON Lines": in_file("x.jsonl", b'{"a": 1}\n{"a": "Supek, Rita"}\n'),
    "the tenant's own word in a host": in_file("run.log", b"https://contoso-my.sharepoint.com/"),
    "an object id without hyphens": in_file("run.log", b"ID"),
    "a file name": in_file("pictures/rita_supek_contoso_example_LThumb.jpg", b""),
    "the comment of the archive": comment,
    "the comment of a file": member_comment,
    "the extra field of a file": extra,
    "EXIF artist": in_file("p.jpg", jpeg(t13b=NAME)),
    "EXIF author in UTF-16": in_file("p.jpg", jpeg(t9c9d=NAME)),
    "a PNG comment": in_file("p.png", png(compressed=False)),
    "a compressed PNG comment": in_file("p.png", png(compressed=True)),
    "UTF-16 text in binary data": in_file("p.bin", b"\xff\xfe\x00\x01" + NAME.encode("utf-16-be") + b"\xff"),
}


@pytest.mark.parametrize("where", PLANTS)
def test_a_name_is_found_and_the_error_does_not_repeat_it(
    where: str, redacted: Bundled, names: Names, bundle: Bundled
) -> None:
    plant = PLANTS[where]
    if where == "an object id without hyphens":
        with Bundle(bundle.path) as opened:
            some = next(opened.people()).evidence.person.id or ""
        plant = in_file("run.log", some.replace("-", "").upper().encode())
    with pytest.raises(BundleError) as refusal:
        refuse_leaks(planted(redacted, plant), names, our_sentences())
    told = str(refusal.value).lower()
    assert "was not written" in told
    assert "supek" not in told
    assert "rita" not in told


def test_a_redacted_bundle_and_harmless_additions_pass(redacted: Bundled, names: Names) -> None:
    harmless = in_file("run.log", b"12:00 GET /users/photo 404 ImageNotFound; sharepoint.example; image/jpeg")
    refuse_leaks(planted(redacted, harmless), names, {*our_sentences(), "HR", "RGB"})


def test_a_bundle_with_names_does_not_pass(bundle: Bundled, names: Names) -> None:
    with pytest.raises(BundleError):
        refuse_leaks(io.BytesIO(bundle.path.read_bytes()), names, our_sentences())


def test_many_people_of_one_first_name_are_told_apart(tmp_path: Path, bundle: Bundled) -> None:
    known = Names(())
    for number in range(2000):
        known.add(f"Ana Marić{number:04d}", "name", f"Person{number}")
    replaced = known.replace("Ana Marić0007, ANA MARIC1999 and Ana Nobody", lambda made, value, kind: None)
    assert replaced == "Person7, Person1999 and Ana Nobody"
    with Bundle(bundle.path) as opened, Spool(tmp_path) as spool:
        for person in opened.people():
            spool.add(person)
        redactor = Redactor(spool.read)
        assert len(list(redactor.people("b"))) == spool.people
