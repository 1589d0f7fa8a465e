"""Making other people's text harmless: names and addresses are hostile input in every view."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 160
"""Characters of one value inside a sentence; the facts table always holds the full value."""

# C0 and C1 controls, line and paragraph separators, zero-width and direction-changing characters: they can
# hide text, reverse it, or drive a terminal (https://trojansource.codes/).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# PowerShell takes all of these as a single quote:
# https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
_FSI, _PDI = "\u2068", "\u2069"


def plain(text: str) -> str:
    """The text without characters that control a terminal or change its reading order."""
    return _UNSAFE.sub(" ", text)


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text cut to `longest` characters, with an ellipsis where something is missing."""
    return text if len(text) <= longest else text[: longest - 1] + "\u2026"


def isolated(text: str) -> str:
    """Right-to-left text fenced by isolates, so that it cannot reorder the sentence around it."""
    if any(unicodedata.bidirectional(char) in ("R", "AL") for char in text):
        return f"{_FSI}{text}{_PDI}"
    return text


def powershell(value: str) -> str:
    """A PowerShell literal: single-quoted, every kind of single quote doubled, no control characters."""
    return "'" + _SINGLE_QUOTES.sub(lambda found: found.group() * 2, _UNSAFE.sub("", value)) + "'"
