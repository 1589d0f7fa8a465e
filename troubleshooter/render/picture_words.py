"""The words about picture files: what is wrong with one, what is worth knowing, what was done to a copy."""

from __future__ import annotations

from collections.abc import Iterator

from troubleshooter.diagnose.picture_result import Outcome, PictureReport
from troubleshooter.render.labels import marked
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain

_ = marked

KINDS = {
    "jpeg": "JPEG", "png": "PNG", "gif": "GIF", "bmp": "BMP", "webp": "WebP", "heic": "HEIC", "avif": "AVIF",
    "tiff": "TIFF", "svg": "SVG",
}  # fmt: skip
"""Names of kinds of files, the same in every language."""

OUTCOMES: dict[Outcome, str] = {
    Outcome.TAKEN: _("nothing that we know of is in the way"),
    Outcome.NOT_PROMISED: _("no source promises that it works"),
    Outcome.REFUSED_BY_REPORTS: _("refused, by reports from the field"),
    Outcome.REFUSED: _("refused, as documented"),
    Outcome.UNKNOWN: _("we cannot tell, because we could not look into the file"),
}

WORTH: dict[str, str] = {
    "documented": _("documented"),
    "field": _("seen in the field"),
    "uncertain": _("uncertain"),
}

CHANGES: dict[str, str] = {
    "cut": _("cut to a square"),
    "padded": _("made square by white edges"),
    "turned": _("turned upright, so that no note about turning is needed"),
    "reduced": _("made smaller; Microsoft 365 makes no larger size"),
    "not_enlarged": _(
        "not enlarged: the picture has no more pixels, and invented ones would only look blurred"
    ),
    "colours": _("colours converted to sRGB by the profile in the file"),
    "colours_guessed": _(
        "colours converted without a profile that fits them; compare them with the original before you upload"
    ),
    "background": _("transparent parts filled with white"),
    "still": _("only the first frame of the moving picture"),
    "depth": _("16 bits for each colour reduced to 8"),
    "format": _("saved as JPEG"),
    "metadata": _("metadata left out, such as camera, time and place"),
}

_PROBLEMS: dict[str, str] = {
    "empty": _("The file is empty."),
    "html": _(
        "The file is a web page and no picture: perhaps an error page that was saved under a picture's name."
    ),
    "svg": _("The file is a drawing in SVG, and no source says that a store takes it. Export it as JPEG."),
    "not_an_image": _("The file is no picture of a kind that we know."),
    "not_supported": _(
        "This program does not open files of this kind, so nothing more can be said. Microsoft describes "
        "JPEG: save the picture as JPEG and check that."
    ),
    "too_many_pixels": _(
        "The picture has more pixels than this program opens. Save it smaller and check that."
    ),
    "too_large": _(
        "The file is larger than this program opens, and every way to upload refuses it before that."
    ),
    "truncated": _("The file ends too early: a part of the picture is missing."),
    "corrupt": _("The file is damaged: it begins like a picture, and no picture comes out of it."),
    "unreadable": _("The file cannot be read: {why}."),
}
_NOT_OPENED = _(
    "The file is {kind}, which this program cannot open, so nothing more can be said. Microsoft describes "
    "JPEG: save the picture as JPEG and check that."
)


def problem_text(report: PictureReport, speak: Language) -> str:
    """What is wrong with the file itself."""
    if report.problem == "not_supported" and report.kind:
        return speak.text(_NOT_OPENED, kind=KINDS[report.kind])
    return speak.text(_PROBLEMS[report.problem], **({"why": report.why} if report.why else {}))


def notes(report: PictureReport, speak: Language) -> Iterator[str]:
    """What no rule judges and is worth knowing; none of it is documented for any store."""
    if report.named and report.kind and report.named != report.kind:
        yield speak.text(
            _(
                "The name says {named} and the content is {kind}. Pages that look at the name alone may "
                "refuse the file."
            ),
            named=KINDS[report.named],
            kind=KINDS[report.kind],
        )
    if report.profile == "?":
        yield speak.text(_("The file carries a colour profile that cannot be read."))
    elif report.profile not in ("", "sRGB"):
        yield speak.text(
            _("The colours follow the profile {profile}; what passes over it shows them otherwise."),
            profile=plain(report.profile),
        )
    if report.bits > 8:
        yield speak.text(_("The picture has {bits} bits for each colour; photos have 8."), bits=report.bits)
    if "gps" in report.metadata:
        yield speak.text(
            _("The file tells where the photo was taken. Whether the stores remove that is not documented.")
        )
    elif report.metadata:
        yield speak.text(
            _("The file carries metadata ({kinds}). Whether the stores remove it is not documented."),
            kinds=", ".join(one.upper() for one in report.metadata),
        )
    if report.is_default:
        yield speak.text(
            _("The picture is SharePoint's picture for people without a photo, or looks like it.")
        )
    elif report.is_blank:
        yield speak.text(_("The picture is nearly one flat colour."))
