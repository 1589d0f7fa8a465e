"""`image`: a photo, or a folder of them, checked before the upload, and correct copies of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode, gravest, of_state
from troubleshooter.cli.options import language_option, rules_option
from troubleshooter.diagnose.picture_result import PictureReport
from troubleshooter.diagnose.uploads import uploads
from troubleshooter.render.language import Language, language


class Route(click.ParamType[str]):
    """The id of a way to upload. The table is read only when the option is used or helped with."""

    name = "way"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The id; a usage error when there is no such way."""
        known = [route.id for route in uploads().routes]
        if value not in known:
            self.fail(f"{value!r} is none of {', '.join(known)}", param, ctx)
        return str(value)


@click.command("image")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE|DIR")
@click.option(
    "--route",
    type=Route(),
    default="microsoft-365",
    show_default=True,
    metavar="WAY",
    help="How the photo will be uploaded, whose limits decide: microsoft-365, no-mailbox, entra, "
    "active-directory, exchange-server, sharepoint.",
)
@click.option("--write", is_flag=True, help="Write a correct copy beside each picture: NAME.photo.jpg.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Write the copy as this file, or the copies into this folder.",
)
@click.option(
    "--crop",
    default="centre",
    show_default=True,
    metavar="centre|top|pad|X,Y,SIZE",
    help="How the copy becomes square: cut from the middle or from the top, white edges, or this square.",
)
@click.option("--force", is_flag=True, help="Replace copies that exist. The pictures themselves never are.")
@click.option(
    "--people",
    "people_file",
    type=click.Path(path_type=Path),
    default=None,
    help="CSV or list of people; says whose photo each file is by its name, and who has none.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Also write a line for each picture into this file.",
)
@language_option()
@rules_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(path: Path, **values: Any) -> int:
    """Check a photo before the upload: what each store does with it, and by whose word.

    FILE is judged by the same rules as a photo in Microsoft 365. Of a DIR every picture is looked at, folders
    inside it are not. Nothing is sent anywhere. With --write or -o a copy is made that every store takes:
    square, upright, JPEG in sRGB of 648 x 648 pixels, without metadata, never enlarged; the exit code is
    then that of the copies. Exit code 1 when one would not work, 3 when one could not be looked into, as
    with HEIC.

    \b
    Example:
      photo-troubleshooter image adele.png
      photo-troubleshooter image adele.png --write --crop top
      photo-troubleshooter image photos --csv photos.csv
    """
    from troubleshooter.cli.image_work import Work, look

    speak = language(values["lang"] or preferred_language())
    work = Work.of(path, values, speak)
    reports = list(look(work))
    if values["csv_file"]:
        _write_csv(values["csv_file"], reports)
    if values["as_json"]:
        click.echo(json.dumps(_data(work, reports, speak), indent=2))
    elif not values["quiet"]:
        for line in _lines(work, reports, speak):
            click.echo(printable(line))
        if values["csv_file"]:
            click.echo(printable(speak.text("Written: {path}", path=str(values["csv_file"]))))
    return gravest([ExitCode.FINE, *(of_state(report.state) for report in reports)])


def _write_csv(path: Path, reports: Sequence[PictureReport]) -> None:
    from troubleshooter.cli.output import streamed
    from troubleshooter.render.picture import csv_lines

    with streamed(path) as file:
        file.writelines(csv_lines(reports, uploads()))


def _lines(work: Any, reports: Sequence[PictureReport], speak: Language) -> Iterator[str]:
    from troubleshooter.render import picture

    if not work.folder:
        yield from picture.lines(reports[0], work.route.id, speak)
        return
    yield from picture.table(reports, speak)
    yield ""
    yield from picture.summary(reports, work.others, speak)
    yield from work.people_lines(speak)


def _data(work: Any, reports: Sequence[PictureReport], speak: Language) -> dict[str, Any]:
    from troubleshooter.render import picture

    return {
        "schema": picture.SCHEMA,
        "route": work.route.id,
        "checked_on": uploads().checked_on,
        "passed_over": work.others,
        "people_without_picture": list(work.without_picture),
        "pictures": [picture.data(report, speak) for report in reports],
    }
