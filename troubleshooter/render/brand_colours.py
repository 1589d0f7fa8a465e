"""A company's colours: custom properties of the pages, refused where a text could not be read any more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

THEMES: Final = ("light", "dark")
READABLE: Final = 4.5
"""The least contrast of text and ground, WCAG 2.2 success criterion 1.4.3."""

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_PROPERTY = re.compile(r"--([a-z-]+):\s*(#[0-9a-fA-F]{3,6})\s*;")
_ROOT = re.compile(r":root\s*\{([^}]*)\}")
_STATES = ("problem", "way", "fine", "undecided")
_GROUNDS = ("paper", "wash", *(f"{state}-wash" for state in _STATES))
# What is written on what: every first colour must be readable on all the others.
_ON: Mapping[str, tuple[str, ...]] = {
    "ink": _GROUNDS,
    "soft": _GROUNDS,
    "link": _GROUNDS,
    **{state: ("paper", f"{state}-wash") for state in _STATES},
    "on-sign": (),
}
ACCENT: Final = "accent"
"""The line below the header: decoration, so it may have any colour."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text colour and a ground that are too much alike; `changed` is the one of them to look at."""

    text: str
    ground: str
    ratio: float
    changed: str


@lru_cache(maxsize=1)
def palettes() -> Mapping[str, Mapping[str, str]]:
    """Our own colours by theme, as the style sheet has them: the one for light first."""
    sheet = (resources.files("troubleshooter.reports") / "report.css").read_text(encoding="utf-8")
    roots = [dict(_PROPERTY.findall(body)) for body in _ROOT.findall(sheet)]
    return dict(zip(THEMES, roots, strict=False))


def names() -> tuple[str, ...]:
    """The colours that may be set, as `brand.toml` calls them."""
    return (*(name.replace("-", "_") for name in palettes()["light"]), ACCENT)


def is_colour(value: object) -> bool:
    """`#rgb` or `#rrggbb`: nothing else, so that nothing else reaches the style sheet."""
    return isinstance(value, str) and _COLOUR.fullmatch(value) is not None


def unreadable(theme: str, own: Mapping[str, str]) -> Iterator[Unreadable]:
    """Every pair that a company's colours leave without enough contrast."""
    colours = {**palettes()[theme], **{name.replace("_", "-"): value for name, value in own.items()}}
    changed = {name.replace("_", "-") for name in own}
    for text, ground in _pairs():
        ratio = contrast(colours[text], colours[ground])
        if ratio < READABLE and (text in changed or ground in changed):
            culprit = text if text in changed else ground
            yield Unreadable(_key(text), _key(ground), ratio, _key(culprit))


def _pairs() -> Iterator[tuple[str, str]]:
    for text, grounds in _ON.items():
        for ground in grounds:
            yield text, ground
    for state in _STATES:
        yield "on-sign", state


def _key(name: str) -> str:
    return name.replace("-", "_")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def style_sheet(own: Mapping[str, Mapping[str, str]]) -> str:
    """The colours as custom properties. Paper keeps ours: it is always white."""
    parts = []
    for theme in THEMES:
        colours = own.get(theme)
        if colours:
            body = " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in colours.items())
            medium = "screen" if theme == "light" else "screen and (prefers-color-scheme: dark)"
            parts.append(f"@media {medium} {{ :root {{ {body} }} }}")
    return "\n".join(parts)
