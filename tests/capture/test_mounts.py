"""Where changes are to be looked for, by mount tables as proc(5) describes them."""

from pathlib import Path

import pytest

from capture.mounts import file_system, mounts, remote

TABLE = rb"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
36 35 98:0 /mnt1 {dir}/nfs rw,noatime master:1 shared:2 - nfs4 host:/export - rw,errors=continue
37 27 0:30 / {dir}/nfs/near rw,relatime - tmpfs tmpfs rw
38 27 0:31 / {dir}/with\040space\134and\011tab rw - fuse.sshfs me@host:/ rw
39 27 0:32 / {dir}/twice rw - cifs //host/share rw
40 39 0:33 / {dir}/twice rw - xfs /dev/vdb rw
41 27 0:34 / {dir}/rootless rw - fuse.fuse-overlayfs fuse-overlayfs rw
42 27 0:35 / {dir}/share rw - 9p host rw
not a mount at all
43 27 0:36 / {dir}/cut rw
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mountinfo"
    path.write_bytes(TABLE.replace(b"{dir}", bytes(tmp_path)))
    monkeypatch.setattr("capture.mounts._MOUNTS", path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", "ext4"),
        ("nfs", "nfs4"),
        ("nfs/a/b", "nfs4"),
        ("nfs2", "ext4"),
        ("nfs/near/a", "tmpfs"),
        ("with space\\and\ttab/a", "fuse.sshfs"),
        ("twice/a", "xfs"),
        ("cut", "ext4"),
    ],
)
def test_a_path_lies_on_the_innermost_and_latest_mount(table: Path, name: str, kind: str) -> None:
    assert file_system(str(table / name), mounts()) == kind


def test_network_file_systems_are_remote(table: Path) -> None:
    names = ["", "nfs", "nfs/near", "with space\\and\ttab", "twice", "rootless", "share/a"]
    far = remote(table / name for name in names)
    assert far == {table / "nfs", table / "with space\\and\ttab", table / "share/a"}


def test_a_link_lies_where_it_leads(table: Path) -> None:
    (table / "link").symlink_to(table / "nfs")
    assert remote([table / "link"]) == {table / "link"}


def test_without_a_table_nothing_is_remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.mounts._MOUNTS", tmp_path / "gone")
    assert mounts() == []
    assert remote([tmp_path]) == set()


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="needs Linux's /proc")
def test_of_this_machine() -> None:
    assert file_system("/proc/self", mounts()) == "proc"
