"""Copies of what lies elsewhere, in place of its URLs."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.open import CaptureError, display_name
from tests.tui.running import CPU, HEAP
from tui.elsewhere import copied

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def bucket() -> Iterator[str]:
    system = fsspec.filesystem("memory")
    for path in (CPU, HEAP):
        system.pipe(f"/bucket/day/{path.name}", path.read_bytes())
    system.pipe("/bucket/day/README", b"no capture")
    system.pipe(f"/bucket/day/deep/{CPU.name}", CPU.read_bytes())
    yield "memory://bucket/"
    system.rm("/bucket", recursive=True)


def of_command(*files: str) -> Namespace:
    return Namespace(files=list(files), recursive=False, diff_base=[], base=[])


def of_screen(*files: str) -> Namespace:
    return Namespace(files=list(files), recursive=False, diff_base="", poll=False)


def test_a_command_has_a_copy_of_each_for_as_long_as_it_runs(bucket: str) -> None:
    with copied(of_command(f"{bucket}day/", "here.pb")) as there:
        *copies, here = map(Path, there.files)
        assert [path.name for path in copies] == [CPU.name, HEAP.name] and here == Path("here.pb")
        assert copies[0].read_bytes() == CPU.read_bytes() and display_name(copies[0]).startswith("memory://")
        assert not there.recursive
    assert not copies[0].exists()


def test_the_screen_has_a_list_of_several_and_a_tab_for_one(bucket: str) -> None:
    with copied(of_screen(f"{bucket}day/", f"{bucket}day/{CPU.name}")) as there:
        several, one = map(Path, there.files)
        assert several.is_dir() and there.recursive and display_name(several) == "memory://bucket/day/"
        assert sorted(path.name for path in several.rglob("*.pb.gz")) == sorted([CPU.name, HEAP.name])
        assert one.read_bytes() == CPU.read_bytes()


def test_a_base_may_be_elsewhere_too(bucket: str) -> None:
    options = of_screen("here.pb")
    options.diff_base = f"{bucket}day/{CPU.name}"
    with copied(options) as there:
        assert Path(there.diff_base).read_bytes() == CPU.read_bytes() and there.files == ["here.pb"]


def test_a_place_without_a_capture_is_told(bucket: str) -> None:
    fsspec.filesystem("memory").pipe("/bucket/none/README", b"no capture")
    with (
        pytest.raises(CaptureError, match="memory://bucket/none/: a directory without a profile or trace in it"),
        copied(of_command(f"{bucket}none/")),
    ):
        pass
