"""One process, asked for captures: each lands whole, under a name that sorts and says what it is, or not at all."""

import asyncio
import ntpath
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from capture.beside import WHY
from capture.live.access import Tls
from capture.live.address import Address
from capture.live.client import Client
from capture.live.errors import TargetError
from capture.live.events import Begun, Event, Took
from capture.live.index import Index, read_index
from capture.live.take import FLIGHT, TRACE, Take
from capture.live.whole import Whole
from capture.open import CaptureError, read
from capture.write import write, writing
from parsers.errors import ParseError
from parsers.recorded import recorded_name

# Seconds beyond those that are measured.
PATIENCE = 30.0
# Where programs are wont to serve what their flight recorder has.
_FLIGHTS = ("/debug/flightrecorder", "/debug/pprof/flightrecorder", "/debug/flight", "/debug/trace/flight")


class Target:
    """A process at an address. CPU profiles and traces are taken one at a time, however many are asked for.

    Raises CaptureError where credentials or certificates cannot be used.
    """

    def __init__(self, address: Address, tls: Tls | None = None, *, patience: float = PATIENCE) -> None:
        self.address = address
        self.index: Index | None = None
        self._tls = tls
        self._client = Client(address, tls)
        self._patience = patience
        self._one = asyncio.Lock()
        self._taken: set[Path] = set()

    @property
    def client(self) -> Client:
        return self._client

    def other(self, address: Address) -> Client:
        """A client for something else that this process serves, elsewhere."""
        return Client(address, self._tls)

    async def close(self) -> None:
        await self._client.close()

    async def look(self) -> Index:
        """Ask what it offers, each time anew. Raises TargetError."""
        self.index = await read_index(self._client)
        return self.index

    async def take(
        self,
        take: Take,
        into: Path,
        *,
        why: str = "",
        most: int = 1 << 30,
        tell: Callable[[Event], None] = lambda event: None,
    ) -> Took:
        """Have a capture taken and land in the directory `into`; `why` lies beside it where that is given.

        Raises TargetError, and CaptureError where it cannot be written; then nothing is left of it. That holds as well
        when it is cancelled, which the process hears of.
        """
        index = self.index or await self.look()
        async with self._one if take.is_exclusive else _nothing():
            within = take.seconds + self._patience
            begun = time.monotonic()
            tell(Begun(self.address, take, begun + take.seconds))
            with self._place(into, take, index.program) as path, _explained(path, why):
                size = await self._fetch(take, index.base, path, within, most)
            if not index.program and take.kind not in (TRACE, FLIGHT):
                self.index = replace(index, program=await asyncio.to_thread(_program_in, path))
            return Took(self.address, take, path, size, time.monotonic() - begun, why)

    async def _fetch(self, take: Take, base: str, path: Path, within: float, most: int) -> int:
        """Write what the process sends to `path`; how many bytes that were."""
        refused: TargetError | None = None
        for request in _requests(take, base):
            try:
                return await self._save(request, path, within, most, trace=take.kind in (TRACE, FLIGHT))
            except TargetError as error:
                if error.status not in (404, 405):
                    raise _of(take, error) from None
                refused = refused or error
        assert refused is not None
        if take.kind == FLIGHT and not take.path:
            reason = "flight: it serves no recorder at the usual places: flight=/path names another"
            raise TargetError(self.address, reason, status=404, struggling=False)
        raise _of(take, refused)

    async def _save(self, request: str, path: Path, within: float, most: int, *, trace: bool) -> int:
        whole = Whole(trace=trace)
        with writing(path) as file:

            def keep(piece: bytes) -> None:
                whole.take(piece)
                file.write(piece)

            try:
                answer = await self._client.get(request, keep, within=within, most=most)
                await asyncio.to_thread(whole.finish, file)
            except ParseError as error:
                raise TargetError(self.address, str(error), struggling=False) from None
        return answer.size

    @contextmanager
    def _place(self, into: Path, take: Take, program: str) -> Iterator[Path]:
        """A name that no file has, nor gets from this process meanwhile: a round and an event begin side by side."""
        stamp = time.time_ns() // 10**6
        while (path := into / file_name(self.address, program, take, stamp)).exists() or path in self._taken:
            stamp += 1
        self._taken.add(path)
        try:
            yield path
        finally:
            self._taken.discard(path)


def file_name(address: Address, program: str, take: Take, milliseconds: int) -> str:
    """What a capture is called that was taken so long after 1970."""
    trace = take.kind in (TRACE, FLIGHT)
    return recorded_name(address.label, program, take.name, milliseconds, trace=trace)


def _requests(take: Take, base: str) -> Iterator[str]:
    """The paths to ask for a capture, one after the other as long as there is none."""
    if take.kind == FLIGHT:
        yield from (take.path,) if take.path else _FLIGHTS
    else:
        yield f"{base}/{take.request}"


def _of(take: Take, error: TargetError) -> TargetError:
    """The same with what was asked for in its sentence."""
    lead = str(error)[: -len(error.reason)]
    error.reason = f"{take}: {error.reason}"
    error.args = (f"{lead}{error.reason}",)
    return error


@contextmanager
def _explained(path: Path, why: str) -> Iterator[None]:
    """Have `why` lie beside a capture: first, that whoever sees the capture sees why as well."""
    if not why:
        yield
        return
    beside = path.with_name(path.name + WHY)
    write(beside, [f"{why}\n".encode()])
    try:
        yield
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


def _program_in(path: Path) -> str:
    """What a profile says its program is called, "" where it does not."""
    try:
        profile = read(path)
    except CaptureError:
        return ""
    mappings = profile.mappings
    return ntpath.basename(profile.strings[mappings.file[0]]) if len(mappings.file) else ""
