"""Tables of equal columns, as dataclasses of arrays: joined, and picked from."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from parsers.trace.model import Int64

Rows = TypeVar("Rows")


def columns(rows: Any) -> list[NDArray[Any]]:
    """The columns of a table, in the order of its fields."""
    return [getattr(rows, field.name) for field in fields(rows)]


def joined(parts: Sequence[Rows]) -> Rows:
    """The rows of tables of one kind, at least one, behind one another."""
    filled = [part for part in parts if len(columns(part)[0])] or [parts[0]]
    if len(filled) == 1:
        return filled[0]
    return type(filled[0])(*(np.concatenate(same) for same in zip(*map(columns, filled), strict=True)))


def none_of(kind: type[Rows]) -> Rows:
    """A table without rows."""
    return kind(*(np.zeros(0, np.int64) for _ in fields(kind)))  # type: ignore[arg-type]


def picked(rows: Rows, which: Int64) -> Rows:
    """Some rows, in the order of `which`."""
    return type(rows)(*(column[which] for column in columns(rows)))
