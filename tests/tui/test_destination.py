"""Where captures of processes land."""

import os
from pathlib import Path

import pytest

from capture.open import CaptureError
from tui.destination import destination, named_destination, targets_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path / "data"


def test_each_has_a_directory_of_the_users_own(home: Path) -> None:
    path, said = destination("web-7-6060")
    assert (path, said) == (home / "goscope" / "captures" / "web-7-6060", "")
    assert path.stat().st_mode & 0o777 == path.parent.stat().st_mode & 0o777 == 0o700
    assert destination("web-7-6060") == (path, "")


def test_where_none_can_be_made_it_is_a_temporary_one(home: Path) -> None:
    home.write_text("no directory")
    path, said = destination("web-7-6060")
    assert path.is_dir() and path.parent == home.parent
    assert said.startswith(f"Captures land in {path}, for {home}/goscope/captures cannot be made: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_or_where_it_may_not_be_written_to(home: Path) -> None:
    path, _ = destination("web-7-6060")
    path.chmod(0o500)
    other, said = destination("web-7-6060")
    assert other.parent == home.parent and "may not be written to" in said


def test_the_directory_that_is_named(tmp_path: Path) -> None:
    targets, said = targets_of(
        ["web-7:6060", "http://web-7:6060/", ":6061"], ["*.pb.gz", str(tmp_path / "new" / "dumps")]
    )
    assert [(each.address.shown, each.into) for each in targets.known] == [
        ("web-7:6060", tmp_path / "new" / "dumps"),
        ("localhost:6061", tmp_path / "new" / "dumps"),
    ]
    assert (tmp_path / "new" / "dumps").is_dir() and said == []


def test_without_a_process_no_directory_is_made(tmp_path: Path) -> None:
    targets, _ = targets_of([], [str(tmp_path / "dumps")])
    assert not targets.known and not (tmp_path / "dumps").exists()


def test_what_cannot_be_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CaptureError, match="no directory can be made there"):
        named_destination(str(tmp_path / "file" / "dumps"))
