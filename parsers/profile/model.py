"""A profile as columns: weighted call stacks, and the frames, functions and mappings they refer to.

Every format that yields weighted stacks becomes this one shape. It holds what the file said, cleaned and checked,
with ids replaced by row numbers; what the numbers mean at a granularity is `analysis`' business.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt32 = NDArray[np.uint32]
UInt64 = NDArray[np.uint64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ValueType:
    """What one column of sample values counts, and in which unit: ("cpu", "nanoseconds")."""

    type: str
    unit: str


@dataclass(frozen=True, eq=False, slots=True)
class Functions:
    """One row per function; the first three columns are rows of `Profile.strings`, 0 being the empty string."""

    name: Int32
    system_name: Int32
    filename: Int32
    start_line: Int64  # 0 when unknown


@dataclass(frozen=True, eq=False, slots=True)
class Mappings:
    """One row per binary or shared library mapped into the process; row 0 is the program itself."""

    start: UInt64
    limit: UInt64
    offset: UInt64
    file: Int32  # row of Profile.strings
    build_id: Int32  # row of Profile.strings
    has_functions: Bool


@dataclass(frozen=True, eq=False, slots=True)
class Locations:
    """One row per program address, and the frames it stands for.

    `frame_offsets` (int32, n + 1) delimits a location's rows in `Frames`: the innermost inlined callee first, the
    function that was really called last. A location nobody symbolized has one frame whose function is -1, so none
    is ever empty.
    """

    mapping: Int32  # row of Mappings, -1 for none
    address: UInt64
    is_folded: Bool
    frame_offsets: Int32


@dataclass(frozen=True, eq=False, slots=True)
class Frames:
    """One row per (location, inlined call): where in which function."""

    function: Int32  # row of Functions, -1 for none
    line: Int64
    column: Int64


@dataclass(frozen=True, eq=False, slots=True)
class Labels:
    """One row per label of a sample, in sample order; `text` is 0 in a numeric label, whose value is `number`."""

    sample: Int32  # row of Profile.values
    key: Int32  # row of Profile.strings
    text: Int32  # row of Profile.strings, 0 for a numeric label
    number: Int64
    unit: Int32  # row of Profile.strings


@dataclass(frozen=True, eq=False, slots=True)
class Profile:
    """Weighted call stacks (https://github.com/google/pprof/blob/main/proto/profile.proto).

    `values` is int64[n_samples, n_types]. Sample i's stack is `stack[stack_offsets[i]:stack_offsets[i + 1]]`, rows of
    `locations`, leaf first; `stack_offsets` is int64[n_samples + 1]. Times are nanoseconds since the Unix epoch, 0 when
    the file has none. Strings are cleaned (`parsers.text`) and distinct, and row 0 is empty.

    Where only some of a capture's samples are here, `whole` is what percentages are of, for each sample type.

    `memo` holds what `analysis` worked out from these columns, so that it is let go together with them.
    """

    sample_types: tuple[ValueType, ...]
    values: Int64
    stack_offsets: Int64
    stack: Int32
    locations: Locations
    frames: Frames
    functions: Functions
    mappings: Mappings
    labels: Labels
    strings: tuple[str, ...]
    default_sample_type: str = ""
    drop_frames: str = ""
    keep_frames: str = ""
    time_ns: int = 0
    duration_ns: int = 0
    period_type: ValueType | None = None
    period: int = 0
    comments: tuple[str, ...] = ()
    doc_url: str = ""
    whole: tuple[int, ...] | None = None
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def n_samples(self) -> int:
        return len(self.stack_offsets) - 1

    @property
    def n_locations(self) -> int:
        return len(self.locations.address)
