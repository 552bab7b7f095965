"""What captures are called that goscope has taken: of which process, of what program and kind, and when.

    web-7-6060.pay.heap.20261125T140445.625Z.pb.gz

Names sort as the captures of a process were taken, kind by kind. Times are in UTC.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

_NAME = re.compile(r"(?P<process>[^.]+)\.(?P<about>.+)\.(?P<time>\d{8}T\d{6})\.\d{3}Z\.(?:pb\.gz|trace)")
_UNFIT = re.compile(r"[^A-Za-z0-9_.+-]+")
_PROGRAM, _KIND = 40, 60


class Recorded(NamedTuple):
    """What a name tells: `about` is program and kind, with a dot between them, the kind alone where that is all."""

    process: str
    about: str
    time: datetime

    @property
    def series(self) -> str:
        """What a name and those of the same kind begin with."""
        return f"{self.process}.{self.about}"


def recorded_name(process: str, program: str, kind: str, milliseconds: int, *, trace: bool) -> str:
    """The name of a capture that was taken so many `milliseconds` after 1970; `process` has no dot in it."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    stamp = f"{moment:%Y%m%dT%H%M%S}.{milliseconds % 1000:03}Z"
    return ".".join(
        filter(None, (process, _fit(program)[:_PROGRAM], _fit(kind)[:_KIND], stamp, "trace" if trace else "pb.gz"))
    )


def recorded(name: str) -> Recorded | None:
    """What the name of a file tells, None for one that goscope has not given."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        time = datetime.strptime(match["time"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Recorded(match["process"], match["about"], time)


def _fit(text: str) -> str:
    return _UNFIT.sub("-", text).strip("-.")
