"""Finding one person's picture files in the User Photos library without listing the whole of it.

The library is on the My Site host; its folder is named in that host's language, so it is looked up when the
profile does not name it. https://learn.microsoft.com/sharepoint/dev/sp-add-ins/working-with-folders-and-files-with-rest
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from troubleshooter.collect import details
from troubleshooter.collect.addresses import DEFAULT_FOLDER, FileAddress, thumbnail_size
from troubleshooter.collect.classify import Reading, gap, sharepoint_json_of
from troubleshooter.collect.clients import SharePoint
from troubleshooter.collect.values import parse_time
from troubleshooter.evidence.record import GapReason
from troubleshooter.transport.answer import Answer

_SELECT = "$select=Name,Length,TimeLastModified"
# The filter is part of the address, which must not grow too long.
_PEOPLE_IN_FILTER = 6
# A folder of more than 5,000 files cannot be listed; asking for a file by its name always works.
_THRESHOLD = "spquerythrottledexception"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of the library. `bytes` is -1 when the listing did not say."""

    name: str
    bytes: int
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose files: `named` is the file the profile names; `stems` are what files may be named after."""

    host: str
    stems: tuple[str, ...]
    named: FileAddress | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a look into the library found. `reading` is a gap when nobody can say whether files are there."""

    wanted: Wanted
    folder: str = ""
    files: tuple[StoredFile, ...] = ()
    reading: Reading = field(default_factory=Reading)
    answers: tuple[Answer, ...] = ()

    @property
    def best(self) -> StoredFile | None:
        """The largest rendition that is there."""
        order = {"L": 0, "M": 1, "S": 2}
        return min(self.files, key=lambda file: order.get(thumbnail_size(file.name), 3), default=None)


class Library:
    """Looks for files; remembers the folder it found for people whose profile names none."""

    def __init__(self, sharepoint: SharePoint) -> None:
        self._sharepoint = sharepoint
        self._folders: dict[str, str] = {}

    def find(self, wanted: Sequence[Wanted]) -> list[Look]:
        """One look for each, in order: by file name, then in the folder, then in a folder of another name."""
        for one in wanted:
            if one.named is not None and one.named.folder:
                self._folders.setdefault(one.host, one.named.folder)
        looks = self._by_name([Look(one, self._folder(one)) for one in wanted])
        looks = self._where(looks, lambda look: not look.files, self._in_folder)
        return self._where(looks, _folder_missing, self._elsewhere)

    def _folder(self, wanted: Wanted) -> str:
        if wanted.named is not None:
            return wanted.named.folder
        return self._folders.get(wanted.host, DEFAULT_FOLDER)

    def _where(self, looks: list[Look], test: Any, look_again: Any) -> list[Look]:
        places = [place for place, look in enumerate(looks) if test(look)]
        for place, look in zip(places, look_again([looks[place] for place in places]), strict=True):
            looks[place] = look
        return looks

    def _ask(self, asked: Sequence[tuple[str, str]]) -> list[Answer]:
        """Answers for (host, url) pairs, one batch for each host, in order."""
        answers: dict[int, Answer] = {}
        for host in dict.fromkeys(host for host, _ in asked):
            places = [place for place, (one, _) in enumerate(asked) if one == host]
            answers.update(
                zip(places, self._sharepoint.batch(host, [asked[place][1] for place in places]), strict=True)
            )
        return [answers[place] for place in range(len(asked))]

    def _by_name(self, looks: Sequence[Look]) -> list[Look]:
        asked = [(number, name) for number, look in enumerate(looks) for name in _names(look.wanted)]
        urls = [
            (looks[n].wanted.host, _file_url(looks[n].wanted.host, looks[n].folder, name))
            for n, name in asked
        ]
        found = list(looks)
        for (number, name), answer in zip(asked, self._ask(urls), strict=True):
            look, reading = found[number], sharepoint_json_of(answer)
            if reading.ok and isinstance(reading.body, dict):
                look = replace(look, files=(*look.files, _stored(reading.body, name)))
            elif not reading.absent:
                look = replace(look, reading=reading)
            found[number] = replace(look, answers=(*look.answers, answer))
        return [replace(look, reading=Reading()) if look.files else look for look in found]

    def _in_folder(self, looks: Sequence[Look]) -> list[Look]:
        """List the folders, filtered to the files of a few people a time."""
        groups: dict[tuple[str, str, int], list[int]] = {}
        for place, look in enumerate(looks):
            groups.setdefault((look.wanted.host, look.folder, place // _PEOPLE_IN_FILTER), []).append(place)
        urls = [
            (host, _files_url(host, folder, [stem for place in places for stem in looks[place].wanted.stems]))
            for (host, folder, _), places in groups.items()
        ]
        answers: dict[int, Answer] = {}
        for places, answer in zip(groups.values(), self._ask(urls), strict=True):
            answers.update(dict.fromkeys(places, answer))
        return [_listed(look, answers[place]) for place, look in enumerate(looks)]

    def _elsewhere(self, looks: Sequence[Look]) -> list[Look]:
        """The default folder is missing: its name is a translated one. Look it up once for each host."""
        moved: list[Look] = []
        for look in looks:
            folder, answer = self._other_folder(look.wanted.host)
            answers = (*look.answers, answer)
            reading = sharepoint_json_of(answer)
            if folder:
                moved.append(Look(look.wanted, folder, answers=answers))
            elif reading.ok or reading.absent:
                moved.append(replace(look, folder="", answers=answers, reading=Reading()))
            else:
                moved.append(replace(look, folder="", answers=answers, reading=reading))
        moved = self._where(moved, lambda look: bool(look.folder), self._by_name)
        return self._where(moved, lambda look: bool(look.folder) and not look.files, self._in_folder)

    def _other_folder(self, host: str) -> tuple[str, Answer]:
        library = DEFAULT_FOLDER.rpartition("/")[0]
        answer = self._sharepoint.get(
            f"https://{host}/_api/web/GetFolderByServerRelativePath(decodedurl={_literal(library)})"
            "/Folders?$select=Name,ServerRelativeUrl"
        )
        names = [str(row.get("Name", "")) for row in _rows(sharepoint_json_of(answer).body)]
        # "Forms" belongs to every library.
        folders = [f"{library}/{name}" for name in names if name and name.lower() != "forms"]
        if folders:
            self._folders[host] = folders[0]
        return (folders[0] if folders else ""), answer


def look_into(wanted: Wanted, folder: str, files: Sequence[StoredFile], answers: tuple[Answer, ...]) -> Look:
    """What `Library.find` would have found, from a list of the whole folder."""
    names = {name.lower() for name in _names(wanted)}
    found = [file for file in files if file.name.lower() in names]
    if not found:
        found = [file for file in files if file_stem(file.name) in {stem.lower() for stem in wanted.stems}]
    return Look(wanted, folder, tuple(found), Reading(), answers)


def file_stem(name: str) -> str:
    """What a thumbnail is named after, in lower case; '' when it is no thumbnail's name."""
    return name.lower()[: -len("_LThumb.jpg")] if thumbnail_size(name) else ""


def _names(wanted: Wanted) -> list[str]:
    """The few files to ask for by name: large and medium, and the one the profile names."""
    if wanted.named is not None:
        stem, named = wanted.named.stem, wanted.named.name
        large = [named[: len(stem)] + "_L" + named[len(stem) + 2 :]] if stem else []
        return list(dict.fromkeys([*large, named]))
    return [f"{stem}_{size}Thumb.jpg" for stem in wanted.stems for size in "LM"]


def _literal(text: str) -> str:
    return "'" + quote(text.replace("'", "''"), safe="/") + "'"


def file_value_url(address: FileAddress) -> str:
    """The REST request for the bytes of a file."""
    path = _literal(address.path)
    return f"https://{address.host}/_api/web/GetFileByServerRelativePath(decodedurl={path})/$value"


def _file_url(host: str, folder: str, name: str) -> str:
    path = _literal(f"{folder}/{name}")
    return f"https://{host}/_api/web/GetFileByServerRelativePath(decodedurl={path})?{_SELECT}"


def _files_url(host: str, folder: str, stems: Sequence[str]) -> str:
    tests = " or ".join("startswith(Name,'{}')".format(stem.replace("'", "''")) for stem in stems)
    return (
        f"https://{host}/_api/web/GetFolderByServerRelativePath(decodedurl={_literal(folder)})/Files"
        f"?{_SELECT}&$filter={quote(tests, safe='(),')}"
    )


def _listed(look: Look, answer: Answer) -> Look:
    look = replace(look, answers=(*look.answers, answer))
    reading = sharepoint_json_of(answer)
    if reading.ok:
        rows = _rows(reading.body)
        if rows is _NO_ROWS:
            return replace(look, reading=gap(GapReason.UNREADABLE, details.WRONG_SHAPE))
        prefixes = tuple(f"{stem.lower()}_" for stem in look.wanted.stems)
        files = [_stored(row, "") for row in rows]
        own = [
            file
            for file in files
            # The service may leave the filter aside, and megan_contoso_com also begins megan_contoso_com_au.
            if thumbnail_size(file.name) and file.name.lower()[: -len("LThumb.jpg")] in prefixes
        ]
        return replace(look, files=tuple(own), reading=Reading())
    if reading.absent:
        return replace(look, reading=Reading(absent=True) if look.reading.ok else look.reading)
    # Names that were not found settle it when the folder is too long to be listed.
    if _THRESHOLD in answer.error_code.lower() and look.reading.ok:
        return look
    return replace(look, reading=reading)


def _folder_missing(look: Look) -> bool:
    return look.reading.absent and look.wanted.named is None


_MOST_DIGITS = 15
_NO_ROWS: list[dict[str, Any]] = []


def _rows(body: object) -> list[dict[str, Any]]:
    rows = body.get("value") if isinstance(body, dict) else body
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else _NO_ROWS


def _stored(row: dict[str, Any], name: str) -> StoredFile:
    return StoredFile(
        str(row.get("Name") or name), byte_count(row.get("Length")), parse_time(row.get("TimeLastModified"))
    )


def byte_count(value: object) -> int:
    """The size of a file as SharePoint writes it, a text or a number; -1 when it is neither."""
    digits = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS else -1
