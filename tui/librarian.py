"""Watches files and looks into them, one after the other, away from the screen; what is known is `tui.library`'s.

The screen is told a few times a second at most, by a `Library` that never changes.
"""

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message

from tui.catalogue import examined
from tui.library import Library, Register
from tui.loading import Post
from tui.shelf import Shelf

if TYPE_CHECKING:
    from capture.watch import Changes

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
        self._wake = threading.Condition()
        self._stopped = False

    def start(self) -> None:
        threading.Thread(target=self._run, name="librarian", daemon=True).start()

    def stop(self) -> None:
        """Watch and read no more."""
        with self._wake:
            self._stopped = True
            self._wake.notify()

    def _hear(self, changes: "Changes") -> None:
        with self._wake:
            self._heard.append(changes)
            self._wake.notify()

    def _run(self) -> None:
        from capture.watch import Watch

        files, places, recursive, poll = self._watched
        watch = Watch([*map(str, files), *places], self._hear, recursive=recursive, poll=poll)
        watch.start()
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
