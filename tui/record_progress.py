"""What `goscope record` says: a line for each thing that happens, and on a terminal how targets stand below them."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TextIO, cast

from rich.console import Console
from rich.live import Live
from rich.text import Text

from capture.live.address import Address
from capture.live.events import Begun, Event, Fired, Missed, Next, Removed, Said, Took, Watched
from capture.live.journal import line

# How often a terminal is told, a second: what counts down are seconds.
_PER_SECOND = 1


@dataclass(slots=True)
class _Standing:
    """How far the recording of a target is. Moments are of `time.monotonic`."""

    took: int = 0
    size: int = 0
    missed: int = 0
    events: int = 0
    rules: tuple[str, ...] = ()
    doing: str = ""
    until: float = 0.0
    next: float = 0.0


class _Output:
    """Standard output; a terminal that is gone, or a full disk where it goes, ends no recording: the log has it all."""

    def __init__(self) -> None:
        self._file = sys.stdout

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        with _unless_lost():
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with _unless_lost():
            self._file.flush()


@contextmanager
def _unless_lost() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError:
        pass


class Progress:
    """Prints what is told; while it is open, a terminal shows how each target stands."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._of = {address.label: (address, _Standing()) for address in addresses}
        self._console = Console(file=cast("TextIO", _Output()), highlight=False, soft_wrap=True)
        self._live = (
            Live(self, console=self._console, refresh_per_second=_PER_SECOND, transient=True)
            if self._console.is_terminal
            else None
        )

    def __enter__(self) -> "Progress":
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def tell(self, event: Event) -> None:
        """Take in what has happened, and print it. Raises BrokenPipeError where nobody reads it any more."""
        if isinstance(event, Removed) and event.count == 1:
            return  # what makes room for what lands is for the log
        if not isinstance(event, Said | Removed):
            self._take(event, self._of[event.target.label][1])
        # Names of files would fill a terminal; the log has them.
        if said := line(event, named=self._live is None):
            said = f"{time.strftime('%H:%M:%S')} {said}"
            if self._live:
                self._console.print(Text(said))
            else:
                print(said, file=self._console.file, flush=True)

    def _take(self, event: Event, standing: _Standing) -> None:
        match event:
            case Begun(_, take, until):
                standing.doing, standing.until = take.kind, until
            case Took(_, _, _, size, _, _):
                standing.took, standing.size, standing.doing = standing.took + 1, standing.size + size, ""
            case Missed():
                standing.missed, standing.doing = standing.missed + 1, ""
            case Next(_, at, _):
                standing.next = at
            case Watched(_, states):
                standing.rules = states
            case Fired():
                standing.events += 1

    def __rich__(self) -> Text:
        return Text("\n").join(Text(_standing(address, each), no_wrap=True) for address, each in self._of.values())


def _standing(address: Address, standing: _Standing) -> str:
    now = time.monotonic()
    parts = [f"{standing.took:,} capture{'s' * (standing.took != 1)}, {standing.size / 1000:,.0f} kB"]
    if standing.missed:
        parts.append(f"{standing.missed:,} missed")
    if standing.events:
        parts.append(f"{standing.events:,} event{'s' * (standing.events != 1)}")
    if standing.doing:
        left = standing.until - now
        parts.append(f"taking {standing.doing}" + (f", {left:.0f} s" if left >= 1 else ""))
    elif standing.next > now:
        parts.append(f"next in {standing.next - now:.0f} s")
    if standing.rules:
        parts.append(f"rule{'s' * (len(standing.rules) > 1)}: {', '.join(standing.rules)}")
    return f" {address.shown}  {'  '.join(parts)}"
