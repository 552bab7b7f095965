"""What filters leave of a profile, worked out the slow and plain way: a list of frames for each location of a stack.

The rules are those of google/pprof's profile/filter.go, prune.go and internal/driver, with several filters of one kind
one after the other. Nothing is shared with the code it is held against.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers.profile import profile_pb2 as pb

Frame = tuple[str, str]
"""Function and file."""


@dataclass
class Location:
    """Frames, innermost first, and the binary."""

    frames: list[Frame]
    binary: str | None = None

    def has(self, pattern: str) -> bool:
        return self.in_binary(pattern) or any(_matches(pattern, frame) for frame in self.frames)

    def in_binary(self, pattern: str) -> bool:
        return self.binary is not None and re.search(pattern, self.binary) is not None


@dataclass
class Sample:
    values: tuple[int, ...]
    stack: list[Location]
    text: list[tuple[str, str]] = field(default_factory=list)
    numbers: list[tuple[str, int, str]] = field(default_factory=list)


def _matches(pattern: str, frame: Frame) -> bool:
    return any(re.search(pattern, name) for name in frame)


def read(message: pb.Profile) -> list[Sample]:
    texts = message.string_table
    functions = {each.id: (texts[each.name], texts[each.filename]) for each in message.function}
    binaries = {each.id: texts[each.filename] for each in message.mapping}
    frames = {each.id: [functions[line.function_id] for line in each.line] for each in message.location}
    binary = {each.id: binaries.get(each.mapping_id) for each in message.location}
    found = []
    for sample in message.sample:
        stack = [Location(list(frames[number]), binary[number]) for number in sample.location_id]
        made = Sample(tuple(sample.value), stack)
        for tag in sample.label:
            if tag.str:
                made.text.append((texts[tag.key], texts[tag.str]))
            elif tag.num or tag.num_unit:
                made.numbers.append((texts[tag.key], tag.num, texts[tag.num_unit]))
        found.append(made)
    return found


def filtered(message: pb.Profile, filters: Sequence[tuple[str, str]]) -> list[Sample]:
    """The samples that are left; each location of each stack is its own here, so that it can be changed alone."""
    samples = read(message)
    united = {name for sample in samples for name, _, unit in sample.numbers if unit}
    of: dict[str, list[str]] = {}
    for kind, text in filters:
        of.setdefault(kind, []).append(text)
    _add_label_frames(samples, of)
    if any(kind in of for kind in ("focus", "ignore", "hide", "show")):
        samples = [sample for sample in samples if _by_names(sample, of)]
    for pattern in of.get("show_from", []):
        samples = [sample for sample in samples if _show_from(sample, pattern)]
    for text in of.get("tagfocus", []):
        samples = [sample for sample in samples if _tagged(sample, text, united)]
    for text in of.get("tagignore", []):
        samples = [sample for sample in samples if not _tagged(sample, text, united)]
    for pattern in of.get("prune_from", []):
        for sample in samples:
            _prune_from(sample, pattern)
    return samples


def _add_label_frames(samples: list[Sample], of: dict[str, list[str]]) -> None:
    for sample in samples:
        for key in reversed(",".join(of.get("tagroot", [])).split(",")):
            if key:
                sample.stack.append(Location([(_value(sample, key), key)]))
        for key in ",".join(of.get("tagleaf", [])).split(","):
            if key:
                sample.stack.insert(0, Location([(_value(sample, key), key)]))


def _value(sample: Sample, key: str) -> str:
    """Text, then numbers, which are small here, and of bytes or of nothing."""
    texts = [text for name, text in sample.text if name == key]
    numbers = [f"{number}{'B' * (number > 0 and unit != '')}" for name, number, unit in sample.numbers if name == key]
    return ",".join(texts + numbers)


def _by_names(sample: Sample, of: dict[str, list[str]]) -> bool:
    ignored = [any(location.has(pattern) for pattern in of.get("ignore", [])) for location in sample.stack]
    if not sample.stack or any(ignored):
        return False
    if not all(any(location.has(pattern) for location in sample.stack) for pattern in of.get("focus", [])):
        return False
    left = []
    for location in sample.stack:
        gone = False
        for pattern in of.get("hide", []):
            if location.in_binary(pattern):
                gone = True
            elif location.has(pattern):
                location.frames = [frame for frame in location.frames if not _matches(pattern, frame)]
                gone |= not location.frames
        for pattern in of.get("show", []):
            if not location.in_binary(pattern):
                location.frames = [frame for frame in location.frames if _matches(pattern, frame)]
            gone |= not location.frames
        if not gone:
            left.append(location)
    sample.stack = left
    return bool(left)


def _show_from(sample: Sample, pattern: str) -> bool:
    outermost = -1
    for at, location in enumerate(sample.stack):
        if not location.has(pattern):
            continue
        outermost = at
        if not location.in_binary(pattern):
            last = max(row for row, frame in enumerate(location.frames) if _matches(pattern, frame))
            location.frames = location.frames[: last + 1]
    sample.stack = sample.stack[: outermost + 1]
    return outermost >= 0


def _prune_from(sample: Sample, pattern: str) -> None:
    innermost = None
    for at, location in enumerate(sample.stack):
        for row, (name, _) in enumerate(location.frames):
            bare = name.removeprefix(".").partition("(")[0]
            if name and re.search(pattern, bare):
                location.frames = location.frames[row:]
                innermost = at if innermost is None else innermost
                break
    sample.stack = sample.stack[innermost or 0 :]


def _tagged(sample: Sample, text: str, united: set[str]) -> bool:
    """Of expressions without anything to escape, or of a range of numbers without a unit: what has one is not in it."""
    key, equals, value = text.partition("=")
    if not equals:
        key, value = "", text
    if re.fullmatch(r":?\d+:?\d*", value):
        low, colon, high = value.partition(":")
        least, most = int(low or 0), int(high or 1 << 62) if colon else int(low)
        numbers = [number for name, number, _ in sample.numbers if name not in united and key in ("", name)]
        return any(least <= number <= most for number in numbers)
    parts = value.split(",")
    if key:
        return any(name == key and re.search(part, own) for name, own in sample.text for part in parts)
    return all(any(re.search(part, f"{name}:{own}") for name, own in sample.text) for part in parts)
