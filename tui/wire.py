"""What goes over the wire: of each frame that Textual draws, the cells that the terminal does not show yet.

Textual repaints whole lines, each run of text with all its colours and a reset after it. `Wire` keeps the
cells last sent and rewrites a frame as the fewest bytes that lead from them to it. It never guesses: anything
it does not understand is passed on as it is and makes it forget what it knew, and a line with characters that
terminals measure differently is sent whole. It knows nothing of Textual but the shape of its frames; when to
forget is the driver's to say.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len

SYNC_START = "\x1b[?2026h"
SYNC_END = "\x1b[?2026l"

_TOKEN = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[([\d;:]*)m|(\r?\n)|([^\x00-\x1f\x7f-\x9f]+)|([\s\S])")
# What may be sent without touching a cell: modes other than the alternate screen, queries, OSC, bell, key
# protocols.
_HARMLESS = re.compile(
    r"(?:\x1b\[\?(?!1049|1047|47|3[hl])\d+(?:[hl]|\$p)|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x07|\x1b\[[<>=]\d*u)+"
)
# Characters that every terminal gives one cell, or that are drawn in one everywhere this program can be:
# Latin, Greek, Cyrillic, punctuation, arrows, mathematics, boxes and blocks, braille, check marks. All others
# are taken with care.
_ONE_CELL = re.compile(
    "[\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0377\u0384-\u0482\u2010-\u2027\u2030-\u205e\u2190-\u22ff"
    "\u2500-\u25fc\u2713-\u2718\u2800-\u28ff]*"
)
# Attributes that show on a blank: underlines, reverse, strike, overline, frames.
_SEEN_ON_BLANK = frozenset({4, 7, 9, 21, 51, 52, 53})
_OFF = {22: {1, 2}, 23: {3}, 24: {4, 21}, 25: {5, 6}, 27: {7}, 28: {8}, 29: {9}, 54: {51, 52}, 55: {53}}
_PIECE = 1200  # bytes that go in one packet
_GAP = 4  # unchanged cells that cost no more to send again than to step over
_BLANKS = 4  # blanks at the end of a line that cost no more to send than to erase


class Style(NamedTuple):
    """Attributes and colours as SGR parameters; an empty colour is the terminal's own."""

    attributes: frozenset[int] = frozenset()
    foreground: str = ""
    background: str = ""


PLAIN = Style()
Run = tuple[int, Style, str]  # first cell, style, text


class Wire:
    """The cells of one terminal, `width` by as many lines as were ever written to."""

    def __init__(self, *, colour: bool = True, erase_colour: bool = True) -> None:
        """Send colours or none; `erase_colour`: the terminal erases in the background colour it is set to."""
        self._colour = colour
        self._erase_colour = erase_colour
        self._width = 0
        self._rows: dict[int, tuple[list[str], list[Style]]] = {}
        self._held = ""
        self._out = _Output()

    def forget(self) -> None:
        """Take nothing for granted any more: the next frame is sent as it is drawn."""
        self._rows.clear()
        self._out.lost()

    def encode(self, data: str, width: int) -> str:
        """Return what to send for `data`, the terminal being `width` cells wide; often nothing."""
        if width != self._width:
            self._width = width
            self.forget()
        # A frame that arrives in one piece cannot be seen half drawn: the marks of a synchronised update,
        # which cost more than moving a cursor should, are for the long ones.
        if data == SYNC_START:
            self._held = data
            return ""
        if data == SYNC_END and self._held:
            self._held = ""
            return ""
        sent = self._frame(data)
        if len(sent) > _PIECE:
            sent, self._held = self._held + sent, ""
        return sent

    def _frame(self, data: str) -> str:
        if _HARMLESS.fullmatch(data):
            return data
        out = self._out
        parsed = _parse(data, self._colour)
        if parsed is None:
            out.style(PLAIN)
            sent = out.take() + (data if self._colour else without_colour(data))
            self.forget()
            return sent
        rows, rest = parsed
        for y in sorted(rows):
            self._row(out, y, rows[y])
        # The cursor is hidden; but where Textual leaves it is where an input method opens its window.
        if rest != (0, 0):
            out.move(*rest)
        return out.take()

    def _row(self, out: "_Output", y: int, runs: list[Run]) -> None:
        """Send what differs in line `y` and remember the line."""
        width = self._width
        chars, styles = self._rows.setdefault(y, ([""] * width, [PLAIN] * width))
        if not all(_ONE_CELL.fullmatch(text) for _, _, text in runs):
            self._careful(out, y, runs)
            return
        old_chars, old_styles = chars.copy(), styles.copy()
        for x, style, text in runs:
            text = text[: max(0, width - x)]
            chars[x : x + len(text)] = text
            styles[x : x + len(text)] = _styles(style, text)
        if chars == old_chars and styles == old_styles:
            return
        changed = [x for x in range(width) if chars[x] != old_chars[x] or styles[x] != old_styles[x]]
        blank = self._blank_from(chars, styles)
        for start, end in _spans(changed, chars):
            erased = end > blank and width - max(start, blank) > _BLANKS
            stop = max(start, blank) if erased else end
            out.move(y, start)
            out.cells(chars[start:stop], styles[start:stop])
            if erased:
                out.blank_style(styles[-1])
                out.parts.append("\x1b[K")
                break

    def _careful(self, out: "_Output", y: int, runs: list[Run]) -> None:
        """Send `runs` whole and forget the line from there on: the terminal may not measure them as we do."""
        chars, styles = self._rows[y]
        for x, style, text in runs:
            out.move(y, x)
            out.style(style)
            out.parts.append(text)
            out.x += cell_len(text)
        out.lost()
        start = runs[0][0]
        chars[start:] = [""] * (self._width - start)
        styles[start:] = [PLAIN] * (self._width - start)

    def _blank_from(self, chars: list[str], styles: list[Style]) -> int:
        """Return the first cell of the blanks at the end of a line that erasing to its end would give."""
        at = self._width
        last = styles[-1] if styles else PLAIN
        if last.attributes or (last.background and not self._erase_colour):
            return at
        while at and chars[at - 1] == " " and styles[at - 1] == last:
            at -= 1
        return at


class _Output:
    """Bytes in the making, and where all bytes so far have left the terminal's cursor and style."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y = -1
        self.x = -1
        self.now = PLAIN

    def take(self) -> str:
        """Return the bytes made since the last call."""
        made = "".join(self.parts)
        self.parts.clear()
        return made

    def lost(self) -> None:
        """Know no more where the cursor is."""
        self.y = self.x = -1

    def move(self, y: int, x: int) -> None:
        if (y, x) == (self.y, self.x):
            return
        if y == self.y and x > self.x:
            self.parts.append(f"\x1b[{x - self.x}C")
        elif y == self.y + 1 and not x and self.y >= 0:
            self.parts.append("\r\n")
        elif not y and not x:
            self.parts.append("\x1b[H")
        else:
            self.parts.append(f"\x1b[{y + 1};{x + 1}H")
        self.y, self.x = y, x

    def style(self, style: Style) -> None:
        if style != self.now:
            self.parts.append(_change(self.now, style))
            self.now = style

    def blank_style(self, style: Style) -> None:
        """Set `style` for blanks, on which a colour of letters need not change as it does not show."""
        if style.background != self.now.background or self.now.attributes & _SEEN_ON_BLANK:
            self.style(style)

    def cells(self, chars: list[str], styles: list[Style]) -> None:
        at = 0
        for style, run in groupby(styles):
            text = "".join(chars[at : (at := at + len(list(run)))])
            if text.strip(" ") or style.attributes:
                self.style(style)
            else:
                self.blank_style(style)
            self.parts.append(text)
        self.x += at


def without_colour(data: str) -> str:
    """Return `data` with the colours taken out of its SGR sequences, in whichever form they are written."""

    def plain(match: re.Match[str]) -> str:
        kept = ";".join(_without_colour(match[1]))
        return f"\x1b[{kept}m" if kept or not match[1] else ""

    return re.sub(r"\x1b\[([\d;:]*)m", plain, data)


def _without_colour(parameters: str) -> Iterable[str]:
    for code, text in _codes(parameters):
        if not (30 <= code <= 49 or 90 <= code <= 107 or 58 <= code <= 59):
            yield text


def _codes(parameters: str) -> Iterable[tuple[int, str]]:
    """Split SGR parameters, a colour's own arguments kept with it: `38;5;9`, `38:2::1:2:3`."""
    fields = parameters.split(";")
    at = 0
    while at < len(fields):
        code = int(fields[at].split(":")[0] or 0)
        end = at + 1
        if code in (38, 48, 58) and ":" not in fields[at]:
            end += {"5": 2, "2": 4}.get(fields[end] if end < len(fields) else "", 0)
        yield code, ";".join(fields[at:end])
        at = end


@lru_cache(4096)
def _applied(style: Style, parameters: str, colour: bool) -> Style:
    """Return the style after the SGR sequence with `parameters`."""
    attributes, foreground, background = style
    for code, text in _codes(parameters):
        if code == 0:
            attributes, foreground, background = PLAIN
        elif 30 <= code <= 39 or 90 <= code <= 97:
            foreground = text if colour and code != 39 else ""
        elif 40 <= code <= 49 or 100 <= code <= 107:
            background = text if colour and code != 49 else ""
        elif code in _OFF:
            attributes -= _OFF[code]
        elif code < 10 or code in (21, 51, 52, 53):
            attributes |= {code}
    return Style(attributes, foreground, background)


@lru_cache(4096)
def _change(old: Style, new: Style) -> str:
    """Return the shortest SGR sequence from one style to the other."""
    if new == PLAIN:
        return "\x1b[m"
    afresh = [*map(str, sorted(new.attributes)), *filter(None, (new.foreground, new.background))]
    ways = [";".join(afresh if old == PLAIN else ["0", *afresh])]
    off = {code for code, ends in _OFF.items() if ends & old.attributes - new.attributes}
    if not any(_OFF[code] & new.attributes for code in off):
        step = [str(code) for code in sorted(off | (new.attributes - old.attributes))]
        step += [new.foreground or "39"] if new.foreground != old.foreground else []
        step += [new.background or "49"] if new.background != old.background else []
        ways.append(";".join(step))
    whole = min(ways, key=len)
    return f"\x1b[{whole}m"


@lru_cache(4096)
def _blank(style: Style) -> Style:
    """Return `style` as far as it shows on a blank."""
    return style if style.attributes & _SEEN_ON_BLANK else Style(background=style.background)


def _styles(style: Style, text: str) -> list[Style]:
    blank = _blank(style)
    if blank == style or " " not in text:
        return [style] * len(text)
    return [blank if char == " " else style for char in text]


def _spans(changed: list[int], chars: list[str]) -> list[tuple[int, int]]:
    """Group the changed cells of a line into stretches, taking small gaps along whose cells are known."""
    spans: list[tuple[int, int]] = []
    for x in changed:
        if spans and x - spans[-1][1] <= _GAP and "" not in chars[spans[-1][1] : x]:
            spans[-1] = (spans[-1][0], x + 1)
        else:
            spans.append((x, x + 1))
    return spans


def _parse(data: str, colour: bool) -> tuple[dict[int, list[Run]], tuple[int, int]] | None:
    """Return a frame's text by line and where it leaves the cursor; None if there is more to it than that."""
    rows: dict[int, list[Run]] = {}
    y = x = -1
    style = PLAIN
    for match in _TOKEN.finditer(data):
        line, column, sgr, newline, text, other = match.groups()
        if text:
            if y < 0:
                return None
            rows.setdefault(y, []).append((x, style, text))
            x += len(text) if text.isascii() else cell_len(text)
        elif sgr is not None:
            style = _applied(style, sgr, colour)
        elif line:
            y, x = int(line) - 1, int(column) - 1
        elif newline:
            y, x = (y + 1, 0) if y >= 0 else (y, x)
        elif other:
            return None
    return (rows, (y, x)) if y >= 0 else None
