"""Watches files and looks into them, one after the other, away from the screen; what is known is `tui.library`'s.

The screen is told a few times a second at most, by a `Library` that never changes.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message

from tui.catalogue import examined
from tui.library import Library, Register
from tui.loading import Post
from tui.shelf import Shelf

if TYPE_CHECKING:
    from capture.watch import Changes, Watch

# How often the screen is told while there is more to look into, and for how many times what telling it takes.
_PAUSE = 0.25
_SHARE = 4.0


class Watched(NamedTuple):
    """The files that the user named, the places (directories, patterns) where files land, and how these are watched."""

    files: tuple[Path, ...] = ()
    places: tuple[str, ...] = ()
    recursive: bool = False
    poll: bool = False


class Known(Message):
    """The library as it is now. A newer one takes the place of one that still waits."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self.library = library

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Known)


class Librarian:
    """Watches what the user named and looks into what is there, in a thread of its own."""

    def __init__(self, watched: Watched, shelf: Shelf, post: Post) -> None:
        self._watched = watched
        self._shelf = shelf
        self._post = post
        self._heard: list[Changes] = []
        self._watches: list[Watch] = []
        self._problems: dict[int, tuple[str, ...]] = {}
        self._wake = threading.Condition()
        self._stopped = False

    def start(self) -> None:
        threading.Thread(target=self._run, name="librarian", daemon=True).start()

    def stop(self) -> None:
        """Watch and read no more."""
        with self._wake:
            self._stopped = True
            self._wake.notify()

    def also(self, place: Path) -> None:
        """Watch one more directory, which is there."""
        if str(place) not in self._watched.places:
            self._watched = self._watched._replace(places=(*self._watched.places, str(place)))
            self._watch([str(place)])

    def _watch(self, names: Sequence[str]) -> None:
        from capture.watch import Watch

        number = len(self._watches)
        _, _, recursive, poll = self._watched
        watch = Watch(names, lambda changes: self._hear(number, changes), recursive=recursive, poll=poll)
        self._watches.append(watch)
        watch.start()

    def _hear(self, number: int, changes: "Changes") -> None:
        with self._wake:
            # Each watch tells all of its own problems.
            self._problems[number] = changes.problems
            every = tuple(each for number in sorted(self._problems) for each in self._problems[number])
            self._heard.append(replace(changes, problems=every))
            self._wake.notify()

    def _run(self) -> None:
        files, places, _, _ = self._watched
        self._watch([*map(str, files), *places])
        register = Register(files, [Path(place) for place in places])
        said, cost, unsaid = 0.0, 0.0, False
        while (changes := self._next(register, said + cost if unsaid else None)) is not None:
            for each in changes:
                register.take(each)
            begun = time.monotonic()
            path = register.next(begun)
            if path is not None:
                entry = examined(path, budget=self._shelf.how.budget, named=register.named(path))
                register.looked_into(path, entry, time.monotonic(), time.monotonic() - begun)
            unsaid = unsaid or path is not None or bool(changes)
            now = time.monotonic()
            busy = register.rest(now) == 0.0
            if unsaid and now >= said + max(cost, _PAUSE if busy else 0.0):
                self._post(Known(register.library()))
                said, unsaid = time.monotonic(), False
                cost = _SHARE * (said - now)
        for watch in self._watches:
            watch.stop()

    def _next(self, register: Register, say_at: float | None) -> "list[Changes] | None":
        """What was heard, once there is something to do, or to say; None when it is time to stop."""
        now = time.monotonic()
        rests = [register.rest(now), None if say_at is None else max(0.0, say_at - now)]
        rest = min((each for each in rests if each is not None), default=None)
        with self._wake:
            self._wake.wait_for(lambda: self._stopped or bool(self._heard), rest)
            heard, self._heard = self._heard, []
            return None if self._stopped else heard
