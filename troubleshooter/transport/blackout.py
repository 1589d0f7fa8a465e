"""Taking secrets out of what a service said, before anybody sees it."""

from __future__ import annotations

import re

BLACK = "***"
_NAMES = (
    "access_token|refresh_token|id_token|client_secret|client_assertion|assertion|device_code|code_verifier"
    "|password|client_info|authorization"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Three (or, encrypted, five) parts of base64url, the first of which is a JSON object: a JWT.
    (re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}"), BLACK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {BLACK}"),
    (re.compile(rf'(?i)("(?:{_NAMES})"\s*:\s*)"(?:[^"\\]|\\.)*"'), rf'\1"{BLACK}"'),
    (re.compile(rf"(?i)\b((?:{_NAMES})=)[^&\s\"']+"), rf"\1{BLACK}"),
    # An authorization code is long; `error?code=7000215` is the number of an error.
    (re.compile(r"(?i)\b(code=)[^&\s\"']{20,}"), rf"\1{BLACK}"),
)


def black_out(text: str, *hidden: str) -> str:
    """The text without `hidden`, without anything that looks like a token, and without known secret fields.

    It is a second line of defence: whoever knows a secret names it in `hidden`.
    """
    for secret in hidden:
        if secret:
            text = text.replace(secret, BLACK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
