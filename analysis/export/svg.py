"""The flame graph as one SVG file: no network, no fonts or scripts of others; without scripts, a picture.

Callees hang below their callers, the heaviest to the left. What `flame.js` does with it in a browser (zoom, search) is
in the file as well.
"""

import colorsys
import re
import zlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from analysis.export.stacks import Boxes, Stacks, boxes, distinct_stacks
from analysis.ownership import package
from analysis.samples import sample_index, total
from analysis.units import AUTO, MINIMUM, label, percent
from analysis.view import View
from parsers.profile.model import Profile

WIDTH = 1200
# What is narrower can't be seen, nor can it be clicked.
_LEAST = 0.1 / WIDTH
_HEAD, _ROW, _FOOT = 62, 18, 30
# Cells of a monospaced font of 12px are that wide in all that browsers choose from.
_CHAR = 7.23
# Boxes that are written together.
_CHUNK = 1024
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLE = """
text { font: 12px monospace; fill: #111; white-space: pre; }
.title { font-size: 15px; font-weight: bold; }
.dim { fill: #666; }
rect.back { fill: #fff; }
g.box { cursor: pointer; }
g.box rect { stroke: #fff; stroke-width: 0.5; }
g.box:hover rect { stroke: #000; stroke-width: 1; }
g.box text { pointer-events: none; }
g.above { opacity: 0.55; }
.searching g.box rect { fill-opacity: 0.35; }
.searching g.box.found rect { fill: #e03ad8; fill-opacity: 1; }
#reset { cursor: pointer; text-decoration: underline; fill: #0645ad; }
"""


def svg(profile: Profile, view: View, title: str, facts: str = "") -> Iterator[str]:
    """The flame graph of `profile` under `view`: `title` stands above it, and under that, smaller, `facts`.

    Boxes are coloured by package. Where there are negative values, as in a difference, they are red for what grew and
    green for what shrank, and a box is as wide as what both sides add up to. Raises ViewError.
    """
    index = sample_index(profile, view.sample)
    stacks = distinct_stacks(profile, View(granularity=view.granularity, inlines=view.inlines, mine=view.mine))
    found = boxes(stacks, index, _LEAST)
    paint = _Painter(profile, view, stacks, index)
    height = _HEAD + _ROW * (int(found.depth.max()) + 1) + _FOOT
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'data-width="{WIDTH}" data-char="{_CHAR}">\n'
        f"<title>{_escaped(title)}</title>\n<style>{_STYLE}</style>\n"
        f'<rect class="back" width="{WIDTH}" height="{height}"/>\n'
        f'<text class="title" x="8" y="22">{_escaped(title)}</text>\n'
        f'<text class="dim" x="8" y="42">{_escaped(facts)}</text>\n'
        f'<text id="reset" x="{WIDTH - 8}" y="{_HEAD - 8}" text-anchor="end" style="display: none">reset zoom</text>\n'
        f'<text id="matched" x="{WIDTH - 110}" y="{_HEAD - 8}" text-anchor="end"></text>\n'
        f'<text id="detail" class="dim" x="8" y="{height - 10}">'
        f"{len(found):,} boxes; narrower ones are left out; full names are in the tooltips</text>\n"
    )
    for first in range(0, len(found), _CHUNK):
        yield "".join(paint.box(found, row) for row in range(first, min(first + _CHUNK, len(found))))
    script = files(__package__).joinpath("flame.js").read_text(encoding="utf-8")
    yield f"<script><![CDATA[\n{script}]]></script>\n</svg>\n"


class _Painter:
    """Writes the boxes of one flame graph."""

    def __init__(self, profile: Profile, view: View, stacks: Stacks, index: int) -> None:
        self._stacks = stacks
        self._whole = total(profile, index)
        self._unit = profile.sample_types[index].unit
        self._to = AUTO if view.unit == MINIMUM else view.unit
        self._signed = stacks.base is not None or bool((stacks.values[:, index] < 0).any())

    def box(self, found: Boxes, row: int) -> str:
        name = self._name(int(found.label[row]))
        x, width = float(found.x[row]) * WIDTH, float(found.width[row]) * WIDTH
        y = _HEAD + _ROW * int(found.depth[row])
        flat, cum = int(found.flat[row]), int(found.cum[row])
        words = shortened(name, int((width - 6) / _CHAR))
        text = f'<text x="{x + 3:.6g}" y="{y + 13}">{_escaped(words)}</text>' if words else ""
        return (
            f'<g class="box"><title>{_escaped(name)}\n'
            f"total {self._amount(cum)}\nself {self._amount(flat)}</title>"
            f'<rect x="{_number(x)}" y="{y}" width="{_number(width)}" height="{_ROW - 1}" '
            f'fill="{self._colour(int(found.label[row]), cum, float(found.width[row]) * found.whole)}"/>{text}</g>\n'
        )

    def _name(self, rank: int) -> str:
        return "root" if rank < 0 else self._stacks.labels[rank]

    def _amount(self, value: int) -> str:
        sign = "+" if self._signed and value > 0 else "-" if self._signed and value < 0 else ""
        share = f"{sign}{percent(value, self._whole).strip()}"
        return f"{'+' if sign == '+' else ''}{label(value, self._unit, self._to)} ({share})"

    def _colour(self, rank: int, cum: int, size: float) -> str:
        if self._signed:
            return _of_change(cum / size if size else 0.0)
        return "#d9d9d9" if rank < 0 else _of_package(package(self._stacks.nodes.title(int(self._stacks.node[rank]))))


def shortened(name: str, chars: int) -> str:
    """As much of a name as fits, as `short` in flame.js: its end, for there is what tells it from others."""
    if chars < 3:
        return ""
    plain = name.partition("[")[0]
    tail = plain[plain.rfind("/") + 1 :]
    for words in (name, name[len(plain) - len(tail) :], tail, tail.partition(".")[2]):
        if words and len(words) <= chars:
            return words
    return "…" + tail[len(tail) - chars + 1 :]


@cache
def _of_package(name: str) -> str:
    """The same colour for a package in every file: grey for the runtime, and a light one for all others."""
    if name == "runtime" or name.startswith(("runtime/", "internal/runtime")):
        return "#c3cad3"
    seed = zlib.crc32(name.encode("utf-8", "backslashreplace"))
    hue, light = (seed % 360) / 360, 0.70 + (seed >> 16) % 12 / 100
    red, green, blue = colorsys.hls_to_rgb(hue, light, 0.62)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _of_change(part: float) -> str:
    """White where nothing changed, red where all of a box came, green where all went."""
    rest = round(242 - 150 * min(abs(part), 1.0) ** 0.7)
    return f"#f2{rest:02x}{rest:02x}" if part > 0 else f"#{rest:02x}e0{rest:02x}" if part < 0 else "#eeeeee"


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _escaped(text: str) -> str:
    """For XML, in an attribute as well; what that cannot hold at all is replaced."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return _NO_XML.sub("\ufffd", text)
