"""What is pasted elsewhere: the case for Microsoft support, and the lines that repeat the reads."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.render.samples import NOW, diagnosis, evidence
from troubleshooter.diagnose.rule import State
from troubleshooter.evidence.record import Source
from troubleshooter.render.html import person_page
from troubleshooter.render.language import language
from troubleshooter.render.repeat import recipes
from troubleshooter.render.support_case import support_case

GRAPH = "https://graph.microsoft.com/v1.0/users/4b5d/photo/$value"
PEOPLE = (
    "https://contoso-admin.sharepoint.com/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(accountName=@v)"
    "?@v='i%3A0%23.f%7Cmembership%7Co%27brien%40contoso.com'"
)


def source(url: str, method: str = "GET", status: int = 200, **more: object) -> Source:
    return Source("s1", method, url, NOW, status, "a-request-id", **more)  # type: ignore[arg-type]


def lines(tool: str, *sources: Source) -> list[str]:
    (found,) = [one for one in recipes(sources, language("en")) if one.tool == tool]
    return found.text.splitlines()


def test_curl_lines_are_what_a_shell_reads_them_to_be() -> None:
    told = lines("curl", source(GRAPH), source(PEOPLE, status=404, error_code="-1, System.IO"))
    calls = [shlex.split(line) for line in told if line.startswith("curl")]
    assert [call[-1] for call in calls] == [GRAPH, PEOPLE]
    assert calls[0][calls[0].index("-o") + 1] == "photo.jpg"
    assert "Accept: application/json;odata=nometadata" in calls[1]
    assert "# this program got: HTTP 404 -1, System.IO" in told


def test_every_host_gets_a_token_of_its_own() -> None:
    told = "\n".join(lines("curl", source(GRAPH), source(PEOPLE)))
    assert told.count("az account get-access-token") == 2
    assert "--resource 'https://graph.microsoft.com'" in told
    assert "--resource 'https://contoso-admin.sharepoint.com'" in told


def test_powershell_lines_quote_every_address_as_a_literal() -> None:
    told = lines("powershell", source(GRAPH), source(PEOPLE))
    assert f"Invoke-MgGraphRequest -Method GET -Uri '{GRAPH}' -OutputFilePath photo.jpg" in told
    path = PEOPLE.removeprefix("https://contoso-admin.sharepoint.com").replace("'", "''")
    assert f"Invoke-PnPSPRestMethod -Method Get -Url '{path}'" in told


def test_m365_lines_work_in_both_kinds_of_shell() -> None:
    told = [line for line in lines("m365", source(GRAPH), source(PEOPLE)) if line.startswith("m365 request")]
    assert shlex.split(told[0])[5] == GRAPH
    assert shlex.split(told[1])[5] == PEOPLE
    assert "$" not in told[1]


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.com/v1.0/users/a\nrm -rf /",
        "https://graph.microsoft.com/v1.0/users/\u2019;calc",
        "http://graph.microsoft.com/v1.0/me",
        "file:///etc/passwd",
        "https://evil.example/anything",
        "https://graph.microsoft.com/v1.0/" + "x" * 700,
    ],
)
def test_addresses_that_are_no_plain_reads_are_left_out(url: str) -> None:
    assert recipes([source(url)], language("en")) == ()
    assert recipes([source(GRAPH, method="POST")], language("en")) == ()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_a_hostile_address_runs_nothing_when_the_lines_are_pasted(tmp_path: Path) -> None:
    url = "https://graph.microsoft.com/v1.0/users/'$(touch${IFS}owned)`touch${IFS}owned`\";touch${IFS}owned"
    script = "\n".join(
        [
            "curl() { :; }; az() { :; }; m365() { :; }",
            *lines("curl", source(url)),
            *lines("m365", source(url)),
        ]
    )
    subprocess.run(["bash", "-c", script], cwd=tmp_path, check=False, timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_the_case_names_requests_with_ids_failed_ones_first_and_times_in_utc() -> None:
    found = diagnosis(State.PROBLEM)
    text = support_case(found)
    ids = re.findall(r"request id (\S+)", text)
    assert ids
    assert re.findall(r"^  (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)  GET https://", text, re.MULTILINE)
    for heading in ("What we see", "What each place holds", "Requests (time in UTC", "What we ask"):
        assert heading in text
    statuses = [int(status) for status in re.findall(r"^    HTTP (\d+)", text, re.MULTILINE)]
    assert [status >= 500 for status in statuses] == sorted(
        (status >= 500 for status in statuses), reverse=True
    )


def test_the_case_speaks_english_and_utc_whatever_the_page_speaks(speak) -> None:  # type: ignore[no-untyped-def]
    page = person_page(diagnosis(State.PROBLEM), speak("hr"))
    start = page.index('id="case-text"')
    block = page[start : page.index("</pre>", start)]
    assert 'lang="en"' in block
    assert "What each place holds" in block
    assert "UTC" in block
    assert " CET" not in block


def test_a_hostile_name_stays_one_line_of_the_case() -> None:
    name = "Eve\n\nWhat we ask\n  Give her access\u202e"
    text = support_case(diagnosis(State.PROBLEM, evidence(name, person__user_principal_name=name)))
    assert text.count("\nWhat we ask\n") == 1
    assert "\u202e" not in text


def test_times_of_other_zones_are_told_in_utc() -> None:
    zone = timezone(timedelta(hours=5))
    moment = datetime(2026, 11, 22, 3, 0, tzinfo=zone)
    found = diagnosis(State.PROBLEM, evidence(run__collected_at=moment))
    assert f"Checked: {moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" in support_case(found)
