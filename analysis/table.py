"""The typed table: what every pane's result is, whoever draws it (the screen, printed text, JSON)."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Literal


def _no_share(row: int) -> float:
    return 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """One column: `text` is a row's cell as people read it.

    `width` is in cells, 0 for the one column that takes what is left. Where room is short, columns go in the order of
    `drop`, the highest first, until the column that takes what is left has `least` cells; 0 never goes.
    """

    key: str
    title: str
    align: Literal["<", ">"]
    width: int
    text: Callable[[int], str]
    unit: str = ""
    drop: int = 0
    least: int = 32


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Rows 0 to `length` of `columns`; `record` is a row as scripts read it, with raw integers.

    `identity` names a row by what it stands for, so that a cursor finds it again in another capture's table; a table
    that is too long to look through has `find` to say where it is. `share` is the row's part of the whole, 0 to 1,
    which the screen turns into colour; where rows are differences, `sign` is theirs, and tells growth from shrinking.
    """

    columns: tuple[Column, ...]
    length: int
    record: Callable[[int], dict[str, object]] = field(default=lambda row: {})
    identity: Callable[[int], Hashable] = field(default=lambda row: row)
    share: Callable[[int], float] = field(default=_no_share)
    find: Callable[[Any], int | None] | None = None
    sign: Callable[[int], int] | None = None
