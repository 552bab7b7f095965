"""Which file is looked into next, and what is known then; nothing here reads a file."""

from pathlib import Path

from analysis.info import SampleTotal
from analysis.summary import Summary
from capture.listing import Found, Version
from capture.watch import Changes
from tui.catalogue import Entry, FileState
from tui.library import Register


def found(name: str, mtime: int = 0, size: int = 10) -> Found:
    return Found(Path(name), Version(size, mtime, 1))


def changes(*files: Found, gone: tuple[Path, ...] = (), problems: tuple[str, ...] = ()) -> Changes:
    return Changes(found=files, gone=gone, problems=problems, watching="native")


def heap(path: Path, at: int, total: int = 100, mtime: int = 0) -> Entry:
    types = (SampleTotal("inuse_space", "bytes", total),)
    return Entry(
        path, 10, mtime, FileState.COMPLETE, summary=Summary("heap", "shop", "b1", at, 0, types, "inuse_space")
    )


def look_into_all(register: Register, at: dict[str, int]) -> list[str]:
    order = []
    while path := register.next(0.0):
        order.append(path.name)
        register.looked_into(path, heap(path, at.get(path.name, 0)), 0.0, 0.0)
    return order


def test_the_newest_is_looked_into_first() -> None:
    register = Register()
    register.take(changes(found("a", 1), found("c", 3), found("b", 2)))
    assert register.library().waiting == 3
    assert look_into_all(register, {}) == ["c", "b", "a"]
    assert register.library().waiting == 0


def test_what_lands_goes_before_what_waits() -> None:
    register = Register()
    register.take(changes(found("a", 1), found("b", 2)))
    register.take(changes(found("new", 9)))
    assert register.next(0.0) == Path("new")


def test_a_file_that_changes_while_it_waits_is_looked_into_once() -> None:
    register = Register()
    register.take(changes(found("a", 1)))
    register.take(changes(found("a", 2)))
    assert look_into_all(register, {}) == ["a"]


def test_a_file_that_changes_again_and_again_rests_between() -> None:
    register = Register()
    register.take(changes(found("a", 1)))
    path = register.next(0.0)
    assert path is not None
    register.looked_into(path, heap(path, 0), 10.0, 2.0)
    register.take(changes(found("a", 2)))
    assert register.next(10.0) is None
    assert register.rest(10.0) == 10.0
    register.take(changes(found("b", 3)))
    assert register.rest(10.0) == 0.0 and register.next(10.0) == Path("b")
    assert register.next(20.0) == Path("a")
    assert register.rest(20.0) is None


def test_what_is_gone_is_forgotten_also_while_it_waits_or_rests() -> None:
    register = Register()
    register.take(changes(found("a", 1), found("b", 2)))
    register.take(changes(gone=(Path("b"),)))
    path = register.next(0.0)
    assert path == Path("a")
    register.looked_into(path, heap(path, 0), 0.0, 1.0)
    register.take(changes(found("a", 3)))
    assert register.next(0.0) is None
    register.take(changes(gone=(Path("a"),)))
    assert register.next(100.0) is None
    assert register.library().entries == {}


def test_what_went_while_it_was_looked_into_does_not_come_back() -> None:
    register = Register()
    register.take(changes(found("a", 1)))
    path = register.next(0.0)
    assert path is not None
    register.take(changes(gone=(path,)))
    register.looked_into(path, heap(path, 0), 0.0, 0.0)
    assert register.library().entries == {}


def test_what_is_no_capture_is_not_listed_until_it_becomes_one() -> None:
    register = Register()
    register.take(changes(found("README", 1)))
    register.looked_into(Path("README"), None, 0.0, 0.0)
    assert register.library().entries == {}
    register.take(changes(found("README", 2)))
    assert look_into_all(register, {}) == ["README"]
    assert list(register.library().entries) == [Path("README")]


def test_series_and_what_is_in_none() -> None:
    register = Register()
    register.take(
        changes(found("a"), found("b"), found("broken"), found("unseen"), problems=("dumps: no such directory",))
    )
    register.looked_into(Path("a"), heap(Path("a"), 2), 0.0, 0.0)
    register.looked_into(Path("b"), heap(Path("b"), 1), 0.0, 0.0)
    register.looked_into(Path("broken"), Entry(Path("broken"), 1, 0, FileState.UNREADABLE, "a core file"), 0.0, 0.0)
    library = register.library()
    (series,) = library.series
    assert [member.path.name for member in series.members] == ["b", "a"]
    assert library.of[Path("a")] == (series, 1)
    assert [entry.path.name for entry in library.loose] == ["broken"]
    assert library.problems == ("dumps: no such directory",)


def test_a_file_that_cannot_be_looked_at_says_why() -> None:
    register = Register()
    register.take(changes(Found(Path("secret"), None, "permission denied")))
    assert register.next(0.0) is None
    (entry,) = register.library().loose
    assert (entry.state, entry.reason) == (FileState.UNREADABLE, "permission denied")
