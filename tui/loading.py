"""Work away from the screen: a thread for each capture that is read, and one that works out what the screen asks for.

Threads are daemons and results come back as messages, so that neither a long computation nor a full link keeps
goscope from ending when it is told to. A result that is no longer wanted is dropped where it arrives.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.message import Message

from parsers.errors import Cancelled
from tui.shelf import Shelf, version_of

# NumPy and protobuf are imported by the reading thread, once the first screen is up.
if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from parsers.trace.model import Trace
    from tui.opencapture import OpenCapture

# How long a key may wait for its answer rather than be drawn twice, as "computing" and then as the answer.
PATIENCE = 0.06
_TICK = 0.25

Post = Callable[[Message], object]


class Read(Message):
    """A capture has been read, or of a trace its last piece when it is not `whole`.

    Without one, `reason` says why not, or it is "" when the user stopped it.
    """

    def __init__(
        self, reader: "Reader", read: "Profile | Trace | None", reason: str = "", *, whole: bool = True
    ) -> None:
        super().__init__()
        self.reader = reader
        self.read = read
        self.reason = reason
        self.whole = whole


class Progressed(Message):
    """So many bytes of a capture have been read. A newer message takes the place of one that still waits."""

    def __init__(self, reader: "Reader", done: int, total: int) -> None:
        super().__init__()
        self.reader = reader
        self.done = done
        self.total = total

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Progressed) and message.reader is self.reader


class Reader:
    """Reads one capture in a thread of its own."""

    def __init__(self, capture: "OpenCapture", shelf: Shelf, post: Post) -> None:
        self.capture = capture
        self._path: Path = capture.path
        # Of Go's own times a part says nothing.
        self._glimpses = not capture.is_read and not shelf.how.compat
        self._shelf = shelf
        self._post = post
        self._cancelled = threading.Event()
        self._told = 0.0
        # What has read the trace that is on the screen reads what has come to it.
        self.growth = capture.growth if capture.shown == capture.path else None
        self.took = 0.0
        self.version: tuple[int, int] | None = None
        threading.Thread(target=self._run, name=f"reading {capture.name}", daemon=True).start()

    def cancel(self) -> None:
        """Stop at the next step forward; what comes after that is not heard of."""
        self._cancelled.set()

    def _run(self) -> None:
        from capture.open import CaptureError, glimpse

        try:
            self.version = version_of(self._path)
            if self._glimpses and (piece := glimpse(self._path, self._progress, budget=self._shelf.how.budget)):
                self._post(Read(self, self._shelf.prepared(piece), whole=False))
            self.growth = self.growth or self._shelf.growth()
            begun = time.monotonic()
            capture = self._shelf.read(self._path, self._progress, self.growth)
            self.took = time.monotonic() - begun
        except Cancelled:
            self._post(Read(self, None))
        except CaptureError as error:
            self._post(Read(self, None, str(error)))
        except MemoryError:
            self._post(Read(self, None, f"{self.capture.name}: there is not enough memory to read it"))
        except Exception as error:  # a fault of ours must cost this capture only
            self._post(Read(self, None, f"{self.capture.name}: goscope failed on it: {type(error).__name__}: {error}"))
        else:
            self._post(Read(self, capture))

    def _progress(self, done: int, total: int) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        now = time.monotonic()
        if now - self._told > _TICK:
            self._told = now
            self._post(Progressed(self, done, total))


class Readers:
    """Who reads what; what comes from a reader that was stopped is not taken."""

    def __init__(self, shelf: Shelf, post: Post) -> None:
        self._shelf = shelf
        self._post = post
        self._at_work: dict[OpenCapture, Reader] = {}

    def start(self, capture: "OpenCapture") -> None:
        """Read a capture that waits for it."""
        if capture.loading and capture not in self._at_work:
            self._at_work[capture] = Reader(capture, self._shelf, self._post)

    def stop(self, capture: "OpenCapture") -> None:
        """Read it no further."""
        if reader := self._at_work.pop(capture, None):
            reader.cancel()
        if capture.loading:
            capture.stopped()

    def take(self, event: Progressed | Read) -> bool:
        """Put what a reader reports into its capture; False if nobody waits for it any more."""
        capture = event.reader.capture
        if self._at_work.get(capture) is not event.reader:
            return False
        capture.version = event.reader.version
        if isinstance(event, Progressed):
            capture.progress = (event.done, event.total)
            return True
        if event.whole:
            del self._at_work[capture]
        if event.read is not None:
            if event.whole:
                capture.growth, capture.took = event.reader.growth, event.reader.took
                capture.read_at = time.monotonic()
            capture.loaded(event.read, whole=event.whole)
        else:
            capture.failed(event.reason)
        return True


@dataclass(eq=False, slots=True)
class Job:
    """Something to work out, and what to do with the result on the screen's side."""

    work: Callable[[], Any]
    then: Callable[[Any], None]
    result: Any = None
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Answered(Message):
    """A job is done."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class Desk:
    """One thread for all that the screen asks for: the newest request wins, one that still waits behind it is
    forgotten.

    `ask` and `settle` are for the screen's thread. What is fast is settled before `ask` returns.
    """

    def __init__(self, post: Post, patience: float = PATIENCE) -> None:
        self._post = post
        self._patience = patience
        self._wanted: Job | None = None
        self._waiting: Job | None = None
        self._wake = threading.Condition()
        threading.Thread(target=self._run, name="desk", daemon=True).start()

    def ask(self, work: Callable[[], Any], then: Callable[[Any], None]) -> bool:
        """Have `work` done and `then` called with what it returned. False if that takes longer than anyone waits."""
        job = Job(work, then)
        with self._wake:
            self._wanted = self._waiting = job
            self._wake.notify()
        if not job.done.wait(self._patience):
            return False
        self.settle(job)
        return True

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._wanted is not None

    def drop(self) -> None:
        """Want nothing any more."""
        self._wanted = None

    def settle(self, job: Job) -> None:
        """Use a job's result, unless it has been used or overtaken; raises what its work raised."""
        if job is self._wanted:
            self._wanted = None
            if job.error:
                raise job.error
            job.then(job.result)

    def _run(self) -> None:
        while True:
            with self._wake:
                while self._waiting is None:
                    self._wake.wait()
                job, self._waiting = self._waiting, None
            try:
                job.result = job.work()
            except Exception as error:
                job.error = error
            job.done.set()
            self._post(Answered(job))
