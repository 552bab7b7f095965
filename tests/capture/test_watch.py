"""What is told of directories in which things happen, whatever happens: all of it true in the end."""

import os
import random
import shutil
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any

import pytest

from capture import watch as watching
from capture.listing import Found, Look, listing
from capture.watch import Changes, Watch
from tests.capture.test_listing import deny, write

# Seconds after which a test gives up waiting; nothing takes nearly so long.
DEADLINE = 30.0


class Told:
    """What is known by what was told so far."""

    def __init__(self, *names: Path | str, recursive: bool = False, poll: bool = False) -> None:
        self.names = [str(name) for name in names]
        self.recursive = recursive
        self.files: dict[Path, Found] = {}
        self.last = Changes((), (), (), "native")
        self.times = 0
        self.looks = 0
        self._told = threading.Condition()
        self.watch = Watch(self.names, self.take, recursive=recursive, poll=poll)

    def take(self, changes: Changes) -> None:
        with self._told:
            self.times += 1
            self.last = changes
            for path in changes.gone:
                del self.files[path]
            for found in changes.found:
                assert self.files.get(found.path) != found
                self.files[found.path] = found
            self._told.notify_all()

    def until(self, true: Callable[[], bool]) -> None:
        with self._told:
            assert self._told.wait_for(true, DEADLINE), (self.files, self.last)

    def until_there(self, *paths: Path) -> None:
        self.until(lambda: self.files.keys() == set(paths))

    def until_problems(self, *problems: str) -> None:
        self.until(lambda: self.last.problems == problems)

    def until_so(self) -> None:
        """Until what is told is what a new look finds."""
        self.until(lambda: self.files == listing(self.names, recursive=self.recursive))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at now and then is looked at often."""
    monkeypatch.setattr(watching, "_POLL", 0.1)
    monkeypatch.setattr(watching, "_LINKS", 0.1)


@pytest.fixture
def told() -> Iterator[Callable[..., Told]]:
    started: list[Told] = []

    def start(*names: Path | str, **how: bool) -> Told:
        one = Told(*names, **how)
        started.append(one)
        one.watch.start()
        one.until(lambda: one.times > 0)
        return one

    yield start
    for one in started:
        one.watch.stop()
    for one in started:
        one.watch._thread.join(DEADLINE)
        assert not one.watch._thread.is_alive()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Waits until everything has been looked at so often. After a burst it is not: what is told is told by events."""
    looked, wake = 0, threading.Condition()

    class Counting(Look):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            nonlocal looked
            super().__init__(*arguments, **options)
            with wake:
                looked += bool(self.wanted)
                wake.notify_all()

    def until(times: int) -> None:
        with wake:
            assert wake.wait_for(lambda: looked >= times, DEADLINE)
            assert looked == times

    monkeypatch.setattr(watching, "Look", Counting)
    monkeypatch.setattr(watching, "_QUIET", inf)
    monkeypatch.setattr(watching, "_LATEST", inf)
    yield until


@pytest.fixture(params=["native", "polling"])
def poll(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "polling")


def into_place(path: Path, text: str) -> None:
    """Write a file as those do that want nobody to see half of it."""
    beside = path.with_name(f".{path.name}")
    beside.write_text(text)
    beside.rename(path)


# What lands


def test_first_everything_there_is_is_told(tmp_path: Path, told: Callable[..., Told], poll: bool) -> None:
    paths = write(tmp_path, *(f"heap.{n}" for n in range(100)))
    there = told(tmp_path, poll=poll)
    assert there.files.keys() == set(paths)
    assert there.last.watching == ("polling" if poll else "native")
    assert there.last.problems == ()


def test_nothing_is_told_too(tmp_path: Path, told: Callable[..., Told]) -> None:
    assert told(tmp_path).last == Changes((), (), (), "native")


def test_files_come_change_and_go(tmp_path: Path, told: Callable[..., Told], poll: bool) -> None:
    there = told(tmp_path, poll=poll)
    a, b, c = (tmp_path / name for name in "abc")
    into_place(a, "one")
    there.until_there(a)
    b.write_text("two")
    there.until_there(a, b)
    into_place(a, "three, longer")
    there.until_so()
    with b.open("a") as file:
        file.write("more")
    there.until_so()
    b.rename(c)
    there.until_there(a, c)
    a.unlink()
    there.until_there(c)
    (tmp_path / "unfinished.tmp").write_text("x")
    (tmp_path / ".hidden").write_text("x")
    into_place(c, "last")
    there.until_so()
    assert there.files.keys() == {c}


def test_each_change_is_told_without_a_look_at_everything(
    tmp_path: Path, told: Callable[..., Told], looks: Callable[[int], None]
) -> None:
    heap, other = write(tmp_path, "heap", "other")
    there = told(tmp_path)
    looks(2)
    into_place(tmp_path / "new", "x")
    there.until(lambda: tmp_path / "new" in there.files)
    with heap.open("a") as file:
        for size in (100, 200, 300):
            file.write("x" * 100)
            file.flush()
            there.until(lambda size=size: there.files[heap].version.size > size)  # type: ignore[misc,union-attr]
    other.unlink()
    there.until_there(heap, tmp_path / "new")
    heap.rename(other)
    there.until_there(other, tmp_path / "new")
    looks(2)


def test_what_came_before_the_system_was_asked_to_tell_is_found(
    tmp_path: Path, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    follow = Watch._follow

    def late(self: Watch) -> None:
        write(tmp_path, "between")
        follow(self)

    monkeypatch.setattr(Watch, "_follow", late)
    told(tmp_path).until_there(tmp_path / "between")


def test_what_the_system_does_not_tell_is_found(
    tmp_path: Path, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(self: Watch, directories: list[str]) -> Generator[set[Any], None, None]:
        while not self._stop.wait(0.05):
            yield set()

    monkeypatch.setattr(Watch, "_events", silent)
    there = told(tmp_path)
    (path,) = write(tmp_path, "heap")
    there.until_there(path)
    path.unlink()
    there.until_there()


def test_a_burst_is_told_in_few_words_and_whole(tmp_path: Path, told: Callable[..., Told]) -> None:
    there = told(tmp_path)
    for n in range(1000):
        into_place(tmp_path / f"heap.{n}", "x")
    there.until(lambda: len(there.files) == 1000)
    there.until_so()
    assert there.times < 500


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_end_is_true(tmp_path: Path, told: Callable[..., Told], seed: int) -> None:
    chance = random.Random(seed)
    root = tmp_path / "root"
    directories = [root, root / "a", root / "b", root / "a/c", tmp_path / "outside"]
    root.mkdir()
    there = told(root, root / "named", root / "*/heap*", recursive=True)

    def happen(directory: Path, other: Path) -> None:
        what = chance.randrange(10)
        if what < 3:
            into_place(directory / f"heap.{chance.randrange(20)}", "x" * chance.randrange(99))
        elif what < 5:
            (directory / chance.choice(["named", "cpu", "x.tmp"])).write_text("x" * chance.randrange(99))
        elif what == 5:
            chance.choice(sorted(directory.iterdir())).rename(other / f"heap.{chance.randrange(20)}")
        elif what == 6:
            chance.choice(sorted(directory.iterdir())).unlink()
        elif what == 7:
            (directory / "latest").symlink_to(
                Path(chance.choice(["named", "heap.1", "gone", str(other / "heap.2"), str(other)]))
            )
        elif chance.random() < 0.3:
            shutil.rmtree(directory)
        else:
            directory.mkdir(parents=True)

    for _ in range(800):
        with suppress(OSError, IndexError):
            happen(*chance.choices(directories, k=2))
    there.until_so()
    into_place(tmp_path / "last", "x")
    root.mkdir(exist_ok=True)
    (tmp_path / "last").rename(root / "last")
    there.until(lambda: root / "last" in there.files)
    there.until_so()


# Directories that come and go


@pytest.mark.parametrize("missing", ["dumps", "a/b/dumps"])
def test_a_directory_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, told: Callable[..., Told], missing: str, poll: bool
) -> None:
    dumps = tmp_path / missing
    there = told(dumps, poll=poll)
    assert there.files == {dumps: Found(dumps, None, "no such file")}
    assert there.last.problems == (f"{dumps}: no such file or directory yet",)
    dumps.mkdir(parents=True)
    there.until_there()
    there.until_problems()
    (path,) = write(dumps, "heap")
    there.until_there(path)


def test_a_directory_vanishes_and_comes_back(tmp_path: Path, told: Callable[..., Told], poll: bool) -> None:
    dumps = tmp_path / "dumps"
    (heap,) = write(dumps, "heap")
    there = told(dumps, poll=poll)
    for _ in range(3):
        shutil.rmtree(dumps)
        there.until_there(dumps)
        there.until_problems(f"{dumps}: no such file or directory yet")
        write(dumps, "heap")
        there.until_there(heap)
        there.until_problems()
        heap.write_text("longer")
        there.until_so()


def test_a_directory_made_anew_at_once_is_watched(
    tmp_path: Path, told: Callable[..., Told], looks: Callable[[int], None]
) -> None:
    """It may have the inode of the one before, of which the system tells nothing more."""
    dumps = tmp_path / "dumps"
    (heap,) = write(dumps, "heap")
    there = told(dumps)
    looks(2)
    shutil.rmtree(dumps)
    write(dumps, "heap", text="another")
    there.until_so()
    for n in range(6):  # more often than everything is looked at by now
        heap.write_text("and still another" * n)
        there.until_so()


def test_a_directory_takes_the_place_of_another(tmp_path: Path, told: Callable[..., Told], poll: bool) -> None:
    dumps, other = tmp_path / "dumps", tmp_path / "other"
    write(dumps, "a")
    write(other, "b", "c")
    there = told(dumps, poll=poll)
    dumps.rename(tmp_path / "old")
    other.rename(dumps)
    there.until_there(dumps / "b", dumps / "c")
    write(tmp_path / "old", "late")
    into_place(dumps / "d", "x")
    there.until_there(dumps / "b", dumps / "c", dumps / "d")


def test_a_directory_that_is_a_link_leads_elsewhere(tmp_path: Path, told: Callable[..., Told]) -> None:
    (one,), (two,) = write(tmp_path, "1/heap"), write(tmp_path, "2/cpu")
    current, new = tmp_path / "current", tmp_path / "new"
    current.symlink_to(one.parent)
    there = told(current)
    assert there.files.keys() == {current / "heap"}
    into_place(one.parent / "next", "x")
    there.until_there(current / "heap", current / "next")
    new.symlink_to(two.parent)
    new.rename(current)
    there.until_there(current / "cpu")


def test_two_ways_to_one_directory_are_both_told(tmp_path: Path, told: Callable[..., Told]) -> None:
    (heap,) = write(tmp_path, "dumps/heap")
    (tmp_path / "current").symlink_to("dumps")
    there = told(tmp_path / "dumps", tmp_path / "current" / "named")
    write(tmp_path, "dumps/named")
    there.until(lambda: len(there.files) == 2)
    there.until_so()
    assert heap in there.files


def test_directories_below_come_and_go(tmp_path: Path, told: Callable[..., Told], poll: bool) -> None:
    there = told(tmp_path, recursive=True, poll=poll)
    paths = write(tmp_path, "a/heap", "a/b/heap", "a/b/c/heap", "d/heap")
    there.until_there(*paths)
    into_place(tmp_path / "a/b/new", "x")
    there.until_there(*paths, tmp_path / "a/b/new")
    (tmp_path / "a/b").rename(tmp_path / "moved")
    moved = [tmp_path / "moved" / name for name in ("heap", "new", "c/heap")]
    there.until_there(paths[0], paths[3], *moved)
    into_place(tmp_path / "moved/c/new", "x")
    there.until_there(paths[0], paths[3], *moved, tmp_path / "moved/c/new")
    shutil.rmtree(tmp_path / "moved")
    there.until_there(paths[0], paths[3])


def test_links_that_lead_round_are_no_way_down(tmp_path: Path, told: Callable[..., Told]) -> None:
    (path,) = write(tmp_path, "a/heap")
    (tmp_path / "a/up").symlink_to(tmp_path)
    there = told(tmp_path, recursive=True)
    (tmp_path / "a/up/new").write_text("x")
    there.until_there(path, tmp_path / "new")


# Files and patterns


def test_named_files_are_watched_among_others(tmp_path: Path, told: Callable[..., Told], poll: bool) -> None:
    heap, _ = write(tmp_path, "heap", "other")
    cpu = tmp_path / "cpu.tmp"
    there = told(heap, cpu, poll=poll)
    assert there.files[cpu].problem == "no such file"
    assert there.last.problems == (f"{cpu}: no such file or directory yet",)
    write(tmp_path, "cpu.tmp", "another")
    there.until_problems()
    into_place(heap, "renamed over")
    there.until_so()
    heap.unlink()
    there.until_problems(f"{heap}: no such file or directory yet")
    assert there.files.keys() == {heap, cpu}
    there.until_so()


def test_patterns_are_watched(tmp_path: Path, told: Callable[..., Told], poll: bool) -> None:
    dumps = tmp_path / "a/dumps"
    there = told(dumps / "heap*.gz", tmp_path / "p*/x/cpu", poll=poll)
    assert there.last.problems == (f"{dumps}: no such directory yet",)
    assert not there.files
    (first, _) = write(dumps, "heap.1.gz", "cpu.1.gz")
    there.until_there(first)
    there.until_problems()
    (second, _, _) = write(dumps, "heap.2.gz", "heap.3.gz.tmp", "other.gz")
    there.until_there(first, second)
    (third,) = write(tmp_path, "pod/x/cpu")
    there.until_there(first, second, third)
    first.unlink()
    third.unlink()
    there.until_there(second)


def test_the_current_directory(tmp_path: Path, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    there = told(".", "below/*")
    write(tmp_path, "heap", "below/cpu")
    there.until_there(Path("heap"), Path("below/cpu"))


def test_a_name_that_is_no_text(tmp_path: Path, told: Callable[..., Told]) -> None:
    directory = Path(os.fsdecode(os.fsencode(tmp_path) + b"/dumps\xff"))
    directory.mkdir()
    there = told(directory)
    (path,) = write(directory, "heap")
    there.until_there(path)


# Links


def test_what_a_link_leads_to_is_replaced(tmp_path: Path, told: Callable[..., Told]) -> None:
    (target,) = write(tmp_path, "out/heap")
    link = tmp_path / "dumps/latest"
    link.parent.mkdir()
    link.symlink_to(target)
    there = told(link.parent)
    into_place(target, "another")
    there.until_so()
    target.unlink()
    there.until_there()
    target.write_text("and back")
    there.until_there(link)


def test_a_volume_of_kubernetes_is_replaced(tmp_path: Path, told: Callable[..., Told]) -> None:
    write(tmp_path, "..1/heap")
    write(tmp_path, "..2/heap", text="the second")
    data, heap = tmp_path / "..data", tmp_path / "heap"
    data.symlink_to("..1")
    heap.symlink_to("..data/heap")
    there = told(tmp_path)
    assert there.files[heap].version is not None
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").rename(data)
    there.until(lambda: there.files[heap].version[0] == len("the second"))  # type: ignore[index]


def test_a_link_gives_way_to_its_file(tmp_path: Path, told: Callable[..., Told]) -> None:
    (first,) = write(tmp_path, "heap.1")
    latest, new = tmp_path / "latest", tmp_path / ".new"
    latest.symlink_to(first)
    there = told(tmp_path)
    assert there.files.keys() == {first}
    (second,) = write(tmp_path, "heap.2")
    new.symlink_to(second)
    new.rename(latest)
    there.until_there(first, second)
    second.rename(tmp_path / ".away")
    there.until_there(first)


# What does not work


def test_what_may_not_be_read_heals(
    tmp_path: Path, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch, poll: bool
) -> None:
    heap, shut, cpu = write(tmp_path, "heap", "shut", "below/cpu")
    denied = {shut, cpu.parent}
    deny(monkeypatch, denied)
    there = told(tmp_path, recursive=True, poll=poll)
    assert there.last.problems == (f"{cpu.parent}: permission denied",)
    assert there.files[shut] == Found(shut, None, "permission denied")
    denied.clear()
    for path in (shut, cpu.parent):
        path.chmod(0o700)
    there.until_problems()
    there.until_there(heap, shut, cpu)
    there.until_so()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("mode", [0o000, 0o400, 0o100])
def test_a_closed_directory_is_opened(tmp_path: Path, told: Callable[..., Told], mode: int) -> None:
    closed = tmp_path / "closed"
    (heap,) = write(closed, "heap")
    closed.chmod(mode)
    try:
        there, named = told(closed), told(heap)
        assert there.last.problems == (f"{closed}: permission denied",)
        closed.chmod(0o700)
        there.until_there(heap)
        there.until_problems()
        named.until_so()
        named.until_problems()
    finally:
        closed.chmod(0o700)


def test_a_file_in_a_directory_that_may_not_be_listed(
    tmp_path: Path, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    (heap,) = write(tmp_path, "heap")
    deny(monkeypatch, {tmp_path})
    there = told(heap)
    assert there.files[heap].version is not None
    heap.write_text("longer")
    there.until_so()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("Too many open files")])
def test_what_the_system_cannot_watch_is_polled(
    tmp_path: Path, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*paths: str, **options: Any) -> Iterator[Any]:
        if paths:
            raise error
        yield from real(*paths, **options)

    import watchfiles

    real = watchfiles.watch
    monkeypatch.setattr(watchfiles, "watch", fails)
    there = told(tmp_path)
    there.until(lambda: there.last.watching == "polling")
    (path,) = write(tmp_path, "heap")
    there.until_there(path)
    path.write_text("longer")
    there.until_so()


def test_a_network_file_system_is_polled_and_the_others_are_not(
    tmp_path: Path, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "remote", lambda paths: {path for path in paths if path.name == "far"})
    far, near = write(tmp_path, "far/heap", "near/heap")
    assert told(near.parent).last.watching == "native"
    there = told(far.parent, near.parent)
    assert there.last.watching == "polling"
    assert [*there.watch._native()] == [str(near.parent)]
    for path in (far, near):
        path.write_text("longer")
        there.until_so()


def test_an_error_is_said_and_it_is_tried_again(
    tmp_path: Path, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(Look):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            if self.wanted and len(failures) < 2:
                failures.append(1)
                raise ValueError("a \x1b[31mbug")

    failures: list[int] = []
    monkeypatch.setattr(watching, "Look", Failing)
    monkeypatch.setattr(watching, "_RETRY", 0.05)
    (path,) = write(tmp_path, "heap")
    there = told(tmp_path)
    there.until_there(path)
    there.until_problems()
    assert len(failures) == 2


def test_who_is_told_may_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Changes] = []
    enough = threading.Event()

    def fail(changes: Changes) -> None:
        heard.append(changes)
        if any(changes.found for changes in heard[1:]):
            enough.set()
        raise KeyError

    monkeypatch.setattr(watching, "_RETRY", 0.05)
    write(tmp_path, "heap")
    watch = Watch([str(tmp_path)], fail)
    watch.start()
    assert enough.wait(DEADLINE)
    watch.stop()


def test_the_environment_and_the_terminal_are_left_alone(
    tmp_path: Path,
    told: Callable[..., Told],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    looks: Callable[[int], None],
) -> None:
    for name in ("FORCE_POLLING", "POLL_DELAY_MS", "DEBUG", "IGNORE_PERMISSION_DENIED"):
        monkeypatch.setenv(f"WATCHFILES_{name}", "1" if name != "POLL_DELAY_MS" else "1000000")
    there = told(tmp_path)
    looks(2)
    (path,) = write(tmp_path, "heap")
    there.until_there(path)
    looks(2)
    assert there.last.watching == "native"
    assert capfd.readouterr() == ("", "")


def test_it_stops(tmp_path: Path) -> None:
    watch = Watch([str(tmp_path)], lambda changes: watch.stop())
    watch.stop()
    watch.start()
    watch._thread.join(DEADLINE)
    assert not watch._thread.is_alive()
    watch.stop()
