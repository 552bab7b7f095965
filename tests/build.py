"""Makes profiles for tests: profile.proto messages piece by piece, or whole ones from short text.

A stack is written from the root to the leaf, `main;work;leaf`. A frame may say where it is, `main.work@/src/w.go:20`,
and what was inlined into it, outermost first: `main.out>main.mid>main.in` is one location.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb

CPU = ("cpu", "nanoseconds")
HEAP = (
    ("alloc_objects", "count"),
    ("alloc_space", "bytes"),
    ("inuse_objects", "count"),
    ("inuse_space", "bytes"),
)
_FRAME = re.compile(r"(?P<name>[^@]*)(@(?P<file>.*?)(:(?P<line>-?\d+))?)?")

Label = str | tuple[int, str]
"""A label's text, or its number and unit."""


@dataclass(frozen=True)
class Frame:
    name: str
    file: str = ""
    line: int = 0
    column: int = 0

    @classmethod
    def of(cls, text: str) -> "Frame":
        found = _FRAME.fullmatch(text)
        assert found
        return cls(found["name"], found["file"] or "", int(found["line"] or 0))


class Builder:
    """A profile.proto message in the making. Equal functions and locations get one id, from 1 on."""

    def __init__(self, *types: tuple[str, str]) -> None:
        self.message = pb.Profile()
        self._texts: dict[str, int] = {}
        self._functions: dict[tuple[str, str], int] = {}
        self._locations: dict[tuple[tuple[Frame, ...], int, int | None], int] = {}
        self.start_lines: dict[str, int] = {}
        self.text("")
        for kind, unit in types or (CPU,):
            self.message.sample_type.add(type=self.text(kind), unit=self.text(unit))

    def text(self, text: str) -> int:
        if text not in self._texts:
            self._texts[text] = len(self._texts)
            self.message.string_table.append(text)
        return self._texts[text]

    def mapping(self, file: str = "", *, start: int = 0, limit: int = 0, offset: int = 0, build_id: str = "") -> int:
        number = len(self.message.mapping) + 1
        self.message.mapping.add(
            id=number,
            memory_start=start,
            memory_limit=limit,
            file_offset=offset,
            filename=self.text(file),
            build_id=self.text(build_id),
        )
        return number

    def function(self, name: str, file: str = "") -> int:
        if (name, file) not in self._functions:
            number = self._functions[name, file] = len(self.message.function) + 1
            self.message.function.add(
                id=number,
                name=self.text(name),
                system_name=self.text(name),
                filename=self.text(file),
                start_line=self.start_lines.get(name, 0),
            )
        return self._functions[name, file]

    def location(self, *frames: Frame | str, mapping: int = 0, address: int | None = None) -> int:
        """A location of these frames, outermost first; of none, an address nobody symbolized."""
        found = tuple(Frame.of(frame) if isinstance(frame, str) else frame for frame in frames)
        if (found, mapping, address) not in self._locations:
            number = self._locations[found, mapping, address] = len(self.message.location) + 1
            location = self.message.location.add(
                id=number, mapping_id=mapping, address=0x1000 * number if address is None else address
            )
            for frame in reversed(found):
                function = self.function(frame.name, frame.file)
                location.line.add(function_id=function, line=frame.line, column=frame.column)
        return self._locations[found, mapping, address]

    def stack(self, text: str) -> list[int]:
        """The locations of a stack, the leaf first as in the message; of "", none."""
        return [self.location(*part.split(">")) for part in reversed(text.split(";"))] if text else []

    def sample(self, stack: str | Sequence[int], *values: int, labels: Mapping[str, Label] | None = None) -> None:
        """`stack` is text, or locations with the leaf first."""
        ids = self.stack(stack) if isinstance(stack, str) else list(stack)
        sample = self.message.sample.add(location_id=ids, value=values)
        for key, value in (labels or {}).items():
            if isinstance(value, str):
                sample.label.add(key=self.text(key), str=self.text(value))
            else:
                sample.label.add(key=self.text(key), num=value[0], num_unit=self.text(value[1]))

    def bytes(self) -> bytes:
        return self.message.SerializeToString()

    def profile(self) -> Profile:
        return read_profile(self.bytes())


def builder(
    stacks: Mapping[str, int | Sequence[int]],
    *,
    types: Sequence[tuple[str, str]] = (CPU,),
    labels: Mapping[str, Mapping[str, Label]] | None = None,
    start_lines: Mapping[str, int] | None = None,
    default: str = "",
    drop: str = "",
    keep: str = "",
) -> Builder:
    """One sample for each of `stacks`; `labels` by stack, `start_lines` by function name."""
    made = Builder(*types)
    made.start_lines.update(start_lines or {})
    for stack, value in stacks.items():
        values = (value,) if isinstance(value, int) else value
        made.sample(stack, *values, labels=(labels or {}).get(stack))
    made.message.default_sample_type = made.text(default)
    made.message.drop_frames, made.message.keep_frames = made.text(drop), made.text(keep)
    return made


def profile(
    stacks: Mapping[str, int | Sequence[int]],
    *,
    types: Sequence[tuple[str, str]] = (CPU,),
    labels: Mapping[str, Mapping[str, Label]] | None = None,
    start_lines: Mapping[str, int] | None = None,
    default: str = "",
    drop: str = "",
    keep: str = "",
) -> Profile:
    """As `builder`, and read."""
    return builder(
        stacks, types=types, labels=labels, start_lines=start_lines, default=default, drop=drop, keep=keep
    ).profile()


def with_bytes(message: pb.Profile, old: str, new: bytes) -> bytes:
    """The message with a string of its table replaced by bytes, which need not be UTF-8."""
    outline = pb.Outline.FromString(message.SerializeToString())
    outline.string_table[list(message.string_table).index(old)] = new
    return outline.SerializeToString()


def varint(value: int, width: int = 1) -> bytes:
    """A varint of at least `width` bytes: an encoder may write more than it needs."""
    value %= 1 << 64
    out = bytearray()
    while value > 127 or len(out) + 1 < width:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, payload: int | bytes, wire: int | None = None) -> bytes:
    """A field: an integer, or bytes that a length precedes; with `wire`, those very bytes behind a tag of that type."""
    if wire is not None:
        assert isinstance(payload, bytes)
        return varint(number << 3 | wire) + payload
    if isinstance(payload, int):
        return varint(number << 3) + varint(payload)
    return varint(number << 3 | 2) + varint(len(payload)) + payload
