"""A bundle gives the verdict of the live run, with names and without them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.bundles.conftest import Bundled, Options, Result, by_name, conclusion, results_of
from tests.cli.program import run
from troubleshooter.evidence.bundle_read import Bundle
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.people import scripted_tenant
from troubleshooter.sandbox.server import Sandbox

EVERYBODY = [account.upn for account in scripted_tenant(datetime(2026, 11, 22, tzinfo=UTC)).accounts]
STALE = "rita.supek@contoso.example"
FINE = "petra.horvat@contoso.example"
ONE_WAY = ("photo.etag", "photo.sha256")  # replaced by keyed digests, which lead back to nothing


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_bundle_gives_the_verdict_of_the_live_run(
    name: str, live: dict[str, Result], analysed: dict[str, Result]
) -> None:
    assert conclusion(analysed[name]) == conclusion(live[name])


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_redacted_bundle_gives_the_verdict_of_the_live_run(
    name: str, live: dict[str, Result], analysed_redacted: dict[str, Result]
) -> None:
    assert conclusion(analysed_redacted[name]) == conclusion(live[name])


def test_live_redaction_concludes_the_same_as_redacting_afterwards(
    upns: list[str], as_app: Options, tmp_path: Path, live: dict[str, Result]
) -> None:
    out = tmp_path / "hidden.zip"
    done = run("collect", *upns, *as_app(), "--redact", "-o", str(out))
    assert (done.code, done.stderr) == (0, "")
    found = results_of(run("analyze", str(out), "--json"))
    assert [conclusion(one) for one in found] == [conclusion(one) for one in live.values()]


def test_collecting_the_whole_directory_concludes_the_same_and_asks_in_bulk(
    as_app: Options, tmp_path: Path, sandbox: Sandbox, live: dict[str, Result]
) -> None:
    out, before = tmp_path / "all.zip", len(sandbox.requests)
    done = run("collect", "--all", "--include", "guests,rooms", *as_app(), "-o", str(out), "--quiet")
    assert (done.code, done.stdout) == (0, "")
    asked = [f"{entry.path}?{entry.query}" for entry in list(sandbox.requests)[before:]]
    assert not [one for one in asked if re.search(r"/users/[^/?]+\?(\$|%24)select", one)]
    assert sum("/_api/search/query" in one for one in asked) < 5
    assert sum("getbytitle" in one for one in asked) == 1  # the picture library, as a list
    found = by_name(run("analyze", str(out), "--json"))
    assert {name: _in_any_order(one) for name, one in found.items()} == {
        name: _in_any_order(one) for name, one in live.items()
    }
    with Bundle(out) as opened:
        stores = {store for person in opened.people() for store in person.pictures}
    assert stores == {"photo", "thumbnail", "served"}


def _in_any_order(result: Result) -> dict[str, Any]:
    found = conclusion(result)
    return {**found, "gaps": sorted(found["gaps"])}


def test_the_whole_directory_leaves_out_guests_and_rooms_and_says_how_many(
    as_app: Options, tmp_path: Path, tenant: TenantState
) -> None:
    out = tmp_path / "some.zip"
    assert run("collect", "--all", *as_app(), "-o", str(out), "--quiet").code == 0
    shown = json.loads(run("bundle", "show", str(out), "--json").stdout)
    guests = sum("#EXT#" in account.upn for account in tenant.accounts)
    assert shown["left_out"]["guests"] == guests > 0
    assert shown["left_out"]["rooms"] > 0
    assert shown["count"] + sum(shown["left_out"].values()) == len(tenant.accounts)


def test_a_filter_takes_some_of_the_directory(as_app: Options, tmp_path: Path) -> None:
    out = tmp_path / "one.zip"
    where = f"userPrincipalName eq '{STALE}'"
    assert run("collect", "--all", "--where", where, *as_app(), "-o", str(out), "--quiet").code == 0
    assert list(by_name(run("analyze", str(out), "--json"))) == [STALE]


def test_exit_codes_are_those_of_the_live_run(bundle: Bundled, redacted: Bundled) -> None:
    assert (bundle.done.code, redacted.done.code) == (0, 0)
    assert run("analyze", str(bundle.path), "--quiet").code == 1
    assert run("analyze", str(redacted.path), "--quiet").code == 1


def test_the_bundle_writes_the_same_reports_with_pictures(
    bundle: Bundled, as_app: Options, tmp_path: Path, upns: list[str]
) -> None:
    live, later = tmp_path / "live", tmp_path / "later"
    run("diagnose", *upns, *as_app(), "--out", str(live), "--lang", "en", "--quiet")
    run("analyze", str(bundle.path), "--out", str(later), "--lang", "en", "--quiet")
    assert sorted(path.name for path in later.iterdir()) == sorted(path.name for path in live.iterdir())
    for page in live.glob("*.html"):
        pictures = re.findall('data:image/jpeg;base64,[^"]+', page.read_text(encoding="utf-8"))
        again = re.findall('data:image/jpeg;base64,[^"]+', (later / page.name).read_text(encoding="utf-8"))
        assert again == pictures
    assert "data:image" in (later / "rita.supek_at_contoso.example.html").read_text(encoding="utf-8")


def test_what_the_ticket_said_travels_with_the_bundle(as_app: Options, tmp_path: Path) -> None:
    out, hidden = tmp_path / "teams.zip", tmp_path / "hidden.zip"
    run("collect", FINE, *as_app(), "--symptom", "old", "--app", "teams", "-o", str(out))
    run("collect", "--from", str(out), "--redact", "-o", str(hidden))
    for path in (out, hidden):
        (result,) = results_of(run("analyze", str(path), "--json"))
        assert result["verdict"]["cause"] == "teams-cache"


def test_redacted_and_restored_results_are_the_original_word_for_word(
    analysed: dict[str, Result], redacted: Bundled, tmp_path: Path
) -> None:
    kept = tmp_path / "results.jsonl"
    kept.write_text(run("analyze", str(redacted.path), "--json", "--lang", "en").stdout, encoding="utf-8")
    done = run("bundle", "restore", str(kept), "--map", str(redacted.map))
    assert (done.code, done.stderr) == (0, "")
    lines = (tmp_path / "results.restored.jsonl").read_text(encoding="utf-8").splitlines()
    restored = [json.loads(line) for line in lines]
    assert [_comparable(one) for one in restored] == [_comparable(one) for one in analysed.values()]
    assert {one["run"]["redaction"] for one in restored} == {"restored"}


def _comparable(result: Result) -> Result:
    plain: dict[str, Any] = json.loads(json.dumps(result))
    del plain["run"]["redaction"]
    for path in ONE_WAY:
        group, name = path.split(".")
        plain["evidence"][group].pop(name, None)
    return plain


def test_restored_pages_differ_from_the_original_in_pictures_and_hashes_only(
    bundle: Bundled, redacted: Bundled, tmp_path: Path
) -> None:
    plain, hidden = tmp_path / "plain", tmp_path / "hidden"
    run("analyze", str(bundle.path), "--out", str(plain), "--lang", "en", "--quiet")
    run("analyze", str(redacted.path), "--out", str(hidden), "--lang", "en", "--quiet")
    pages = [str(path) for path in hidden.glob("*.html") if ".letter." not in path.name]
    assert run("bundle", "restore", *pages, "--map", str(redacted.map), "--quiet").code == 0
    original = {_title(path): path for path in plain.glob("*.html") if ".letter." not in path.name}
    restored = {_title(path): path for path in hidden.glob("*.restored.html")}
    assert original.keys() == restored.keys()
    for title, path in original.items():
        assert _lines(restored[title]) == _lines(path)


def _title(path: Path) -> str:
    found = re.search("<title>(.*?)</title>", path.read_text(encoding="utf-8"))
    assert found is not None
    return found[1].replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


def _lines(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8").replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    apart = re.compile(r'"(frame|details)"|^  SharePoint p[a-z ]+: |photo\.(etag|sha256)|data-redaction')
    return [line for line in text.splitlines() if line and not apart.search(line)]
