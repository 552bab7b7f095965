"""Which files names stand for, against pathlib and glob, and what is said of those that cannot be read."""

import glob
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from capture.listing import Found, Look, Version, listing

UNFINISHED = ("~", ".tmp", ".part", ".swp", ".crdownload")


def write(directory: Path, *names: str, text: str = "x") -> list[Path]:
    paths = [directory / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return paths


def found(path: Path) -> Found:
    about = path.stat()
    return Found(path, Version(about.st_size, about.st_mtime_ns, about.st_ino))


def listed(*names: Path | str, recursive: bool = False) -> set[Path]:
    return set(listing([str(name) for name in names], recursive=recursive))


def deny(monkeypatch: pytest.MonkeyPatch, denied: set[Path]) -> None:
    """Leave to read is what access(2) says: root may be denied nothing else."""
    real = os.access

    def access(path: str | Path, mode: int) -> bool:
        return Path(path) not in denied and real(path, mode)

    monkeypatch.setattr("capture.listing.os.access", access)


def plant(root: Path, seed: int) -> random.Random:
    """A random tree of files and directories, some hidden, some unfinished."""
    chance = random.Random(seed)
    directories = [root]
    for n in range(60):
        name = chance.choice(["", "", "", ".", "heap.", "cpu"]) + f"{n}{chance.choice(['', '.pb.gz', *UNFINISHED])}"
        path = chance.choice(directories) / name
        if chance.random() < 0.3:
            path.mkdir()
            directories.append(path)
        else:
            path.write_text(name)
    return chance


def counts(path: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return path.is_file() and not hidden and not path.name.endswith(UNFINISHED)


@pytest.mark.parametrize("seed", range(5))
def test_a_directory_has_its_files_but_hidden_and_unfinished_ones(tmp_path: Path, seed: int) -> None:
    plant(tmp_path, seed)
    flat = {path for path in tmp_path.iterdir() if counts(path, tmp_path)}
    deep = {path for path in tmp_path.rglob("*") if counts(path, tmp_path)}
    assert flat <= deep
    assert listing([str(tmp_path)], recursive=False) == {path: found(path) for path in flat}
    assert listing([str(tmp_path)], recursive=True) == {path: found(path) for path in deep}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "pattern",
    [
        "heap*",
        "*",
        "*/*",
        "*/[ch]*",
        "**/heap.*",
        "**",
        "**/*.gz",
        "*/**",
        "*/**/?",
        "*/**/*[0-9]",
        "none*",
        "[!0-5]*/*",
    ],
)
def test_a_pattern_is_what_glob_makes_of_it(tmp_path: Path, seed: int, pattern: str) -> None:
    """A directory that it leads to stands for its files, as if the shell had named it."""
    plant(tmp_path, seed)
    expected = set()
    for each in map(Path, glob.glob(str(tmp_path / pattern), recursive=True)):  # noqa: PTH207
        inside = each.iterdir() if each.is_dir() else [each]
        expected |= {path for path in inside if counts(path, tmp_path)}
    assert listed(tmp_path / pattern) == expected


def test_a_pattern_below_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "heap.1", "dumps/heap.2")
    monkeypatch.chdir(tmp_path)
    assert listed("heap*", "d*/h*") == {Path("heap.1"), Path("dumps/heap.2")}
    assert listed(".", "dumps") == {Path("heap.1"), Path("dumps/heap.2")}


def test_unfinished_and_hidden_files_can_be_asked_for(tmp_path: Path) -> None:
    unfinished, hidden = write(tmp_path, "heap.part", ".heap")
    assert listed(tmp_path / "*.part") == {unfinished}
    assert listed(tmp_path / ".h*") == {hidden}
    assert listed(unfinished, hidden) == {unfinished, hidden}


def test_a_file_whose_name_is_a_pattern_is_itself(tmp_path: Path) -> None:
    (expected, _) = write(tmp_path, "heap[1]", "heap1")
    assert listed(expected) == {expected}


def test_what_is_named_and_not_there_is_said(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "heap")
    for path in (tmp_path / "gone", tmp_path / "a/b/c", file / "below"):
        assert listing([str(path)], recursive=False) == {path: Found(path, None, "no such file")}
    assert not listed(tmp_path / "gone/*")
    assert listing(["/dev/null"], recursive=False)[Path("/dev/null")].problem == "not a file"
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert listing([str(loop)], recursive=False)[loop].version is None


def test_what_can_be_read_but_once_is_not_listed(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert not listed("-", pipe)
    assert not listed(tmp_path)


def test_of_links_and_their_file_the_file_is_told(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "b/heap.08.pb.gz")
    for name in ("latest", "a"):
        (tmp_path / "b" / name).symlink_to("heap.08.pb.gz")
    (tmp_path / "b/nowhere").symlink_to("gone")
    (tmp_path / "away").symlink_to(file)
    assert listed(tmp_path / "b") == {file}
    assert listed(tmp_path / "b" / "latest") == {tmp_path / "b/latest"}
    assert listed(tmp_path / "b" / "latest", tmp_path / "b") == {file}
    assert listing([str(tmp_path)], recursive=False) == {
        tmp_path / "away": Found(tmp_path / "away", found(file).version)
    }
    assert listed(tmp_path, recursive=True) == {file}


def test_two_links_to_one_file_are_told_once_the_first_by_name(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "out/heap")
    for name in ("b", "a"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).symlink_to(file)
    assert listed(tmp_path / "in") == {tmp_path / "in/a"}


def test_two_ways_to_one_directory_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "dumps/heap")
    (tmp_path / "current").symlink_to("dumps")
    monkeypatch.chdir(tmp_path)
    assert listed("current") == {Path("current/heap")}
    assert listed("dumps", "dumps/heap", "dumps/h*", "./dumps") == {Path("dumps/heap")}
    assert listed("*/heap") == listed("current", "dumps") == {Path("dumps/heap")}
    assert len(listed("dumps", tmp_path / "current", tmp_path / "dumps")) == 1


def test_links_to_directories_lead_no_further_down_and_never_round(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "a/b/heap")
    (tmp_path / "a/b/up").symlink_to(tmp_path)
    (tmp_path / "away").symlink_to(tmp_path / "a")
    assert listed(tmp_path, recursive=True) == {file}
    assert listed(tmp_path / "**/heap") == {file}
    assert listed(tmp_path / "aw*/b/h*") == {tmp_path / "away/b/heap"}


def test_names_that_are_no_text(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/heap\xff"))
    path.write_text("x")
    assert listed(tmp_path) == {path}


@pytest.mark.parametrize("recursive", [False, True])
def test_what_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recursive: bool) -> None:
    heap, shut, _ = write(tmp_path, "heap", "shut", "below/cpu")
    deny(monkeypatch, {shut, tmp_path / "below"})
    look = Look([str(tmp_path)], recursive=recursive)
    assert look.files() == {heap: found(heap), shut: Found(shut, None, "permission denied")}
    assert look.problems == ({tmp_path / "below": "permission denied"} if recursive else {})
    assert look.places.keys() >= look.problems.keys()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("mode", [0o000, 0o400, 0o100])
def test_what_a_closed_directory_keeps(tmp_path: Path, mode: int) -> None:
    (path,) = write(tmp_path, "closed/heap")
    path.parent.chmod(mode)
    try:
        look = Look([str(path.parent)], recursive=True)
        named = Look([str(path)], recursive=False)
    finally:
        path.parent.chmod(0o700)
    assert (look.files(), look.problems) == ({}, {path.parent: "permission denied"})
    if mode & 0o100:
        assert (named.files(), named.problems) == ({path: found(path)}, {})
    else:
        assert named.files() == {path: Found(path, None, "permission denied")}
        assert named.problems == {path: "permission denied"}


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "heap").write_text("longer"),
        lambda root: (root / "heap").unlink(),
        lambda root: (root / "heap").rename(root / "other"),
        lambda root: (root / "other").symlink_to("heap"),
        lambda root: (root / "other.tmp").write_text("x"),
        lambda root: os.mkfifo(root / "other"),
        lambda root: (root / "other").symlink_to("gone"),
    ],
)
def test_a_single_file_looked_at_again_is_as_in_a_new_look(tmp_path: Path, change: Callable[[Path], object]) -> None:
    write(tmp_path, "heap", "cpu")
    (tmp_path / "latest").symlink_to("heap")
    names = [str(tmp_path), str(tmp_path / "heap"), str(tmp_path / "o*")]
    look = Look(names, recursive=True)
    change(tmp_path)
    assert not [name for name in ("heap", "other", "other.tmp") if look.again(tmp_path / name)]
    again = look.untold()
    assert set(again) <= {tmp_path / "latest", tmp_path / "other"}
    assert not [path for path in again if look.again(path)]
    new = Look(names, recursive=True)
    assert (look.files(), look.problems) == (new.files(), new.problems)


def test_what_is_about_a_directory_takes_a_look_at_everything(tmp_path: Path) -> None:
    write(tmp_path, "a/heap", "b/heap")
    look = Look([str(tmp_path / "c"), str(tmp_path)], recursive=False)
    (tmp_path / "c").mkdir()
    assert look.again(tmp_path / "c")
    assert not look.again(tmp_path / "b")
    assert Look([str(tmp_path)], recursive=True).again(tmp_path / "b")
    look = Look([str(tmp_path / "*/h*")], recursive=False)
    (tmp_path / "b/heap").unlink()
    (tmp_path / "b").rmdir()
    assert look.again(tmp_path / "b")
