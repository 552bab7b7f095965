"""Tells what changes among the files that names stand for, from a thread of its own, and goes on whatever happens.

Which files these are is capture/listing.py's to say. What they hold is not read here: whether a file is complete is
found out by reading it, each time it has another version.
"""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from capture.listing import Found, Identity, Look, stamp
from capture.mounts import remote
from capture.open import display_name
from parsers.text import clean

if TYPE_CHECKING:
    from watchfiles.main import FileChange

# Milliseconds: how often there is a look for events, how long those of one burst are gathered, and how often it is
# looked for directories that come, go or are exchanged.
_STEP, _GATHER, _TICK = 20, 100, 250
# Seconds, from here on: how often is it told at most.
_PACE = 0.1
# How often it is looked where links lead.
_LINKS = 1.5
# Everything is looked at once it has been quiet for so long, and so long after the beginning of a burst.
_QUIET, _LATEST = 1.0, 5.0
# Where nothing is told, everything is looked at again and again, as after a burst; watchfiles' own polling would be
# a second way to do that. So often at most, in so small a part of the time.
_POLL, _POLL_SHARE = 1.0, 1 / 25
# Nor do looks that events ask for take more of the time.
_LOOK_SHARE = 1 / 10
# After a failure.
_RETRY = 1.0

Watching = Literal["native", "polling"]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is another way than was told before.

    `found` are files that are new or have another version, `gone` the paths that are none any more. `problems` are all
    that hold now, one sentence for each place that cannot be watched; `watching` is how the others are.
    """

    found: tuple[Found, ...]
    gone: tuple[Path, ...]
    problems: tuple[str, ...]
    watching: Watching


class Watch:
    """Watches files, directories and patterns for as long as it is not stopped.

    `tell` is called from the watching thread: once with everything there is, as soon as that is known, then with what
    changed. Nothing is missed for good if the system fails to tell something: after each burst everything is looked at.
    """

    def __init__(
        self, names: Sequence[str], tell: Callable[[Changes], None], *, recursive: bool = False, poll: bool = False
    ) -> None:
        self._names = tuple(names)
        self._tell = tell
        self._recursive = recursive
        self._poll = poll
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._look = Look((), recursive=recursive)
        self._directories: dict[Path, Identity] = {}
        self._polled: set[Path] = set()
        self._looked, self._cost = 0.0, 0.0
        self._told: dict[Path, Found] = {}
        self._said: tuple[tuple[str, ...], Watching] | None = None
        self._paced = 0.0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread soon, and tells no more."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look_at_all()
                while not self._stop.is_set():
                    self._follow()
            except Exception as error:
                self._fail(error)
                self._stop.wait(_RETRY)

    def _fail(self, error: Exception) -> None:
        try:
            self._say(self._told, (f"watching failed and is tried again: {clean(repr(error))}",))
        except Exception:
            return  # it is the telling that fails

    def _look_at_all(self) -> bool:
        """Look at everything and tell what is different; whether the directories to watch are."""
        begun = time.monotonic()
        self._look = Look(self._names, recursive=self._recursive)
        directories = {
            path: wanted.identity
            for path, wanted in self._look.wanted.items()
            if wanted.identity is not None and wanted.identity.readable
        }
        others = directories != self._directories
        if others:
            self._directories = directories
            self._polled = set(directories) if self._poll else remote(directories)
        self._looked = time.monotonic()
        self._cost = self._looked - begun
        self._tell_changes()
        return others

    def _follow(self) -> None:
        """Go along with what happens in the directories, until these are others."""
        native = self._native()
        # What changed before the system was asked to tell is found by looking.
        due, linked = _Due(at=0.0), self._looked
        with closing(self._events(list(native))) as events:
            for changed in events:
                self._hear(changed, native, due)
                self._check_places(due)
                now = time.monotonic()
                if now >= linked + _LINKS:
                    linked = now
                    self._look_again(self._look.untold(), due)
                if due.by(now):
                    if self._look_at_all():
                        return
                    due = _Due(self._looked + max(_POLL, self._cost / _POLL_SHARE) if self._polled else inf)
        if not self._stop.is_set():
            self._look_at_all()

    def _native(self) -> dict[str, list[Path]]:
        """The directories whose changes the system tells, by the names that it tells them under."""
        native: dict[str, list[Path]] = {}
        for path in self._directories.keys() - self._polled:
            native.setdefault(self._look.wanted[path].real, []).append(path)
        return native

    def _events(self, directories: list[str]) -> "Generator[set[FileChange], None, None]":
        """What the system tells, and an empty set whenever it has told nothing for a while; ends when it cannot."""
        # Here, that the first listing need not wait for the import.
        from watchfiles import watch

        try:
            yield from watch(
                *(directory or "/" for directory in directories),
                watch_filter=None,
                debounce=_GATHER,
                step=_STEP,
                stop_event=self._stop,
                rust_timeout=_TICK,
                yield_on_timeout=True,
                debug=False,
                raise_interrupt=False,
                force_polling=False,
                recursive=False,
                ignore_permission_denied=True,
            )
        except FileNotFoundError:
            # A directory has gone since it was looked at.
            self._stop.wait(_PACE)
        except (OSError, RuntimeError, UnicodeError):
            # Most often the system's limit on what may be watched.
            self._poll, self._directories = True, {}

    def _hear(self, changed: "set[FileChange]", native: dict[str, list[Path]], due: "_Due") -> None:
        if not changed:
            return
        self._stop.wait(self._paced + _PACE - time.monotonic())
        if any(where in native for _, where in changed):
            # A directory that takes its place is another one, even if it was given the same inode.
            self._directories = {}
            self._soon(due)
        parts = [where.rpartition("/") for _, where in changed]
        self._look_again([path / name for parent, _, name in parts for path in native.get(parent, ())], due)
        due.heard(time.monotonic())

    def _check_places(self, due: "_Due") -> None:
        for path, was in self._look.places.items():
            now = stamp(path)
            if now == was:
                continue
            self._look.places[path] = now
            if now is None or was is None or now.identity != was.identity or path in self._polled:
                self._soon(due)
            else:
                # Something came or went: if that is not told, it is to be found.
                due.heard(time.monotonic())

    def _look_again(self, paths: Sequence[Path], due: "_Due") -> None:
        if not paths:
            return
        whole = [self._look.again(path) for path in paths]
        if any(whole):
            self._soon(due)
        self._tell_changes()

    def _soon(self, due: "_Due") -> None:
        due.at = min(due.at, self._looked + self._cost / _LOOK_SHARE)

    def _tell_changes(self) -> None:
        problems = (f"{display_name(path)}: {problem}" for path, problem in self._look.problems.items())
        self._say(self._look.files(), tuple(problems))

    def _say(self, files: dict[Path, Found], problems: tuple[str, ...]) -> None:
        found = [found for path, found in files.items() if self._told.get(path) != found]
        gone = [path for path in self._told if path not in files]
        said: tuple[tuple[str, ...], Watching] = problems, "polling" if self._poll or self._polled else "native"
        if (found or gone or said != self._said) and not self._stop.is_set():
            self._tell(Changes(tuple(sorted(found, key=lambda each: each.path)), tuple(gone), *said))
            self._told, self._said, self._paced = files, said, time.monotonic()


@dataclass(slots=True)
class _Due:
    """When everything is to be looked at: `at` some time, or when it has become quiet, and `latest` then."""

    at: float
    quiet: float = inf
    latest: float = inf

    def heard(self, now: float) -> None:
        """Something has happened."""
        self.quiet = now + _QUIET
        self.latest = min(self.latest, now + _LATEST)

    def by(self, now: float) -> bool:
        return now >= min(self.at, self.quiet, self.latest)
