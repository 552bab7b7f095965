"""`goscope flame`: the flame graph as lines of text, or the records of its boxes."""

import json
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from shutil import get_terminal_size

from analysis.errors import ViewError
from analysis.flame import Flame, Inlined
from analysis.view import Filter, FilterKind
from tui import glyphs
from tui.commands import Loaded
from tui.export_commands import run_export
from tui.place import Amounts, PaneName, Place
from tui.rows.flame import FlamePicture, edged, flame_picture

# A line on paper, and the least that shows anything.
_WIDTH, _LEAST = 120, 20
# Boxes of a record are told apart as finely as in so many columns.
_FINE = 10_000


def run_flame(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """All stacks at once, each box as wide as it weighs."""
    if arguments.svg or arguments.folded:
        arguments.format, arguments.report = "svg" if arguments.svg else "folded", "top"
        yield from run_export(arguments, complain)
        return
    if arguments.output:
        raise ViewError("-o is for --svg and --folded: redirect the output")
    glyphs.use(ascii=arguments.ascii)
    loaded = Loaded(arguments, complain)
    width = _FINE if arguments.json else max(arguments.width or get_terminal_size((_WIDTH, 0)).columns, _LEAST)
    picture = flame_picture(loaded.profile, _place(loaded, arguments), width, Amounts.VALUE)
    if arguments.json:
        boxes = list(_records(picture.flame, arguments.depth)) if picture else []
        yield json.dumps(loaded.facts() | {"inverted": arguments.invert, "pivot": arguments.pivot, "boxes": boxes})
        return
    if picture is None:
        yield loaded.why_empty() or "No sample has a stack."
        return
    yield from _lines(picture, width, arguments.depth)


def _place(loaded: Loaded, arguments: Namespace) -> Place:
    view = loaded.view
    if arguments.node_fraction:
        least = Filter(FilterKind.MINIMUM, str(arguments.node_fraction))
        view = replace(view, filters=(*view.filters, least))
    return Place(
        PaneName.FLAME,
        view,
        inverted=arguments.invert,
        merged=arguments.merged,
        pivot=arguments.pivot,
        diff=loaded.base is not None,
    )


def _lines(picture: FlamePicture, width: int, depth: int) -> Iterator[str]:
    for line in range(min(picture.count, depth or picture.count)):
        yield "".join(text for text, _ in edged(picture.line(line), width)).rstrip()


def _records(found: Flame, depth: int) -> Iterator[dict[str, object]]:
    """The boxes, each with the number of the one it stands on, -1 for none."""
    boxes, named = found.boxes, found.nodes
    for box in range(len(boxes)):
        level, node = int(boxes.depth[box]), int(boxes.node[box])
        if depth and abs(level) > depth:
            continue
        yield {
            "box": box,
            "parent": int(boxes.parent[box]),
            "depth": level,
            "name": found.label(box),
            "file": named.file(node) if node >= 0 else "",
            "line": named.line(node) if node >= 0 else 0,
            "flat": int(boxes.flat[box]),
            "cum": int(boxes.cum[box]),
            "inline": Inlined(int(boxes.inlined[box])).name.lower(),
        }


RUN = {"flame": run_flame}
