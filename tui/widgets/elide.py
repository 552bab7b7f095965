"""Names cut to fit: a Go symbol says most at its end, so it is cut in its import path and never there.

In the order things go: what generic brackets hold, the middle of the path, the whole path, the package,
receivers and outer functions; only then the front of the last component. A file's `name.go:42` is a last
component.
"""

import re
from collections.abc import Iterator

from rich.cells import cell_len

from tui import glyphs

# Indentation and tree marks before a name are not part of it.
_LEAD = re.compile(r"(?:\s|[^\w\s]{1,2}\s)+")
_FILE = re.compile(r"[^/]*(?:\.(?:go|s|c|h|cc|cpp)|:\d+)$")
# What a report says behind a name; it goes when less than half the room would be left for the name itself.
_NOTE = re.compile(r" \((?:partial-)?inline\)$")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")


def tail(text: str, cells: int) -> str:
    """Shorten `text` to `cells` cells by leaving out its beginning."""
    return cut(text[::-1], cells)[::-1]


def cut(text: str, cells: int) -> str:
    """Return the front of `text` in at most `cells` cells, an ellipsis where it is cut: for code."""
    if cell_len(text) <= cells:
        return text
    mark = glyphs.current().ellipsis
    if cells <= len(mark):
        return mark[: max(0, cells)]
    return _front(text, cells - len(mark)) + mark


def elide(name: str, cells: int) -> str:
    """Return `name` in at most `cells` cells, its end kept."""
    if cell_len(name) <= cells:
        return name
    if lead := _LEAD.match(name):
        room = cells - cell_len(lead.group())
        if room >= min(cells // 2, cell_len(name) - cell_len(lead.group())):
            return lead.group() + elide(name[lead.end() :], room)
        return elide(name[lead.end() :], cells)  # so deep that indentation tells nothing any more
    if note := _NOTE.search(name):
        room = cells - len(note.group())
        return (
            elide(name[: note.start()], room) + note.group()
            if room >= cells // 2
            else elide(name[: note.start()], cells)
        )
    mark = glyphs.current().ellipsis
    name = _close_brackets(name, mark, cells)
    for shorter in _candidates(name, mark, cells):
        if cell_len(shorter) <= cells:
            return shorter
    return _tail(_last(_split_location(name)[1]), cells, mark)


def _candidates(name: str, mark: str, cells: int) -> Iterator[str]:
    """Yield shorter and shorter forms of `name`, each with its end."""
    yield name
    head, path = _split_location(name)
    if head:
        # A name and its file: the file gives way first, then the name.
        for part in _paths(path, mark):
            yield f"{head} {part}"
        short_path = _last(path)
        room = cells - cell_len(short_path) - 1
        if room > len(mark) + 1:
            yield f"{elide(head, room)} {short_path}"
        name = path
    yield from _paths(name, mark)
    yield from _tails(name, mark)


def _close_brackets(name: str, mark: str, cells: int) -> str:
    """Replace what brackets hold, innermost first and the longest of them first, until `name` fits."""
    closed = f"[{mark}]"
    while cell_len(name) > cells:
        # What is no longer than that, as in `[]byte`, is no bracket to those around it.
        known = _BRACKETS.sub(lambda m: m[0] if len(m[0]) > len(closed) else f"({m[0][1:-1]})", name)
        spans = list(_BRACKETS.finditer(known))
        if not spans:
            break
        longest = max(spans, key=lambda m: len(m.group()))
        name = name[: longest.start()] + closed + name[longest.end() :]
    return name


def _paths(name: str, mark: str) -> Iterator[str]:
    """Yield `name` with more and more of its directories left out, the first kept while any is."""
    *folders, last = _split_path(name)
    if not folders:
        return
    first, middle = folders[0], folders[1:]
    if first:
        for start in range(1, len(middle) + 1):
            yield "/".join((first, mark, *middle[start:], last))
    for start in range(len(middle) + 1):
        yield "/".join((mark, *middle[start:], last))


def _tails(name: str, mark: str) -> Iterator[str]:
    """Yield the last path component without its package, then without receivers and outer functions."""
    last = _split_path(name)[-1]
    if _FILE.fullmatch(last):
        return
    parts = _split(last, ".")
    for start in range(1, len(parts)):
        yield ".".join((mark, *parts[start:]))


def _last(name: str) -> str:
    """Return what is never left out: the function without package and receiver, or the file and line."""
    last = _split_path(name)[-1]
    return last if _FILE.fullmatch(last) else _split(last, ".")[-1]


def _split_path(name: str) -> list[str]:
    return _split(name, "/")


def _split_location(name: str) -> tuple[str, str]:
    """Split `name path/file.go:42` at the space; without a file the first part is empty."""
    parts = _split(name, " ")
    if len(parts) > 1 and _FILE.search(parts[-1]):
        return " ".join(parts[:-1]), parts[-1]
    return "", name


def _split(text: str, separator: str) -> list[str]:
    """Split at `separator` outside brackets and parentheses."""
    if "[" not in text and "(" not in text:
        return text.split(separator)
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char in "[(":
            depth += 1
        elif char in "])":
            depth = max(0, depth - 1)
        elif char == separator and not depth:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return parts


def _tail(text: str, cells: int, mark: str) -> str:
    """Return the end of `text` in at most `cells` cells."""
    if cell_len(text) <= cells:
        return text
    if cells <= len(mark):
        return mark[: max(0, cells)]
    room = cells - len(mark)
    at = len(text)
    while at and (room := room - cell_len(text[at - 1])) >= 0:
        at -= 1
    return mark + text[at:]


def _front(text: str, cells: int) -> str:
    for at, char in enumerate(text):
        cells -= cell_len(char)
        if cells < 0:
            return text[:at]
    return text
