"""speedscope's file format (https://www.speedscope.app/file-format-schema.json): sampled stacks with weights."""

import json
from collections.abc import Iterator

import numpy as np

from analysis.export.folded import NO_FRAMES
from analysis.export.stacks import Stacks, distinct_stacks
from analysis.samples import sample_index
from analysis.units import compatible, scale
from analysis.view import Granularity, View
from parsers.profile.model import Int64, Profile, ValueType

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"
# Those of the format that Go's units are, or can be converted to; what is counted has none.
_UNITS = ("nanoseconds", "bytes")
# Stacks that are written together.
_CHUNK = 4096


def speedscope(profile: Profile, view: View, name: str) -> Iterator[str]:
    """One JSON object with a profile for each sample type, that of `view` the one that is shown first.

    The format has no negative weights. So a difference has two profiles for each sample type: "base" and "new" where
    its samples say which they are of, else "more" and "less". Raises ViewError.
    """
    index = sample_index(profile, view.sample)
    stacks = distinct_stacks(profile, View(granularity=view.granularity, inlines=view.inlines, mine=view.mine))
    parts = [(at, *part) for at in range(len(profile.sample_types)) for part in _parts(stacks, at)]
    # Of a difference, what is new is shown first.
    shown = next(i for i, (at, side, _) in enumerate(parts) if at == index and side not in ("base", "less"))
    head = {
        "$schema": _SCHEMA,
        "name": name,
        "exporter": "goscope",
        "activeProfileIndex": shown,
        "shared": {"frames": _frames(profile, view, stacks)},
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "profiles": ['
    for i, (at, side, values) in enumerate(parts):
        yield (",\n" if i else "\n")
        yield from _sampled(stacks, profile.sample_types[at], side, values)
    yield "\n]}\n"


def _parts(stacks: Stacks, index: int) -> list[tuple[str, Int64]]:
    """What of a sample type is a profile of its own: its name, and int64 a weight of 0 or more for each stack."""
    values = stacks.values[:, index]
    if stacks.base is not None:
        base = stacks.base[:, index]
        sides = [("base", base), ("new", values + base)]
        if all((side >= 0).all() for _, side in sides):
            return sides
    if (values >= 0).all():
        return [("", values)]
    return [("more", np.maximum(values, 0)), ("less", np.maximum(-values, 0))]


def _frames(profile: Profile, view: View, stacks: Stacks) -> list[dict[str, object]]:
    """A frame for each label, and at the end one for stacks without any."""
    found = stacks.nodes
    declared = _declared(profile) if view.granularity is Granularity.FUNCTIONS else {}
    frames: list[dict[str, object]] = []
    for node in stacks.node.tolist():
        file, line = declared.get(found.name(node), (found.file(node), found.line(node)))
        frame: dict[str, object] = {"name": found.title(node)}
        if file:
            frame["file"] = file
        if line > 0:
            frame["line"] = line
        frames.append(frame)
    return [*frames, {"name": NO_FRAMES}]


def _declared(profile: Profile) -> dict[str, tuple[str, int]]:
    """File and first line of the functions of each name; of several, those of the first."""
    functions, texts = profile.functions, profile.strings
    names, first = np.unique(functions.name, return_index=True)
    return {
        texts[name]: (texts[functions.filename[row]], int(functions.start_line[row]))
        for name, row in zip(names.tolist(), first.tolist(), strict=True)
    }


def _sampled(stacks: Stacks, value_type: ValueType, side: str, values: Int64) -> Iterator[str]:
    unit = next((unit for unit in _UNITS if compatible(value_type.unit, unit)), "none")
    factor = 1.0 if unit == "none" else scale(1, value_type.unit, unit)[0]
    rows = np.flatnonzero(values)
    weights = values[rows] if factor == 1 else values[rows] * factor
    about = {
        "type": "sampled",
        "name": f"{value_type.type} {side}".rstrip() or "samples",
        "unit": unit,
        "startValue": 0,
        "endValue": weights.sum().item(),
    }
    yield json.dumps(about, ensure_ascii=False)[:-1] + ', "samples": ['
    nothing = len(stacks.labels)
    for first in range(0, len(rows), _CHUNK):
        some = rows[first : first + _CHUNK].tolist()
        lists = (stacks.path[stacks.offsets[row] : stacks.offsets[row + 1]].tolist() or [nothing] for row in some)
        yield (",\n" if first else "") + ",".join(json.dumps(each, separators=(",", ":")) for each in lists)
    yield '], "weights": ['
    for first in range(0, len(rows), _CHUNK):
        yield (",\n" if first else "") + json.dumps(weights[first : first + _CHUNK].tolist())[1:-1]
    yield "]}"
