"""The served photo held against SharePoint's thumbnail: facts of `comparison`."""

from __future__ import annotations

from troubleshooter.collect import details
from troubleshooter.collect.classify import gap, inherit, miss_all
from troubleshooter.collect.compare import compare, compare_mark, compare_marks
from troubleshooter.collect.values import not_applicable, state
from troubleshooter.evidence.record import EvidenceBuilder, GapReason, Picture

MATCHES, DISTANCE = "comparison.sharepoint_matches_photo", "comparison.distance"
# Where one picture is known not to exist there is nothing to compare, and nothing is missing either.
_NOTHING = ("photo.present", "sharepoint.profile_exists", "sharepoint.thumbnails_present")
_WITNESSES = (
    "photo.decodes",
    "photo.present",
    "sharepoint.thumbnail_fingerprint",
    "sharepoint.thumbnails_present",
)


def read_comparison(
    builder: EvidenceBuilder,
    photo: Picture | None,
    thumbnail: Picture | None,
    marks: tuple[str, str] = ("", ""),
) -> None:
    """State the comparison, or pass on why one of the pictures is missing. Read both stores first.

    `marks` are fingerprints of pictures that could not have been turned or filled in another way, else ''.
    Where the photo has one its bytes are not needed, and neither are the thumbnail's where both have.
    """
    if any(builder.known(path) is False for path in _NOTHING):
        miss_all(builder, [MATCHES, DISTANCE], not_applicable(details.NOTHING_TO_COMPARE))
        return
    if photo is None or thumbnail is None:
        cause = next((path for path in _WITNESSES if builder.gap(path)), _WITNESSES[0])
        inherit(builder, [MATCHES, DISTANCE], cause, details.NOTHING_TO_COMPARE)
        return
    mark, other = marks
    if mark and other:
        result = compare_marks(mark, other)
    elif mark:
        result = compare_mark(mark, thumbnail.data)
    else:
        result = compare(photo.data, thumbnail.data)
    undecoded = gap(GapReason.UNREADABLE, details.NOT_DECODED)
    state(builder, DISTANCE, undecoded if result.distance is None else result.distance, "")
    grey = undecoded if result.distance is None else gap(GapReason.UNREADABLE, details.GREY_ZONE)
    state(builder, MATCHES, grey if result.matches is None else result.matches, "")
