"""Files are written whole or not at all, and never over another one unasked."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.open import CaptureError
from capture.write import sweep, write


def refused(path: Path, *, force: bool = False) -> str:
    with pytest.raises(CaptureError) as caught:
        write(path, [b"new"], force=force)
    assert "\n" not in str(caught.value)
    return caught.value.reason


def test_all_pieces_are_written(tmp_path: Path) -> None:
    path = tmp_path / "out.svg"
    assert write(path, [b"one", b"", b"two"]) == 6
    assert path.read_bytes() == b"onetwo"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_permissions_that_any_would(tmp_path: Path) -> None:
    write(tmp_path / "new", [b""])
    (tmp_path / "other").touch()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_exists_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    assert "--force" in refused(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_nowhere_exists(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    assert "--force" in refused(tmp_path / "out")


def test_force_replaces_it_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write(path, [b"new"], force=True)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out"
    if not links:
        monkeypatch.setattr(os, "link", _no_links)

    def pieces() -> Iterator[bytes]:
        yield b"mine"
        path.write_bytes(b"theirs")

    with pytest.raises(CaptureError, match="--force"):
        write(path, pieces())
    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_system_without_links_is_written_to_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", _no_links)
    write(tmp_path / "out", [b"new"])
    assert (tmp_path / "out").read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def _no_links(*_: object) -> None:
    raise OSError(errno.EPERM, "no links here")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("error", [RuntimeError("midway"), KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_nothing_is_left_of_what_failed_midway(tmp_path: Path, error: BaseException, force: bool) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise error

    if force:
        (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(CaptureError if isinstance(error, OSError) else type(error)):
        write(tmp_path / "out", pieces(), force=force)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == ([b"old"] if force else [])


def test_a_full_disk_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "disk is full" in refused(tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_where_it_cannot_be_written_is_said(tmp_path: Path) -> None:
    assert "no directory" in refused(tmp_path / "missing" / "out")
    (tmp_path / "file").touch()
    assert "no directory" in refused(tmp_path / "file" / "out")
    assert "directory" in refused(tmp_path)
    assert "too long" in refused(tmp_path / ("x" * 300))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_no_permission_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "permission" in refused(tmp_path / "out")


def test_no_permission_is_said_whoever_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", denied)
    assert "no permission" in refused(tmp_path / "out")


def test_what_a_killed_writer_has_left_is_removed_in_the_end(tmp_path: Path) -> None:
    left, being_written, other = tmp_path / ".goscope-1.tmp", tmp_path / ".goscope-2.tmp", tmp_path / "old.tmp"
    for path in (left, being_written, other):
        path.touch()
    for path in (left, other):
        os.utime(path, (0, 0))
    sweep(tmp_path)
    assert set(tmp_path.iterdir()) == {being_written, other}
    sweep(tmp_path / "gone")
