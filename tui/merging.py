"""A merge spread over processes, here or on a cluster: a tree whose leaves read captures and whose nodes join parts.

One way for both: what works is handed functions and parts, and says when something is done. Nothing here knows the
screen, for this is what workers import.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

from analysis.errors import ViewError
from analysis.reduce import Part, combined, part
from capture.memory import PEAK_PER_BYTE, default_budget
from capture.open import CaptureError, display_name, read_any
from capture.remote import content, is_url, shown
from parsers.errors import ParseError
from parsers.profile import read_profile
from parsers.profile.model import Profile

# Captures that one task reads, and parts that one task joins: enough that handing them over costs little.
LEAF = 16
NODE = 8

Source = tuple[str, bool]
"""A path or a URL, and whether it was named itself: what merely lies in a directory may be anything."""


@dataclass(frozen=True, eq=False, slots=True)
class Merged:
    """What a task has made: a part, None if none of its captures could be read; how many were, and a sentence for
    every other.
    """

    part: Part | None
    count: int
    complaints: tuple[str, ...] = ()


class Workers(Protocol):
    """What works on tasks: a result may be handed to a later task before anybody has seen it."""

    @property
    def width(self) -> int:
        """How many tasks to have under way."""
        ...

    def submit(self, task: Callable[..., Merged], *arguments: Any) -> Any: ...

    def done(self, running: set[Any]) -> set[Any]:
        """Wait for at least one of these; those that are done."""
        ...

    def result(self, done: Any) -> Merged: ...

    def close(self) -> None: ...


def leaf(sources: Sequence[Source], budget: int | None) -> Merged:
    """Read some captures and join them; one that cannot be read, or is no profile, is left out and told."""
    found: list[Part] = []
    complaints: list[str] = []
    for name, named in sources:
        try:
            if (profile := _profile(name, named, budget)) is not None:
                found.append(part(profile))
        except CaptureError as error:
            complaints.append(str(error))
        except ViewError as error:
            complaints.append(f"{said(name)}: {error}")
        except MemoryError:
            complaints.append(f"{said(name)}: there is not enough memory for it")
    return Merged(_light(combined(found)) if found else None, len(found), tuple(complaints))


def node(*merged: Merged) -> Merged:
    """Join what tasks have made. Raises ViewError where that has nothing in common."""
    found = [each.part for each in merged if each.part is not None]
    complaints = tuple(sentence for each in merged for sentence in each.complaints)
    return Merged(_light(combined(found)) if found else None, sum(each.count for each in merged), complaints)


def merged(
    sources: Sequence[Source], workers: Workers, budget: int | None, told: Callable[[int], None] = lambda done: None
) -> Merged:
    """All captures in one; `told` hears how many have been read. Raises ViewError where they have nothing in common.

    However the tasks come out, what is made is the same. No more are under way than the workers are wide, and no more
    parts wait than one task joins.
    """
    leaves = [sources[at : at + LEAF] for at in range(0, len(sources), LEAF)]
    leaves.reverse()
    running: set[Any] = set()
    ready: list[Any] = []
    reading: dict[Any, int] = {}
    read = 0
    while leaves or running or len(ready) > 1:
        if len(ready) >= NODE or (len(ready) > 1 and not leaves and not running):
            running.add(workers.submit(node, *ready[:NODE]))
            del ready[:NODE]
        elif leaves and len(running) < workers.width:
            some = leaves.pop()
            task = workers.submit(leaf, some, budget)
            running.add(task)
            reading[task] = len(some)
        else:
            for each in workers.done(running):
                running.discard(each)
                ready.append(each)
                read += reading.pop(each, 0)
                told(read)
    return workers.result(ready[0]) if ready else Merged(None, 0)


def said(name: str) -> str:
    """A source as it may be shown."""
    return shown(name) if is_url(name) else display_name(Path(name))


def _profile(name: str, named: bool, budget: int | None) -> Profile | None:
    """What is at a source; None for what merely lies in a directory there and is no profile. Raises CaptureError."""
    if is_url(name):
        limit = (budget or default_budget()) // PEAK_PER_BYTE
        try:
            return read_profile(content(name, limit), limit=limit)
        except ParseError as error:
            if not named and not error.incomplete:
                return None
            raise CaptureError.of(f"{said(name)}: {error}") from None
    capture = read_any(Path(name), budget=budget)
    if not isinstance(capture, Profile):
        raise CaptureError(Path(name), "an execution trace: profiles alone can be merged")
    return capture


def _light(found: Part) -> Part:
    """The part without what was worked out from it, which must not travel."""
    return replace(found, profile=replace(found.profile, memo={}))


class Here:
    """One process: the one that asks."""

    width = 1

    def submit(self, task: Callable[..., Merged], *arguments: Any) -> Any:
        future: Future[Merged] = Future()
        future.set_result(task(*(each.result() if isinstance(each, Future) else each for each in arguments)))
        return future

    def done(self, running: set[Any]) -> set[Any]:
        return set(running)

    def result(self, done: Any) -> Merged:
        found: Merged = done.result()
        return found

    def close(self) -> None:
        pass


class Cores(Here):
    """So many processes of this machine."""

    def __init__(self, jobs: int) -> None:
        # Forking a process that has threads may leave locks held for ever.
        self._pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
        self.width = 2 * jobs

    def submit(self, task: Callable[..., Merged], *arguments: Any) -> Any:
        return self._pool.submit(task, *(each.result() if isinstance(each, Future) else each for each in arguments))

    def done(self, running: set[Any]) -> set[Any]:
        return wait(running, return_when=FIRST_COMPLETED).done

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


class Cluster:
    """The workers of a cluster that runs dask.distributed; results stay with them until they are wanted."""

    def __init__(self, address: str) -> None:
        """Raises ViewError where there is none, or one that cannot work on this."""
        try:
            from distributed import Client
        except ImportError:
            raise ViewError("--dask needs the extra fleet: pip install 'goscope[fleet]'") from None
        try:
            self._client = Client(address, timeout="10s")  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError) as error:
            raise ViewError(f"no cluster answers at {address}: {error}") from None
        self._check(address)
        self.width = 2 * max(1, sum(self._client.nthreads().values()))  # type: ignore[no-untyped-call]

    def _check(self, address: str) -> None:
        from importlib.metadata import version

        own = version("goscope")
        found = self._client.run(_version)
        if not found:
            self.close()
            raise ViewError(f"the cluster at {address} has no workers")
        if others := sorted({each for each in found.values() if each != own}):
            self.close()
            raise ViewError(f"the workers at {address} need goscope {own}; they have {', '.join(others)}")

    def submit(self, task: Callable[..., Merged], *arguments: Any) -> Any:
        return self._client.submit(task, *arguments, pure=False)

    def done(self, running: set[Any]) -> set[Any]:
        from distributed import wait as wait_for

        done: set[Any] = wait_for(list(running), return_when="FIRST_COMPLETED").done  # type: ignore[no-untyped-call]
        return done

    def result(self, done: Any) -> Merged:
        found: Merged = done.result()
        return found

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]


def _version() -> str:
    """On a worker: which goscope it has."""
    try:
        from importlib.metadata import version

        import tui.merging  # noqa: F401

        return version("goscope")
    except Exception:
        return "none"
