"""`verify`: the program asks again while the sandbox tenant changes after so many requests."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Options
from tests.cli.program import run
from tests.conftest import SandboxFactory
from troubleshooter.sandbox.model import AccountFault, FaultAnswer, TenantState
from troubleshooter.sandbox.server import Sandbox

PERSON = "petra.horvat@contoso.example"
NO_PHOTO = FaultAnswer(404, code="ImageNotFound")
OFTEN = ("--every", "0.1s", "--lang", "en")


def photo_comes_after(tenant: TenantState, requests: int) -> TenantState:
    """A tenant whose photo of PERSON is missing for so many questions; 0: for ever."""
    faults = tuple(AccountFault(where, NO_PHOTO, requests) for where in ("photo", "photos", "photo_bytes"))
    return replace(
        tenant,
        accounts=tuple(replace(one, faults=faults) if one.upn == PERSON else one for one in tenant.accounts),
    )


def test_it_asks_until_the_stores_agree(
    make_sandbox: SandboxFactory, tenant: TenantState, as_app: Options
) -> None:
    where = make_sandbox(photo_comes_after(tenant, 3))
    done = run("verify", PERSON, *as_app(where=where), "--wait", "1h", *OFTEN)
    assert (done.code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Asking until ")
    told = [line for line in lines if "next question" in line or "[" in line]
    assert len(told) == 4
    assert all("x Problem" in line for line in told[:3])
    assert "v Fine" in told[3]
    assert "  Graph serves a photo: no -> yes" in lines or any("no -> yes" in line for line in lines)
    assert lines[-1] == "Every store that can be looked into agrees. Nothing is left to wait for."


def test_the_window_ends_with_a_problem(
    make_sandbox: SandboxFactory, tenant: TenantState, as_app: Options
) -> None:
    where = make_sandbox(photo_comes_after(tenant, 0))
    done = run("verify", PERSON, *as_app(where=where), "--wait", "1s", "--every", "1h", "--json")
    assert done.code == 1
    found = json.loads(done.stdout)
    assert (found["schema"], found["ended"]) == ("photo-troubleshooter/verify/1", "over_problem")
    assert found["asked"] == 2
    assert found["result"]["verdict"]["state"] == "problem"
    assert "The time is over, and there is still a problem." in done.stderr


def test_one_question_is_asked_when_there_is_no_time(as_app: Options, sandbox: Sandbox) -> None:
    upn = {one.situation: one.upn for one in sandbox.tenant.accounts}
    done = run("verify", upn["stale-within-window"], *as_app(), "--wait", "0", "--json", "--quiet")
    assert done.code == 3
    found = json.loads(done.stdout)
    assert (found["ended"], found["asked"]) == ("over_on_its_way", 1)
    done = run("verify", upn["stale-within-window"], *as_app(), "--wait", "0", "--lang", "en")
    assert "Waiting is normal until" in done.stdout
    assert "still on its way" in done.stdout


def test_since_says_what_changed_and_takes_its_own_result(
    make_sandbox: SandboxFactory, tenant: TenantState, as_app: Options, tmp_path: Path
) -> None:
    where = make_sandbox(photo_comes_after(tenant, 1))
    before = tmp_path / "before.json"
    before.write_text(run("diagnose", PERSON, *as_app(where=where), "--json").stdout, encoding="utf-8")
    done = run("verify", PERSON, *as_app(where=where), "--since", str(before), "--json", *OFTEN)
    assert done.code == 0
    found = json.loads(done.stdout)
    changes = {one["fact"]: (one["was"], one["is"]) for one in found["since"]["changes"]}
    assert changes["photo.present"] == (False, True)
    assert not [path for path in changes if path.startswith(("run.", "ticket."))]
    assert "Since before.json:" in done.stderr
    later = tmp_path / "later.json"
    later.write_text(done.stdout, encoding="utf-8")
    again = run("verify", PERSON, *as_app(where=where), "--since", str(later), *OFTEN)
    assert again.code == 0
    assert "Nothing changed that was known then and is known now." in again.stdout


def test_since_of_somebody_else_or_of_nothing_is_wrong_usage(as_app: Options, tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    other = run("diagnose", "rita.supek@contoso.example", *as_app(), "--json")
    before.write_text(other.stdout, encoding="utf-8")
    done = run("verify", PERSON, *as_app(), "--since", str(before), "--lang", "en")
    assert (done.code, "before.json is about somebody else than" in done.stderr) == (2, True)
    before.write_text("{}", encoding="utf-8")
    assert run("verify", PERSON, *as_app(), "--since", str(before)).code == 4
    assert run("verify", PERSON, *as_app(), "--since", str(tmp_path / "gone.json")).code == 4


def test_a_question_without_an_answer_passes_and_the_next_one_counts(
    make_sandbox: SandboxFactory, tenant: TenantState, as_app: Options
) -> None:
    where = make_sandbox(photo_comes_after(tenant, 2))
    gone = FaultAnswer(404, code="Request_ResourceNotFound")
    where.inject(r"GET //graph[^?]*/users/petra\.horvat@[^/?]*\?", gone, after=1)
    where.inject(r"GET //graph[^?]*/users\?.*filter=", gone, forever=True)
    done = run("verify", PERSON, *as_app(where=where), "--wait", "1h", *OFTEN)
    assert (done.code, done.stderr) == (0, "")
    told = [line for line in done.stdout.splitlines() if " UTC  " in line]
    assert ["No answer:" in line for line in told] == [False, True, False, False]
    assert "v Fine" in told[3]


def test_a_window_that_ends_without_an_answer_leaves_with_four(
    make_sandbox: SandboxFactory, tenant: TenantState, as_app: Options
) -> None:
    where = make_sandbox(photo_comes_after(tenant, 0))
    gone = FaultAnswer(404, code="Request_ResourceNotFound")
    where.inject(r"GET //graph[^?]*/users/petra\.horvat@[^/?]*\?", gone, after=1, forever=True)
    where.inject(r"GET //graph[^?]*/users\?.*filter=", gone, forever=True)
    # The time runs from the first answer, and the pause ends with it: two questions on any machine.
    done = run("verify", PERSON, *as_app(where=where), "--wait", "1s", "--every", "1h", "--json", "--quiet")
    found = json.loads(done.stdout)
    assert (done.code, found["ended"], found["asked"]) == (4, "no_answer", 2)
    assert found["result"]["verdict"]["state"] == "problem"


def test_exchange_is_asked_anew_with_every_question(
    make_sandbox: SandboxFactory, tenant: TenantState, as_app: Options
) -> None:
    where = make_sandbox(photo_comes_after(tenant, 1))
    where.inject("InvokeCommand", FaultAnswer(403), times=2)  # both questions to Exchange of the first time
    unsupported = ("--allow-unsupported-exchange", "--json", "--quiet")
    done = run("verify", PERSON, *as_app(where=where), "--wait", "1h", *OFTEN, *unsupported)
    found = json.loads(done.stdout)
    assert (done.code, found["asked"]) == (0, 2)
    evidence = found["result"]["evidence"]
    assert evidence["policy"]["owa_set_photo_enabled"] is True
    assert evidence["mailbox"]["photo_role_assigned"] is True


def test_nobody_of_that_name_ends_it_at_once(as_app: Options) -> None:
    done = run("verify", "nobody@contoso.example", *as_app(), *OFTEN)
    assert (done.code, done.stdout) == (2, "")


def test_spans_of_time_are_checked(as_app: Options) -> None:
    for wrong in (
        ("--wait", "soon"),
        ("--wait", "5"),
        ("--wait", "400d"),
        ("--every", "0s"),
        ("--every", "-1m"),
    ):
        assert run("verify", PERSON, *as_app(), *wrong).code == 2, wrong


# Whoever runs the tests in the background has them ignore Ctrl-C, and so their children.
HEEDFUL = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from troubleshooter.cli.main import main; main()"
)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent another way there")
def test_ctrl_c_says_how_to_go_on(make_sandbox: SandboxFactory, tenant: TenantState, as_app: Options) -> None:
    where = make_sandbox(photo_comes_after(tenant, 0))
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PHOTO_TROUBLESHOOTER_")}
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            HEEDFUL,
            *("verify", PERSON, *as_app(where=where), "--wait", "24h", "--lang", "en"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**inherited, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
        encoding="utf-8",
    ) as process:
        assert process.stdout
        assert process.stderr
        while "next question" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(60) == 4
    assert re.fullmatch(
        r"Stopped after 1 question; nothing is lost\. To go on: the same command with --wait (24h|\d+m)\.\n",
        said,
    )


def test_croatian_has_no_english_left(
    make_sandbox: SandboxFactory, tenant: TenantState, as_app: Options
) -> None:
    where = make_sandbox(photo_comes_after(tenant, 1))
    done = run("verify", PERSON, *as_app(where=where), "--every", "0.1s", "--lang", "hr")
    assert done.code == 0
    for english in ("Asking", "next question", "agrees", "Problem:", "Fine", "known now", "Who acts"):
        assert english not in done.stdout, english
