"""Asks processes, in a thread of its own with a loop in which everything waits side by side; the screen waits for none.

What happens is told by messages. The thread is there from the first thing that is asked for; when it is stopped, all
that is under way is cancelled, so that nothing half-written stays.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.message import Message

from capture.live.address import Address
from capture.live.events import Event, Missed, Took
from capture.live.loop import Loop
from capture.live.take import Take
from capture.open import CaptureError
from parsers.text import clean
from tui.loading import Post

# httpx is imported by the thread that needs it.
if TYPE_CHECKING:
    from capture.live.index import Index
    from capture.live.plan import Plan
    from capture.live.target import Target

# Seconds until a target that does not answer is asked again: twice as long each time.
_FIRST, _LONGEST = 5.0, 60.0
# What is cancelled has so many seconds to clean up in, when goscope ends.
_PATIENCE = 3.0


class Met(Message):
    """A target was asked what it has: its index, or the problem why it does not tell."""

    def __init__(self, address: Address, index: "Index | None", problem: str = "") -> None:
        super().__init__()
        self.address = address
        self.index = index
        self.problem = problem


class Told(Message):
    """Something has happened to what was asked for under this number."""

    def __init__(self, number: int, event: Event) -> None:
        super().__init__()
        self.number = number
        self.event = event


class Ended(Message):
    """What was asked for under this number is over; `fault` says so where that is goscope's own."""

    def __init__(self, number: int, fault: str = "") -> None:
        super().__init__()
        self.number = number
        self.fault = fault


class Live:
    """Who asks. All but `_run` and what is below it is for the screen's thread."""

    def __init__(self, post: Post, tls: tuple[str, str, str] = ("", "", "")) -> None:
        """`tls` names the files of `capture.live.access.Tls`."""
        self._post = post
        self._tls = tls
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._targets: dict[Address, Target] = {}
        self._tasks: dict[Hashable, asyncio.Task[None]] = {}

    def meet(self, address: Address) -> None:
        """Ask a target what it has, and as long as nothing answers, now and then again."""
        self._do(address.place, lambda: self._meet(address))

    def take(self, number: int, address: Address, takes: Sequence[Take], into: Path) -> None:
        """Have captures taken, one after the other."""
        self._do(number, lambda: self._take(number, address, takes, into))

    def record(self, number: int, groups: Sequence[tuple[Path, Sequence[Address]]], plan: "Plan") -> None:
        """Record, until the plan is through, targets into a directory each."""
        self._do(number, lambda: self._record(number, groups, plan))

    def cancel(self, number: int) -> None:
        """Take or record no further."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._cancel, number)

    def stop(self) -> None:
        """End everything, and wait until it has been cleaned up."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_PATIENCE)

    def _do(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have the loop do something; if that is being done already, from the beginning."""
        if self._loop is None:
            self._loop = Loop()
            self._thread = threading.Thread(target=self._run, args=(self._loop,), name="live", daemon=True)
            self._thread.start()
        self._loop.call_soon_threadsafe(self._begin, key, work)

    # In the loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
            loop.run_until_complete(self._clean_up())
        finally:
            loop.close()

    async def _clean_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.gather(*(each.close() for each in self._targets.values()), return_exceptions=True)

    def _begin(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._cancel(key)
        task = self._tasks[key] = asyncio.get_running_loop().create_task(work())
        task.add_done_callback(lambda task: self._over(key, task))

    def _over(self, key: Hashable, task: "asyncio.Task[None]") -> None:
        """Forget what is done, in whichever way, and say so where it has a number."""
        if self._tasks.get(key) is task:
            del self._tasks[key]
        error = None if task.cancelled() else task.exception()
        if isinstance(key, int):
            self._post(Ended(key, "" if error is None else _fault(error)))

    def _cancel(self, key: Hashable) -> None:
        if key in self._tasks:
            self._tasks[key].cancel()

    def _target(self, address: Address) -> "Target":
        """The one there is, for it lets no two CPU profiles be taken at a time. Raises CaptureError."""
        from capture.live.access import Tls
        from capture.live.target import Target

        if address not in self._targets:
            self._targets[address] = Target(address, Tls(*self._tls))
        return self._targets[address]

    async def _meet(self, address: Address) -> None:
        pause = _FIRST
        while True:
            try:
                self._post(Met(address, await self._look(address)))
                return
            except CaptureError as error:
                self._post(Met(address, None, str(error)))
                # Who has answered says the same again; and one who refuses credentials may lock them.
                if getattr(error, "status", 1):
                    return
            except Exception as error:
                self._post(Met(address, None, f"{address.shown}: {_fault(error)}"))
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST)

    async def _look(self, address: Address) -> "Index":
        """What a target has. The name of one that tells it by its profiles only is not forgotten."""
        target = self._target(address)
        known = target.index.program if target.index is not None else ""
        found = await target.look()
        target.index = replace(found, program=found.program or known)
        return target.index

    async def _take(self, number: int, address: Address, takes: Sequence[Take], into: Path) -> None:
        def tell(event: Event) -> None:
            self._post(Told(number, event))

        for take in takes:
            try:
                tell(await self._target(address).take(take, into, tell=tell))
            except CaptureError as error:
                tell(Missed(address, take, str(error)))

    async def _record(self, number: int, groups: Sequence[tuple[Path, Sequence[Address]]], plan: "Plan") -> None:
        from capture.live.journal import Journal, begins, ends
        from capture.live.recorder import Recorder

        async def record(into: Path, addresses: Sequence[Address]) -> None:
            journal, took = Journal(into), 0

            def tell(event: Event) -> None:
                nonlocal took
                took += isinstance(event, Took)
                journal.write(event)
                self._post(Told(number, event))

            tell(begins(addresses, into, plan))
            try:
                await Recorder([self._target(each) for each in addresses], into, plan, tell).run()
            finally:
                journal.write(ends(took))

        async with asyncio.TaskGroup() as together:
            for group in groups:
                together.create_task(record(*group))


def _fault(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, CaptureError):
        return str(error)
    return f"goscope failed: {type(error).__name__}: {clean(' '.join(str(error).split()))}"
