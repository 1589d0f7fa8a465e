# ruff: noqa: E501 - whole literal blocks of output
from __future__ import annotations

from tests.render.samples import diagnosis, evidence
from troubleshooter.diagnose.rule import State
from troubleshooter.render.letter import letter_html, letter_text, ticket_note


def test_the_letter_to_somebody_who_must_act(speak):
    assert (
        letter_text(diagnosis(State.PROBLEM), speak("en"))
        == """\
Hello Adele Vance,
Your photo is saved, but SharePoint has not fetched it.

Please do this:

1. Open a private browser window.
2. Sign in and open SharePoint.

If it does not help, answer this message and write: never-triggered
"""
    )


def test_the_letter_to_somebody_who_waits(speak):
    assert (
        letter_text(diagnosis(State.ON_ITS_WAY), speak("en"))
        == """\
Hello Adele Vance,
Your new photo is saved; SharePoint shows it by 23 Nov 2026 09:15 CET.

Please do this:

1. Wait until 23 Nov 2026 09:15 CET.
2. Then open SharePoint in a private window and look.

Until 23 Nov 2026 09:15 CET it is normal that some places still show it differently.
If it is still wrong after that, answer this message and write: stale-inside-window
"""
    )


def test_the_letter_when_all_is_well(speak):
    assert (
        letter_text(diagnosis(State.FINE), speak("hr"))
        == """\
Pozdrav, Adele Vance,
Vaša je fotografija ispravna svugdje gdje možemo provjeriti.

Ne morate ništa učiniti.

Ako vam fotografija i dalje izgleda pogrešno, odgovorite na ovu poruku i napišite: fine-everywhere
"""
    )


def test_the_letter_when_we_need_to_ask(speak):
    assert (
        letter_text(diagnosis(State.UNDECIDED), speak("en"))
        == """\
Hello Adele Vance,
We could not find out yet why your photo does not show.

Please answer this, so that we can find the cause:

- Open a private browser window, sign in and look again: do you see the new photo, the old one, or none?
"""
    )


def test_the_ticket_note_holds_what_a_colleague_needs(speak):
    assert (
        ticket_note(diagnosis(State.ON_ITS_WAY), speak("en"))
        == """\
Photo check: Adele Vance <adele@contoso.example>
Checked: 22 Nov 2026 11:40 CET

Result: On its way, confidence medium
Your new photo is saved; SharePoint shows it by 23 Nov 2026 09:15 CET.
Cause: SharePoint's copy is older, inside the usual window [stale-inside-window]
SharePoint last tried at 22 Nov 2026 09:15 CET; it tries again after 24 h.
Who acts: Nobody now.
Waiting is normal until 23 Nov 2026 09:15 CET. If nothing changes by 25 Nov 2026 09:15 CET, an administrator acts.

Also true:
  1. People search shows the old photo [old-in-search]

Steps for the person:
  1. Wait until 23 Nov 2026 09:15 CET.
  2. Then open SharePoint in a private window and look.

Steps for the administrator:
  1. Read the profile's picture properties.
     Get-PnPUserProfileProperty -Account 'adele@contoso.example'

Questions to the person:
  1. Open a private browser window, sign in and look again: do you see the new photo, the old one, or none?

Not readable:
  1. Photo policy of the tenant: Access was denied (Microsoft Graph PeopleSettings.Read.All)

Microsoft's article: https://support.microsoft.com/en-us/office/information-about-profile-picture-synchronization-in-microsoft-365-20594d76-d054-4af4-a660-401133e3d48a
"""
    )


def test_the_letter_as_a_page_says_the_same_and_runs_no_script(speak):
    page = letter_html(diagnosis(State.PROBLEM, evidence("<script>alert(1)</script>")), speak("en"))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Open a private browser window." in page
    assert "script-src" not in page
