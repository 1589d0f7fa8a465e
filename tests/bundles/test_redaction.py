"""A redacted bundle names nobody, in no spelling and in no corner, and its map stays private."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import stat
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings

from tests.bundles.conftest import Bundled, Options
from tests.cli.program import run
from tests.evidence.records import evidences
from troubleshooter.cli.bundle_write import our_sentences
from troubleshooter.evidence.bundle import Made
from troubleshooter.evidence.bundle_read import Bundle
from troubleshooter.evidence.bundle_write import BundleWriter
from troubleshooter.evidence.codec import dump
from troubleshooter.evidence.leaks import leaks_of
from troubleshooter.evidence.record import (
    Collected,
    Evidence,
    EvidenceBuilder,
    GapReason,
    Picture,
    Redaction,
)
from troubleshooter.evidence.redact import TREATMENT, Redactor
from troubleshooter.evidence.schema import FACTS
from troubleshooter.evidence.spool import Spool
from troubleshooter.sandbox.model import TenantState

STALE = "rita.supek@contoso.example"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ID = "5f0d9d0e-3a52-4f0e-9f5b-2f6d6c1d9a77"
TENANT = "1f2e3d4c-5b6a-4789-8abc-def012345678"


def texts_of(archive: Path) -> dict[str, str]:
    """Every file of a ZIP file as text, and everything else that is in it under ''."""
    with zipfile.ZipFile(archive) as opened:
        found = {name: opened.read(name).decode("utf-8", "replace") for name in opened.namelist()}
        found[""] = " ".join([*opened.namelist(), opened.comment.decode("latin-1")])
    return found


def test_every_fact_that_is_text_has_a_treatment() -> None:
    texts = {path for path, info in FACTS.items() if info.kind in ("str", "list") and not info.choices}
    assert set(TREATMENT) == texts


def test_nothing_that_names_anybody_of_the_tenant_is_left_in_any_file(
    redacted: Bundled, tenant: TenantState
) -> None:
    names = {tenant.domain, tenant.id, tenant.display_name}
    for account in tenant.accounts:
        names |= {account.upn, account.mail, account.id, account.display_name, account.upn.partition("@")[0]}
        names |= set(re.findall(r"\w{4,}", account.display_name))
    names = {name.casefold() for name in names if len(name) > 3}
    # Words of ours that somebody is also called.
    names -= {"photo", "guest", "room", "shared", "alert", "script", "info", "test", "mailbox", "team"}
    for where, text in texts_of(redacted.path).items():
        if where == "README.txt":
            continue
        left = [name for name in names if name in text.casefold()]
        assert left == [], where
    assert b"contoso" not in redacted.path.read_bytes().lower()


def test_pictures_are_replaced_by_fingerprint_size_and_format(redacted: Bundled, bundle: Bundled) -> None:
    assert not [name for name in texts_of(redacted.path) if name.startswith("pictures/")]
    with Bundle(bundle.path) as plain, Bundle(redacted.path) as hidden:
        for real, shown in zip(plain.people(), hidden.people(), strict=True):
            assert {
                store: (p.width, p.height, p.media_type, p.size) for store, p in shown.pictures.items()
            } == {store: (p.width, p.height, p.media_type, len(p.data)) for store, p in real.pictures.items()}
            assert shown.evidence.photo.fingerprint == real.evidence.photo.fingerprint
            assert all(not picture.data and picture.digest for picture in shown.pictures.values())


def test_the_same_name_has_the_same_pseudonym_in_all_of_a_bundle_and_another_in_the_next(
    redacted: Bundled, bundle: Bundled, tmp_path: Path
) -> None:
    again = tmp_path / "again.zip"
    assert run("collect", "--from", str(bundle.path), "--redact", "-o", str(again)).code == 0
    with Bundle(redacted.path) as one, Bundle(again) as other:
        first = [person.evidence for person in one.people()]
        second = [person.evidence for person in other.people()]
    assert len({one.run.tenant for one in first}) == 1
    for evidence in first:
        upn, used = evidence.person.user_principal_name, " ".join(source.url for source in evidence.sources)
        assert upn is not None
        assert quote(upn, safe="@") in used or quote(upn, safe="") in used
    assert {one.person.id for one in first}.isdisjoint(one.person.id for one in second)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_bundle_and_map_are_for_their_owner_alone_and_nothing_else_is_left(redacted: Bundled) -> None:
    for path in (redacted.path, redacted.map):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [path for path in redacted.path.parent.iterdir() if path.name.startswith(".")]


def test_the_command_says_where_the_map_is_and_not_to_send_it(redacted: Bundled) -> None:
    assert f"Private map: {redacted.map}" in redacted.done.stdout
    assert "Never send it with the bundle." in redacted.done.stdout
    assert json.loads(redacted.map.read_text(encoding="utf-8"))["format"].startswith("photo-troubleshooter/")


def hostile(**facts: str) -> Evidence:
    """Somebody whose name hides in every place that a service or a person can fill."""
    builder = EvidenceBuilder()
    encoded = base64.b64encode(b'{"upn":"zdenka.vukoja@tvrtka.example"}').decode()
    for path, value in {
        "person.id": ID,
        "person.user_principal_name": "zdenka.vukoja@tvrtka.example",
        "person.display_name": "Zdenka Vukoja",
        "person.mail": "Z.Vukoja@posta.tvrtka.example",
        "directory.department": "Vukoja & Partners",
        "mailbox.error_code": "ErrorNoMailbox: ZDENKA.VUKOJA",
        "photo.error_code": f"zdenka_vukoja_tvrtka_example {encoded}",
        "photo.colour_mode": "Vukoja",
        "sharepoint.picture_url": "https://tvrtka-my.sharepoint.com/User%20Photos/Zdenka%20Vukoja/zv.jpg",
        "sharepoint.search_picture_url": "https://u:Vukoja@cdn.tvrtka.example/z%25dvukoja?u=vukoja%2540x",
        "sharepoint.folder_name": "Slike Zdenke Vukoje i Zdenka Vukoja",
        "sharepoint.picture_timestamp_raw": "vukoja 1",
        "sharepoint.home_host": "tvrtka-my.sharepoint.com",
        "ticket.error_text": "Marko says: ValidationWidthTooSmall for Zdenka, call 100%Vukoja",
        "run.tenant": TENANT,
        "run.tenant_name": "Tvrtka d.o.o.",
        "run.cloud": "tvrtka-cloud",
        "run.sharepoint_host": "tvrtka.sharepoint.com",
        "run.my_site_host": "tvrtka-my.sharepoint.com",
        "run.signed_in_as": "ante.admin@tvrtka.example",
        **facts,
    }.items():
        builder.know(path, value)
    builder.miss(
        "photo.present", GapReason.DENIED, "No sign-in to tvrtka-my.sharepoint.com for Zdenka Vukoja."
    )
    builder.add_source(
        method="GET",
        url=f"https://graph.microsoft.com/v1.0/users/{ID}?u=Zdenka.Vukoja%40tvrtka.example&ip=10.1.2.3",
        at=NOW,
        status=403,
        request_id=TENANT,
        error_code="Access denied to zdenkavukoja",
    )
    return builder.build()


SECRETS = ("zdenka", "vukoja", "tvrtka", "ante.admin", ID, TENANT, "10.1.2.3", "marko", "partners")


def test_names_are_found_in_any_spelling(tmp_path: Path) -> None:
    file, out = tmp_path / "one.json", tmp_path / "b.zip"
    file.write_text(json.dumps(dump(hostile())), encoding="utf-8")
    done = run("collect", "--from", str(file), "--redact", "-o", str(out))
    assert (done.code, done.stderr) == (0, "")
    for where, text in texts_of(out).items():
        plain = text + _decoded(text)
        assert [secret for secret in SECRETS if secret in plain.casefold()] == [], where
    with Bundle(out) as bundle:
        (person,) = bundle.people()
    assert "ValidationWidthTooSmall" in (person.evidence.ticket.error_text or "")  # a rule looks for it
    assert person.evidence.sources[0].url.startswith("https://graph.microsoft.com/v1.0/users/")


def _decoded(text: str) -> str:
    found = []
    for run_ in re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", text):
        try:
            found.append(base64.b64decode(run_ + "=" * (-len(run_) % 4)).decode("latin-1"))
        except ValueError:
            continue
    return " ".join(found)


def test_who_was_not_found_is_not_named_either(as_app: Options, tmp_path: Path) -> None:
    out = tmp_path / "b.zip"
    absent = "zlatko.nitko@contoso.example"
    done = run("collect", STALE, absent, *as_app(), "--redact", "-o", str(out))
    assert done.code == 2
    assert absent in done.stderr
    assert "nitko" not in "".join(texts_of(out).values())
    shown = json.loads(run("bundle", "show", str(out), "--json").stdout)
    (missing,) = shown["not_collected"]
    assert missing["reason"] == f"Nobody in this tenant is called {missing['asked']}."
    mapped = json.loads((tmp_path / "b.map.json").read_text(encoding="utf-8"))["pseudonyms"]
    assert mapped[missing["asked"]] == absent


def test_a_file_name_that_names_somebody_is_refused_before_anything_is_asked(
    as_app: Options, tmp_path: Path
) -> None:
    for name in ("rita.supek.zip", "Supek.zip", "contoso-photos.zip"):
        done = run("collect", STALE, *as_app(), "--redact", "-o", str(tmp_path / name))
        assert done.code == 2
        assert "holds a known name" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_name_that_turns_out_to_name_somebody_is_refused_too(bundle: Bundled, tmp_path: Path) -> None:
    out = tmp_path / "supek.zip"
    done = run("collect", "--from", str(bundle.path), "--redact", "-o", str(out))
    assert done.code == 4
    assert "holds a known name" in done.stderr
    assert "supek" not in done.stderr.lower().replace(str(out).lower(), "")
    assert list(tmp_path.iterdir()) == []


def test_neither_a_bundle_nor_a_map_is_ever_written_over(bundle: Bundled, tmp_path: Path) -> None:
    out = tmp_path / "b.zip"
    kept = tmp_path / "b.map.json"
    kept.write_text("mine", encoding="utf-8")
    for arguments in (("--redact",), ("--redact", "--map", str(kept))):
        done = run("collect", "--from", str(bundle.path), *arguments, "-o", str(out))
        assert (done.code, kept.read_text(encoding="utf-8")) == (2, "mine")
        assert "is there already" in done.stderr
    assert not out.exists()
    done = run("collect", "--from", str(bundle.path), "-o", str(bundle.path))
    assert done.code == 2


def test_a_map_that_cannot_be_written_leaves_no_bundle(bundle: Bundled, tmp_path: Path) -> None:
    out, taken = tmp_path / "b.zip", tmp_path / "no"
    taken.write_text("a file", encoding="utf-8")
    done = run("collect", "--from", str(bundle.path), "--redact", "-o", str(out), "--map", str(taken / "m"))
    assert done.code == 4
    assert "cannot be written" in done.stderr
    assert list(tmp_path.iterdir()) == [taken]


def test_reports_from_a_redacted_bundle_say_so_and_how_names_come_back(
    redacted: Bundled, tmp_path: Path
) -> None:
    done = run("analyze", str(redacted.path), "--out", str(tmp_path), "--lang", "en", "--lang", "hr")
    assert "bundle restore REPORT --map MAP" in done.stdout
    pages = [page for page in tmp_path.glob("*.html") if ".letter." not in page.name]
    assert len(pages) > 40
    for page in pages:
        text = page.read_text(encoding="utf-8")
        # In each language at the top and among the run facts.
        assert text.count('data-redaction="redacted"') == 4
        assert "bundle restore REPORT --map MAP" in text
        assert "Redigirano" in text
        assert "pseudonyms stand for names 4" in text
        assert "Not redacted" not in text


def test_a_result_made_from_a_redacted_bundle_still_knows_it(redacted: Bundled, tmp_path: Path) -> None:
    kept = tmp_path / "r.jsonl"
    kept.write_text(run("analyze", str(redacted.path), "--json").stdout, encoding="utf-8")
    again = run("analyze", str(kept), "--json")
    assert {json.loads(line)["run"]["redaction"] for line in again.stdout.splitlines()} == {"redacted"}


def test_what_comes_from_a_redacted_bundle_is_still_called_redacted_and_its_map_still_fits(
    redacted: Bundled, tmp_path: Path
) -> None:
    out, kept = tmp_path / "copy.zip", tmp_path / "r.jsonl"
    done = run("collect", "--from", str(redacted.path), "-o", str(out), "--lang", "en")
    assert "Not redacted" not in done.stdout
    assert "Private map" not in done.stdout
    assert json.loads(run("bundle", "show", str(out), "--json").stdout)["redacted"] is True
    kept.write_text(run("analyze", str(out), "--json").stdout, encoding="utf-8")
    assert run("bundle", "restore", str(kept), "--map", str(redacted.map)).code == 0


def test_redacting_what_is_redacted_keeps_the_verdicts(
    redacted: Bundled, tmp_path: Path, analysed_redacted: dict[str, object]
) -> None:
    out = tmp_path / "twice.zip"
    assert run("collect", "--from", str(redacted.path), "--redact", "-o", str(out)).code == 0
    done = run("analyze", str(out), "--json")
    causes = [json.loads(line)["verdict"]["cause"] for line in done.stdout.splitlines()]
    assert causes == [one["verdict"]["cause"] for one in analysed_redacted.values()]  # type: ignore[index]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(one=evidences(), other=evidences())
def test_whatever_the_evidence_holds_no_known_name_is_left_and_facts_of_other_kinds_stay(
    one: Evidence, other: Evidence, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    people = [Collected(replace(each, redaction=None)) for each in (one, other, hostile())]
    made = Made("bundle", NOW, "1")
    ours = our_sentences()
    written = io.BytesIO()
    with Spool(folder) as spool:
        for person in people:
            spool.add(person)
        redactor = Redactor(spool.read, (), (), ours)
        with BundleWriter(written, made, folder, redacted=True) as writer:
            shown = list(redactor.people("bundle"))
            for person in shown:
                writer.add(person)
            writer.finish((), {}, Redaction("bundle", redactor.replaced))
    assert leaks_of(written, redactor.names, {*ours, *redactor.kept}) == []
    for person, hidden in zip(people, shown, strict=True):
        for path, value in person.evidence.values():
            if path not in TREATMENT:
                assert hidden.evidence.value(path) == value
            else:
                assert bool(hidden.evidence.value(path)) == bool(value)
                assert (hidden.evidence.value(path) is None) == (value is None)


def test_a_picture_of_the_wrong_kind_and_a_hostile_type_are_replaced_as_well(tmp_path: Path) -> None:
    picture = Picture("photo", "image/jpeg; name=Zdenka Vukoja", b"Zdenka Vukoja", 1, 1)
    with Spool(tmp_path) as spool:
        spool.add(Collected(hostile(), MappingProxyType({"photo": picture})))
        (shown,) = Redactor(spool.read).people("b")
    assert shown.pictures["photo"].media_type == "image/unknown"
    assert shown.pictures["photo"].data == b""
    assert os.listdir(tmp_path) == []  # noqa: PTH208
