"""Files are private, whole or not at all, and named so that every file system takes them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troubleshooter.cli.output import WriteFailed, file_stem, private_directory, write_private


def test_a_plain_address_stays_readable() -> None:
    assert file_stem("Adele@contoso.example") == "adele_at_contoso.example"


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "con", "a/b@c", "<script>@x", "  ", "אבג@contoso.example", "x" * 10_000, "nul.txt"],
)
def test_a_hostile_name_becomes_one_harmless_component(name: str) -> None:
    stem = file_stem(name)
    assert stem == Path(stem).name
    assert len(stem) < 80
    assert stem.isascii()
    assert not stem.startswith(".")
    assert stem.split(".")[0] not in {"con", "nul"}


@given(st.text(), st.text())
def test_two_people_never_share_a_file(one: str, other: str) -> None:
    if one.strip().lower() != other.strip().lower():
        assert file_stem(one) != file_stem(other)


def test_a_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = private_directory(tmp_path / "reports" / "deep")
    path = write_private(folder / "a.html", "šđčćž")
    assert path.read_text(encoding="utf-8") == "šđčćž"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_text_that_cannot_be_written_leaves_the_good_file_and_no_rest(tmp_path: Path) -> None:
    path = write_private(tmp_path / "report.html", "good")

    class Interrupted(str):
        """A text whose writing breaks off half way, as when the process is stopped."""

        def __len__(self) -> int:
            raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, TypeError)):
        write_private(path, [Interrupted("half")])  # type: ignore[arg-type]
    assert path.read_text(encoding="utf-8") == "good"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_a_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "taken"
    blocked.write_text("x", encoding="utf-8")
    with pytest.raises(WriteFailed, match="Choose another place"):
        private_directory(blocked / "reports")


def test_a_lone_surrogate_in_a_name_does_not_stop_the_report(tmp_path: Path) -> None:
    path = write_private(tmp_path / "a.html", "broken \ud800 name")
    assert "broken" in path.read_text(encoding="utf-8")
