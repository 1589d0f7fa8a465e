"""What `image` does: which files, which copies, and a report on each. What can refuse refuses first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from troubleshooter.cli.output import private_directory, write_private_bytes
from troubleshooter.cli.rulebook import rulebook_from
from troubleshooter.collect.picture_copy import Copy, Crop, crop_of, make_copy
from troubleshooter.collect.picture_file import (
    COPY_ENDING,
    NotAFile,
    PictureFile,
    look_into,
    pictures_in,
    read_file,
)
from troubleshooter.collect.picture_names import People, read_people
from troubleshooter.diagnose.picture_check import check_picture
from troubleshooter.diagnose.picture_result import Made, PictureReport
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.uploads import Route, uploads
from troubleshooter.errors import Message, UsageError
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language


class CopyExists(UsageError):
    """A copy would take the place of a file that is there."""


@dataclass(frozen=True, slots=True)
class Work:
    """One run. `targets` says where the copy of each picture goes; empty when none is wanted."""

    files: tuple[Path, ...]
    targets: Mapping[Path, Path]
    folder: bool
    others: int
    crop: Crop
    route: Route
    force: bool
    people: People | None
    rulebook: Rulebook

    @classmethod
    def of(cls, path: Path, values: Mapping[str, Any], speak: Language) -> Work:
        """Settle everything before the first picture is read. UsageError when something does not fit."""
        crop, out = crop_of(values["crop"]), values["out"]
        wanted, folder = bool(values["write"] or out), path.is_dir()
        files, others = pictures_in(path, without_copies=wanted) if folder else ([path], 0)
        if not files:
            raise NotAFile(
                "There are no pictures in {folder}.",
                "Folders inside it are not looked at; name the one that holds the pictures.",
                folder=str(path),
            )
        if folder and crop.way == "box":
            raise UsageError(
                "--crop X,Y,SIZE is for one picture.",
                "Give a file instead of a folder, or --crop centre, top or pad.",
            )
        return cls(
            files=tuple(files),
            targets=_targets(files, out, folder, values["force"]) if wanted else {},
            folder=folder,
            others=others,
            crop=crop,
            route=uploads().route(values["route"]),
            force=values["force"],
            people=read_people(values["people_file"]) if values["people_file"] else None,
            rulebook=rulebook_from(values["rule_directories"], speak),
        )

    @property
    def without_picture(self) -> Sequence[str]:
        """Who of the given people has no picture here."""
        return self.people.without(self.files) if self.people else ()

    def people_lines(self, speak: Language) -> Iterator[str]:
        """What the list of people adds to a folder's summary."""
        if self.people is None:
            return
        missing = self.without_picture
        yield speak.plural(
            "{count} person has no picture here.", "{count} people have no picture here.", len(missing)
        )
        for name in missing[:20]:
            yield f"  {name}"
        if len(missing) > 20:
            yield "  " + speak.text(
                _("... and {count} more; --json names all of them"), count=len(missing) - 20
            )


def look(work: Work) -> Iterator[PictureReport]:
    """Read, judge and copy each picture, one at a time."""
    for path in work.files:
        picture = read_file(path) if not work.folder else _read_or_tell(path)
        made, why_not = _copy(work, picture)
        yield PictureReport(
            file=str(path) if not work.folder else path.name,
            kind=picture.kind,
            named=picture.named,
            problem=picture.problem,
            why=picture.why,
            bits=picture.bits,
            profile=picture.profile,
            metadata=picture.metadata,
            is_blank=picture.facts is not None and picture.facts.is_blank,
            is_default=picture.facts is not None and picture.facts.is_default,
            evidence=picture.evidence,
            check=check_picture(picture.evidence, picture.bits, work.rulebook, uploads(), work.route.id),
            sides=picture.sides,
            copy=made,
            not_made=why_not,
            person=work.people.of(path) if work.people else "",
        )


def _read_or_tell(path: Path) -> PictureFile:
    """One bad file in a folder costs that file alone."""
    try:
        return read_file(path)
    except NotAFile as problem:
        return PictureFile(path, b"", 0, problem="unreadable", why=str(problem.values.get("why", "")))


def _copy(work: Work, picture: PictureFile) -> tuple[Made | None, Message | None]:
    target = work.targets.get(picture.path)
    if target is None:
        return None, None
    copy = make_copy(picture, work.crop, work.route.side, work.route.most_bytes)
    if copy is None:
        return None, Message(_("No copy was written: no picture comes out of the file."), {})
    if not copy.fits:
        told = {"size": len(copy.data), "limit": work.route.most_bytes}
        return None, Message(
            _("No copy was written: even at the lowest quality it has {size} bytes; the limit is {limit}."),
            told,
        )
    private_directory(target.parent)
    write_private_bytes(target, copy.data, replace=work.force)
    return _made(work, target, copy), None


def _made(work: Work, target: Path, copy: Copy) -> Made:
    again = look_into(target, copy.data)
    check = check_picture(again.evidence, again.bits, work.rulebook, uploads(), work.route.id)
    return Made(str(target), copy.side, len(copy.data), copy.quality, copy.changes, check)


def _targets(files: Sequence[Path], out: Path | None, folder: bool, force: bool) -> dict[Path, Path]:
    """Where each copy goes. UsageError when one would replace a picture, or a file without --force."""
    if out is not None and folder and out.exists() and not out.is_dir():
        raise UsageError(
            "{path} is a file, and there are several copies to write.",
            "Give -o a folder.",
            path=str(out),
        )
    if out is not None and not folder and not out.is_dir():
        targets = {files[0]: out}
    else:
        targets = _beside(files, private_directory(out) if out is not None else None)
    for target in targets.values():
        if any(_same(target, one) for one in files):
            raise CopyExists(
                "The copy would take the place of the picture {path} itself.",
                "Give another name with -o.",
                path=str(target),
            )
    there = [target for target in targets.values() if target.exists() or target.is_symlink()]
    if there and not force:
        raise CopyExists(
            "{path} exists already.",
            "Replace copies with --force, or write elsewhere with -o.",
            path=str(there[0]),
        )
    return targets


def _beside(files: Sequence[Path], out: Path | None) -> dict[Path, Path]:
    """`anna.png` becomes `anna.photo.jpg`; where two would share that name, the ending stays in it."""
    stems = [path.stem.lower() for path in files]
    return {
        path: (out or path.parent)
        / ((path.stem if stems.count(path.stem.lower()) == 1 else path.name) + COPY_ENDING)
        for path in files
    }


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
