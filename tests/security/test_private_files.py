"""What is written is for its owner alone, whatever the mask of the user lets through."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.security.programs import Finished, run
from troubleshooter.cli.output import WriteFailed, private_directory
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

PERSON = "petra.horvat@contoso.example"
ILL = "paula.herceg@contoso.example"
OPEN_TO_ALL = 0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights in other ways")


@pytest.fixture(scope="module")
def small_tenant(tenant: TenantState) -> Iterator[Sandbox]:
    few = {
        account.id: account for account in (*tenant.accounts[:3], tenant.person(PERSON), tenant.person(ILL))
    }
    with Sandbox(replace(tenant, accounts=tuple(few.values()))) as running:
        yield running


def open_to_others(folder: Path) -> list[str]:
    """Everything below a folder that somebody else could read, write or enter."""
    return [
        f"{path.relative_to(folder)} {stat.filemode(path.lstat().st_mode)}"
        for path in sorted(folder.rglob("*"))
        if path.lstat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]


def portrait() -> Image.Image:
    """A picture that is neither square nor small."""
    picture = Image.new("RGB", (900, 1200), "white")
    ImageDraw.Draw(picture).ellipse((200, 200, 700, 800), "navy")
    return picture


def test_every_command_writes_for_its_owner_alone(small_tenant: Sandbox, tmp_path: Path) -> None:
    where = ["--cloud", str(small_tenant.cloud_file), "--tenant", small_tenant.tenant.domain]
    connection = [*where, "--client-id", DEMO_CLIENT]
    connection += ["--certificate", str(small_tenant.certificate_file(DEMO_CLIENT))]
    made = 0

    def command(*words: str, wants: str) -> Finished:
        nonlocal made
        done = run(*words, folder=tmp_path, umask=OPEN_TO_ALL)
        assert done.code in (0, 1, 3), done.said
        assert list(tmp_path.glob(wants)), f"{words[0]} wrote no {wants}"
        made += 1
        return done

    command("diagnose", PERSON, *connection, "--out", "people/of/today", wants="people/of/today/*.html")
    done = run("diagnose", PERSON, *connection, "--json", folder=tmp_path, umask=OPEN_TO_ALL)
    (tmp_path / "result.json").write_bytes(done.stdout)
    (tmp_path / "result.json").chmod(0o600)
    command("analyze", "result.json", "--out", "analyzed", wants="analyzed/*.html")
    command("audit", *connection, "--out", "audits/of/today", "--xlsx", wants="audits/of/today/*.xlsx")
    audit = "audits/of/today"
    command("recheck", audit, *connection, "--person", PERSON, wants=f"{audit}/people.csv")
    soon = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    accepted = ("--person", ILL, "--any-cause", "--reason", "r", "--author", "a", "--until", soon)
    command("accept", audit, *accepted, wants=f"{audit}/accepted.toml")
    command("evaluate", f"{audit}/evidence.parquet", "--out", "new/evaluated", wants="new/evaluated/*.json")
    shutil.copytree(tmp_path / audit, tmp_path / "earlier")
    (tmp_path / "earlier").chmod(0o700)
    command("compare", "earlier", audit, "--csv", "changes.csv", "--out", "new/c", wants="new/c/changes.csv")
    command("demo", "--out", "new/demo", "--no-open", "--quiet", wants="new/demo/index.html")
    command("report", audit, "--person", PERSON, "--out", "new/again", "--no-open", wants="new/again/*.html")
    redacted = ("-o", "new/bundles/a.zip", "--redact", "--map", "new/maps/a.json")
    command("collect", PERSON, *connection, *redacted, wants="new/maps/a.json")
    command("config", "new", "--config", "new/settings/s.toml", wants="new/settings/s.toml")
    portrait().save(tmp_path / "portrait.png")
    (tmp_path / "portrait.png").chmod(0o600)
    command("image", "portrait.png", "-o", "new/pictures/p.jpg", wants="new/pictures/p.jpg")
    assert made == 12
    assert open_to_others(tmp_path) == []


def test_every_folder_that_is_made_on_the_way_is_private(tmp_path: Path) -> None:
    folder = private_directory(tmp_path / "a" / "b" / "c")
    for made in (folder, folder.parent, folder.parent.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_folder_that_was_there_keeps_its_rights(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    private_directory(shared / "mine")
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    assert stat.S_IMODE((shared / "mine").stat().st_mode) == 0o700


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    for path in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(WriteFailed):
            private_directory(path)
