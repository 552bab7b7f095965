"""What happens while captures are taken, a line for each thing, and the plain log of these lines."""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from capture.live.address import Address
from capture.live.events import Begun, Event, Fired, Missed, Next, Removed, Said, Took, Watched
from capture.live.plan import Plan
from capture.open import display_name

LOG = "goscope-record.log"
# When it has grown so large, it begins anew; the one before stays.
_MOST = 4 << 20


def line(event: Event, *, named: bool = True) -> str:
    """What is written of an event, "" for nothing; of a capture, unless it is to be `named`, without its file."""
    match event:
        case Took(target, take, path, size, seconds, why):
            said = f"{target.shown}: {take}: {size:,} bytes in {seconds:.1f} s"
            return said + (f", {path.name}" if named else "") + (" (event)" if why else "")
        case Missed(_, _, sentence) | Said(sentence):
            return sentence
        case Fired(target, because):
            return f"{target.shown}: EVENT {because}"
        case Next(sentence=sentence):
            return sentence
        case Removed(count, size):
            return f"removed {count:,} older capture{'s' * (count != 1)}, {size:,} bytes"
        case Begun() | Watched():
            return ""


def begins(targets: Iterable[Address], folder: Path, plan: Plan) -> Said:
    """What is said at the start of a recording."""
    return Said(f"recording {', '.join(each.shown for each in targets)} into {display_name(folder)}: {plan}")


def ends(count: int) -> Said:
    """What is said at its end, with so many captures."""
    return Said(f"stopped: {count:,} capture{'s' * (count != 1)}")


class Journal:
    """The log in a directory. That it cannot be written stops nothing."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOG

    def write(self, event: Event) -> None:
        if not (said := line(event)):
            return
        text = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {said}\n".encode()
        with suppress(OSError):
            with self._path.open("ab") as log:
                # One write, that two recordings into one directory do not mix their lines.
                os.write(log.fileno(), text)
                size = log.tell()
            if size > _MOST:
                self._path.replace(self._path.with_suffix(".log.1"))
