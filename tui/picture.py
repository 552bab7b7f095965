"""A picture made of cells: rows under one axis, each a label and, for every column, a character and a style.

What the canvas on the screen and the printed Timeline both draw. It knows nothing of traces.
"""

from dataclasses import dataclass
from typing import NamedTuple

# What a cell can be drawn in: the number of a style is its place here.
STYLES = (
    "plain",
    "dim",
    "running",
    "gc",
    "runnable",
    "syscall",
    "sync",
    "channel",
    "network",
    "sleep",
    "stop",
    "strong",
    "on-running",
    "on-gc",
    "on-syscall",
)
STYLE = {name: at for at, name in enumerate(STYLES)}


class Row(NamedTuple):
    """One row. `text` and `styles` have an entry for every column.

    Of its label, the `lead` is never cut, the name is in its middle, and `number` stands at its right end. On `fixed`
    rows there is no crosshair.
    """

    label: str
    text: str
    styles: bytes
    lead: str = ""
    number: str = ""
    style: str = "plain"
    fixed: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Picture:
    """What a canvas shows: `head` rows, then lanes of `tall` rows each, then `foot` rows at its lower end.

    `gutter` is the width of the labels. `rows` are those of the lanes on the screen, the first of which is number
    `first` of `count` lanes.
    """

    gutter: int
    head: tuple[Row, ...]
    rows: tuple[Row, ...]
    foot: tuple[Row, ...] = ()
    tall: int = 1
    first: int = 0
    count: int = 0

    @property
    def lanes(self) -> int:
        """How many lanes are on the screen."""
        return len(self.rows) // self.tall
