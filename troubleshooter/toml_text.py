"""TOML from somebody else: one way to read it, with an end to what a short text can cost.

`tomllib` raises more than its documented error, and takes time that grows with the square of a dotted key
(`a.a.a...`), so that a file of 256 kB would keep it busy for minutes.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

LONGEST_KEY = 50
"""Parts of a dotted key; the files of this program never have more than four."""
_LARGEST = 2**63  # https://toml.io/en/v1.0.0#integer
_PART = r"(?:[A-Za-z0-9_-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{LONGEST_KEY}}}")


class TomlFault(tomllib.TOMLDecodeError):
    """What `tomllib` does not report in its own way."""

    def __init__(self, what: str, line: int = 1) -> None:
        ValueError.__init__(self, f"{what} (at line {line}, column 1)")


class TomlTooDeep(TomlFault):
    """Tables or lists inside one another, thousands of times."""


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises tomllib.TOMLDecodeError and nothing else, whatever the text is."""
    long_key = _LONG_KEY.search(text)
    if long_key is not None:
        line = text.count("\n", 0, long_key.start()) + 1
        raise TomlFault(f"Key with more than {LONGEST_KEY} parts", line)
    try:
        data = tomllib.loads(text)
        _check(data)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise TomlTooDeep("Nested too deeply") from None
    except (ValueError, OverflowError) as problem:  # a number of thousands of digits
        raise TomlFault("Number or time that is out of range") from problem
    return data


def _check(value: object) -> None:
    """An integer has 64 bits in TOML; a longer one could not even be written into an error message."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _check(item)
    elif isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        raise OverflowError
