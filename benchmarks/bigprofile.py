"""A large profile like a busy service's: many samples, deep stacks down a skewed call graph, inlined calls, labels.

Stacks are walks down a random call graph whose popular functions are called from everywhere, so that their
beginnings are shared as in real profiles; about one location in seven holds inlined calls and one sample in four a
label. Everything inside a sample is a varint, so a chunk of samples is one run of varints, encoded at once.
"""

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from parsers.profile.profile_pb2 import Function, Line, Location, Mapping, Profile, ValueType

Int64 = NDArray[np.int64]

_CHUNK = 20_000
_FAN = 8
_ROOTS = 20
_KEYS = ("tenant", "endpoint")
_VALUES = 50


def write(path: Path, *, samples: int = 1_000_000, depth: int = 40, functions: int = 50_000, seed: int = 1) -> None:
    """Write a gzipped profile with stacks of `depth` / 2 to 3/2 `depth` entries."""
    random = np.random.default_rng(seed)
    strings = ["", "samples", "count", "cpu", "nanoseconds", "/srv/bin/bigserver", *_KEYS]
    values_at = len(strings)
    strings += [f"{key}-{value}" for key in _KEYS for value in range(_VALUES)]
    rest, callees = _tables(random, functions, strings)
    with gzip.open(path, "wb", compresslevel=1) as file:
        for first in range(0, samples, _CHUNK):
            n = min(_CHUNK, samples - first)
            file.write(_samples(random, n, depth, functions, callees, values_at))
        file.write(rest)


def _tables(random: np.random.Generator, functions: int, strings: list[str]) -> tuple[bytes, Int64]:
    """Everything but the samples; and whom each function calls, int64[functions, _FAN]."""
    profile = Profile(
        sample_type=[ValueType(type=1, unit=2), ValueType(type=3, unit=4)],
        mapping=[Mapping(id=1, memory_start=1 << 22, memory_limit=1 << 27, filename=5, has_functions=True)],
        period_type=ValueType(type=3, unit=4),
        period=10_000_000,
        time_nanos=1_700_000_000_000_000_000,
        duration_nanos=60_000_000_000,
    )
    for i in range(functions):
        package = i // 40
        strings.append(f"github.com/acme/service/internal/pkg{package:04}.(*Type{i % 7:02}).Method{i:05}")
        strings.append(f"/home/build/src/github.com/acme/service/internal/pkg{package:04}/file{i % 5:02}.go")
        profile.function.append(
            Function(id=i + 1, name=len(strings) - 2, filename=len(strings) - 1, start_line=5 + i % 300)
        )
    # Two call sites a function; the innermost inlined call comes first.
    inlined = random.random((2 * functions, 2)) < 0.15
    inlined[:, 1] &= inlined[:, 0]
    others = random.integers(1, functions + 1, (2 * functions, 2))
    lines = random.integers(10, 410, (2 * functions, 3))
    for i in range(2 * functions):
        calls = [int(function) for function in others[i][inlined[i]]] + [i % functions + 1]
        profile.location.append(
            Location(
                id=i + 1,
                mapping_id=1,
                address=(1 << 22) + 16 * i,
                line=[Line(function_id=call, line=int(line)) for call, line in zip(calls, lines[i], strict=False)],
            )
        )
    profile.string_table.extend(strings)
    popularity = np.cumsum((20.0 + np.arange(functions)) ** -1.15)
    callees = np.searchsorted(popularity, random.random((functions, _FAN)) * popularity[-1])
    return profile.SerializeToString(), np.minimum(callees, functions - 1).astype(np.int64)


def _samples(random: np.random.Generator, n: int, depth: int, functions: int, callees: Int64, values_at: int) -> bytes:
    depths = random.integers(depth // 2, depth // 2 + depth + 1, n)
    deepest = int(depths.max())
    function = random.integers(0, _ROOTS, n)
    stack = np.zeros((n, deepest), np.int64)
    for level in range(deepest):
        site = random.random(n) < 0.175
        # Leaf first: the walk from the root fills each row from its sample's last entry.
        stack[np.arange(n), np.maximum(depths - 1 - level, 0)] = function + 1 + functions * site
        choice = np.minimum(random.geometric(0.45, n) - 1, _FAN - 1)
        going = depths > level + 1
        function = np.where(going, callees[function, choice], function)
    used = np.arange(deepest) < depths[:, None]
    count = random.integers(1, 5, n)
    labelled = random.random(n) < 0.25
    key = random.integers(0, len(_KEYS), n)
    value = values_at + key * _VALUES + random.integers(0, _VALUES, n)

    ids = (_size(stack) * used).sum(axis=1)
    weights = _size(count) + _size(count * 10_000_000)
    label = 2 + _size(value) + 1
    body = 1 + _size(ids) + ids + 2 + weights + np.where(labelled, 2 + label, 0)
    fixed = np.stack([np.full(n, 0x12), body, np.full(n, 0x0A), ids], axis=1)
    behind = np.stack([np.full(n, 0x12), weights, count, count * 10_000_000], axis=1)
    tag = np.stack([np.full(n, 0x1A), label, np.full(n, 0x08), 6 + key, np.full(n, 0x10), value], axis=1)
    rows = np.concatenate([fixed, stack, behind, tag], axis=1)
    kept = np.concatenate(
        [
            np.ones_like(fixed, np.bool_),
            used,
            np.ones_like(behind, np.bool_),
            np.repeat(labelled[:, None], 6, axis=1),
        ],
        axis=1,
    )
    return _varints(rows[kept])


def _size(values: Int64) -> Int64:
    """How many bytes each value takes as a varint."""
    size = np.ones_like(values)
    for bits in range(7, 42, 7):
        size += values >= 1 << bits
    return size


def _varints(values: Int64) -> bytes:
    size = _size(values)
    start = np.cumsum(size) - size
    out = np.zeros(int(size.sum()), np.uint8)
    for k in range(int(size.max())):
        has = size > k
        byte = (values[has] >> (7 * k)) & 127
        out[start[has] + k] = byte | np.where(size[has] > k + 1, 128, 0)
    return out.tobytes()
