"""What can be wrong with a bundle: what happened, what to try. `file` is the bundle."""

from __future__ import annotations

Fault = tuple[str, str]

DAMAGED = (
    "{file} is not a bundle, or it is damaged or cut off.",
    "Have it sent again, as a file, and compare its size with the sender's.",
)
UNREADABLE = ("{file} cannot be read: {why}.", "Check its name and its permissions.")
FULL = (
    "One bundle cannot hold so many people; it was full after {people}.",
    "Collect fewer at a time: name some of them, or divide the tenant with --where.",
)
NOBODY = (
    "There is nobody to put into a bundle.",
    "Look at the filter and at the files given; nothing was written.",
)
LEAK = (
    "The redacted bundle was not written: {places} would still hold a known name ({kinds}).",
    "Please report this; until then send no bundle, or one without --redact if you may.",
)
NAMED_FILE = (
    "The file name of the redacted bundle holds a known name ({kinds}).",
    "Give another name with -o; nothing was written.",
)
TOO_LARGE = ("{file} is larger than {limit} MB.", "Ask for several bundles with fewer people each.")
TOO_MANY = ("{file} lists more than {limit} files.", "Ask for several bundles with fewer people each.")
TOO_LARGE_INSIDE = (
    "{file} would unpack to more than {limit} MB.",
    "Do not open it; ask its sender for several bundles with fewer people each.",
)
BOMB = (
    "{file}: {name} would unpack to more than {limit} times its size, as a zip bomb does.",
    "Do not open it; ask its sender how it was made.",
)
LARGE_MEMBER = (
    "{file}: {name} is larger than {limit} MB.",
    "Do not open it; ask its sender how it was made.",
)
OUTSIDE = (
    "{file}: the file name {name} leads out of the bundle.",
    "Do not open it; ask its sender how it was made.",
)
NO_FILE = (
    "{file}: {name} is no ordinary file but a link or a device.",
    "Do not open it; ask its sender how it was made.",
)
UNEXPECTED = (
    "{file}: {name} does not belong into a bundle.",
    "Have the bundle sent as the program wrote it, without unpacking and packing it again.",
)
TWICE = (
    "{file}: {name} is in it twice.",
    "Have the bundle sent as the program wrote it, without unpacking and packing it again.",
)
ENCRYPTED = (
    "{file}: {name} is encrypted.",
    "Have the bundle sent as the program wrote it; protect it on the way by other means.",
)
PACKED = (
    "{file}: {name} is compressed in a way that bundles are not.",
    "Have the bundle sent as the program wrote it, without unpacking and packing it again.",
)
NO_MANIFEST = (
    "{file} has no manifest.json, so it is no bundle of this program.",
    "Give a file that `photo-troubleshooter collect` wrote.",
)
BAD_MANIFEST = (
    "{file}: the manifest is not one of this program ({part}).",
    "Give a file that `photo-troubleshooter collect` wrote.",
)
NEWER = (
    "{file} was written by a newer version of the program ({found}); this one reads {known}.",
    "Update photo-troubleshooter, or ask for a bundle of this version.",
)
OLDER = (
    "{file} was written by an older version of the program ({found}); this one reads {known}.",
    "Use the version of the program that wrote it, or collect it again.",
)
ABSENT = ("{file}: {name} is missing.", "The bundle is not whole: have it sent again.")
UNLISTED = (
    "{file}: the manifest does not know of {name}.",
    "Have the bundle sent as the program wrote it, without unpacking and packing it again.",
)
WRONG_HASH = (
    "{file}: {name} is not what was written: its check sum does not fit.",
    "The bundle was damaged or changed: have it sent again.",
)
OTHER_PEOPLE = (
    "{file}: manifest and evidence speak of different numbers of people.",
    "Have the bundle collected again.",
)
BAD_MAP = (
    "{file} is not the private map of a redacted bundle.",
    "Give the file that was written beside the bundle; its name ends in .map.json.",
)
NO_TEXT = (
    "{file} is not UTF-8 text.",
    "Give a report, a letter or a result that `photo-troubleshooter analyze` wrote.",
)
OTHER_MAP = (
    "{file} holds none of the pseudonyms of this map.",
    "Give the map of the bundle that the report was made from; each bundle has its own.",
)
BAD_JSON = (
    "{file} is not JSON.",
    "Give a report, a letter or a result that `photo-troubleshooter analyze` wrote.",
)
