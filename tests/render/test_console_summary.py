# ruff: noqa: E501 - whole literal blocks of output
from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from tests.render.samples import diagnosis, evidence
from troubleshooter.diagnose.rule import State
from troubleshooter.render.console import print_summary


def printed(speak: Any, state: State, code: str = "en", encoding: str = "utf-8", **changes: Any) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline="\n")
    print_summary(Console(file=file, width=80), diagnosis(state, evidence(**changes)), speak(code))
    file.flush()
    return raw.getvalue().decode(encoding)


def test_a_photo_on_its_way_is_told_in_one_block(speak):
    assert (
        printed(speak, State.ON_ITS_WAY)
        == """\
◷ On its way  Adele Vance  adele@contoso.example
  Your new photo is saved; SharePoint shows it by 23 Nov 2026 09:15 CET.
  Cause: SharePoint's copy is older, inside the usual window [stale-inside-window]
  Who acts: Nobody now.
  Waiting is normal until 23 Nov 2026 09:15 CET. If nothing changes by 25 Nov 2026 09:15 CET, an administrator acts.
  Confidence: medium. Lowered: 1 earlier check could not be decided.
  Facts read: 37 of 80, 43 not read
  Microsoft 365: the photo · SharePoint profile: a picture · SharePoint picture file: older picture · SharePoint pages: a picture · People search: a picture
  Steps for the person:
    1. Wait until 23 Nov 2026 09:15 CET.
    2. Then open SharePoint in a private window and look.
  Questions to the person:
    1. Open a private browser window, sign in and look again: do you see the new photo, the old one, or none?
  Would change our mind:
    1. A policy keeps photos from being changed [photo-policy]
  Permissions that would settle more:
    1. Microsoft Graph PeopleSettings.Read.All
"""
    )


def test_a_console_that_cannot_draw_signs_gets_plain_letters(speak):
    text = printed(speak, State.PROBLEM, "hr", "ascii")
    assert text.startswith("x Problem  Adele Vance  adele@contoso.example\n")
    assert "Tko treba djelovati: Osoba cija je fotografija; koraci su u nastavku." in text


@pytest.mark.parametrize("state", [State.PROBLEM, State.ON_ITS_WAY, State.FINE, State.UNDECIDED])
@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp1250", "ascii"])
def test_every_state_prints_on_every_console(speak, state, encoding):
    text = printed(speak, state, "hr", encoding)
    assert speak("hr").value(state.value).lower().encode("ascii", "ignore").decode()[:4] in text.lower()


def test_no_colour_goes_into_a_pipe(speak):
    assert "\x1b" not in printed(speak, State.PROBLEM)


def test_a_name_cannot_drive_the_terminal_or_become_markup(speak):
    text = printed(speak, State.FINE, name="[red]x[/red]\x1b]0;owned\x07\r")
    assert "[red]x[/red] ]0;owned" in text
    assert "\x1b" not in text
    assert "\r" not in text


def test_undecided_is_never_called_fine(speak):
    first = printed(speak, State.UNDECIDED).splitlines()[0]
    assert first == "? Could not decide  Adele Vance  adele@contoso.example"
