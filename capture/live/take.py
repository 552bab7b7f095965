"""What is asked of a process: which profile, over how long; as it is typed, and as a request."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from capture.live import USUAL_TAKE
from capture.moments import nanoseconds
from capture.open import CaptureError
from parsers.text import clean

CPU, TRACE, FLIGHT = "cpu", "trace", "flight"
DELTAS = frozenset(["allocs", "block", "goroutine", "goroutineleak", "heap", "mutex", "threadcreate"])
"""Those that net/http/pprof can take the difference of over some seconds."""

NO_PROFILES = frozenset(["cmdline", "symbol"])
"""What an index lists that is none."""

_USUAL_SECONDS = {CPU: 10.0, TRACE: 2.0}
_LONGEST = 3600
_KIND = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./+-]*")
_PATH = re.compile(r"/[!-~]*")
_ALIASES = {"profile": CPU, "goroutines": "goroutine", "mem": "heap", "memory": "heap"}


@dataclass(frozen=True, slots=True)
class Take:
    """One capture that is wanted: `kind` is "cpu", "trace", "flight" or a name out of the index.

    `seconds` is how long is measured; of what counts from the start of the process, 0 for all, else the difference over
    so long. `path` is where a flight recorder answers, "" for the usual places.
    """

    kind: str
    seconds: float = 0.0
    path: str = ""

    @property
    def is_exclusive(self) -> bool:
        """Whether a process can take one of these at a time, and pays for it while it does."""
        return self.kind in (CPU, TRACE)

    @property
    def is_delta(self) -> bool:
        return self.seconds > 0 and self.kind not in (CPU, TRACE)

    @property
    def name(self) -> str:
        """What kind it is in names of files."""
        return f"{self.kind}-delta" if self.is_delta else self.kind

    @property
    def request(self) -> str:
        """Path below the index, with the query."""
        name = quote("profile" if self.kind == CPU else self.kind)
        return f"{name}?seconds={self.seconds:g}" if self.seconds else name

    def __str__(self) -> str:
        return f"{self.kind}={self.path or f'{self.seconds:g}s'}" if self.seconds or self.path else self.kind


def takes(text: str) -> tuple[Take, ...]:
    """What `cpu=10s,heap,trace=2s` stands for, once each. Raises CaptureError with one sentence."""
    found = tuple(dict.fromkeys(_take(part.strip()) for part in text.split(",") if part.strip()))
    if not found:
        raise CaptureError.of(f"“{clean(text)}” names nothing to take: write {USUAL_TAKE}, or some of these")
    return found


def _take(text: str) -> Take:
    kind, equals, how = text.partition("=")
    kind = _ALIASES.get(kind, kind)
    if not _KIND.fullmatch(kind) or ".." in kind or kind in NO_PROFILES:
        raise CaptureError.of(f"“{clean(text)}” is nothing to take: write {USUAL_TAKE}, or some of these")
    if kind == FLIGHT:
        if equals and not _PATH.fullmatch(how):
            raise CaptureError.of(f"flight={clean(how)}: write where it is served, flight=/debug/flightrecorder")
        return Take(kind, path=how)
    return Take(kind, _seconds(kind, how) if equals else _USUAL_SECONDS.get(kind, 0.0))


def _seconds(kind: str, text: str) -> float:
    try:
        seconds = nanoseconds(text) / 1e9
    except ValueError as error:
        raise CaptureError.of(clean(f"{kind}={text}: {error}")) from None
    if not 0 < seconds <= _LONGEST:
        raise CaptureError.of(f"{kind}={clean(text)}: between a moment and an hour")
    if kind != TRACE and seconds % 1:
        raise CaptureError.of(f"{kind}={clean(text)}: whole seconds, for Go takes no others for it")
    if kind not in (CPU, TRACE) and kind not in DELTAS:
        raise CaptureError.of(f"{kind}={clean(text)}: Go takes no difference of {kind}; write {kind} alone")
    return seconds
