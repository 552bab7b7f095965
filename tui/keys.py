"""The one table of keys: what each does, where, and what the footer, the help and the palette say of it.

Textual's bindings are made from it, and a user's `keys.toml` changes keys in it by command. What a command does is
written in the widget that its `where` names, under the name of its `action`.
"""

from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding
from textual.keys import _character_to_key

from tui import glyphs
from tui.session import Need


class Where(StrEnum):
    """The widgets that answer keys, from the one with the cursor outwards."""

    ROWS = "any table"
    TOP = "Top"
    TREE = "Tree"
    FLAME = "Flame"
    CALLERS = "Callers"
    SOURCE = "Source"
    GOROUTINES = "Goroutines"
    TIMELINE = "Timeline"
    RUNTIME = "Runtime"
    CAPTURES = "Captures"
    APP = "every pane"
    HELP = "help"
    PALETTE = "palette"


PROFILE_WHERE = (Where.TOP, Where.TREE, Where.FLAME, Where.CALLERS, Where.SOURCE)
DRAWN = (Where.FLAME, Where.TIMELINE)
TRACED = (Where.GOROUTINES, Where.TIMELINE, Where.RUNTIME)
PANES = (*PROFILE_WHERE, *TRACED, Where.CAPTURES)


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `footer` is its rank there, the lowest staying longest, 0 for not at all; `label` is for there."""

    id: str
    keys: tuple[str, ...]
    action: str
    label: str
    help: str
    where: tuple[Where, ...]
    footer: int
    needs: Need

    @property
    def qualified(self) -> str:
        """The action, with the application named where it is the application's."""
        return f"app.{self.action}" if Where.APP in self.where and not self.action.startswith("app.") else self.action


# A section each for a place and what there must be: id, keys, action, rank in the footer, label there, help.
_SECTIONS: tuple[tuple[tuple[Where, ...], Need, tuple[tuple[str, str, str, int, str, str], ...]], ...] = (
    (
        (Where.ROWS,),
        Need.NOTHING,
        (
            ("down", "j down", "cursor(1)", 0, "down", "Move down"),
            ("up", "k up", "cursor(-1)", 0, "up", "Move up"),
            ("page.down", "pagedown", "page(1)", 0, "page down", "Move down a page"),
            ("page.up", "pageup", "page(-1)", 0, "page up", "Move up a page"),
            ("first", "g home", "edge('top')", 0, "first", "Go to the first row"),
            ("last", "G end", "edge('bottom')", 0, "last", "Go to the last row"),
        ),
    ),
    (
        (Where.TOP, Where.CALLERS, Where.SOURCE, Where.HELP),
        Need.NOTHING,
        (
            ("left", "h left", "sideways(-8)", 0, "left", "Scroll back to the left"),
            ("right", "l right", "sideways(8)", 0, "right", "Show long lines whole, then scroll to the right"),
        ),
    ),
    (
        (Where.TOP,),
        Need.ROWS,
        (("top.open", "enter", "drill", 1, "open", "Open the source of this row; of a label, filter by it"),),
    ),
    (
        (Where.TOP,),
        Need.LABELS,
        (
            (
                "top.labels",
                "#",
                "app.look('by_label')",
                21,
                "labels",
                "The samples by label, or again by function",
            ),
        ),
    ),
    (
        (Where.TOP, *TRACED, Where.CAPTURES),
        Need.ORDERS,
        (
            ("sort.next", "o", "sort(1)", 7, "sort", "Sort by the next column"),
            ("sort.reverse", "O", "reverse", 0, "reverse", "Turn the order round"),
            ("sort.left", "<", "sort(-1)", 0, "sort left", "Sort by the column to the left"),
            ("sort.right", ">", "sort(1)", 0, "sort right", "Sort by the column to the right"),
        ),
    ),
    (
        (Where.TREE,),
        Need.ROWS,
        (
            ("tree.open", "enter", "drill", 1, "open", "Expand; the source, where there is nothing to expand"),
            ("tree.expand", "l right", "expand", 0, "expand", "Expand until the way forks; go into what is open"),
            ("tree.collapse", "h left", "collapse", 0, "collapse", "Collapse; go to the row above what is closed"),
            ("tree.heaviest", "E", "heaviest", 3, "hot path", "Expand the heaviest path to its end"),
        ),
    ),
    (
        (Where.TREE,),
        Need.READ,
        (
            (
                "tree.invert",
                "i",
                "app.look('invert')",
                7,
                "invert",
                "Turn the tree round: from the leaves to their callers",
            ),
        ),
    ),
    (
        (Where.CALLERS,),
        Need.ROWS,
        (("callers.centre", "enter", "drill", 1, "centre", "Put this function in the middle; there, open its source"),),
    ),
    (
        (Where.FLAME,),
        Need.ROWS,
        (
            ("flame.open", "enter", "drill", 1, "zoom", "Zoom into this box; from there, open its source"),
            ("flame.down", "j down", "level(1)", 0, "down", "Go to the box below"),
            ("flame.up", "k up", "level(-1)", 0, "up", "Go to the box above"),
            ("flame.left", "h left", "beside(-1)", 0, "left", "Go to the box to the left"),
            ("flame.right", "l right", "beside(1)", 0, "right", "Go to the box to the right"),
            ("flame.page.down", "pagedown", "levels_page(1)", 0, "page down", "Move down a page of levels"),
            ("flame.page.up", "pageup", "levels_page(-1)", 0, "page up", "Move up a page of levels"),
            ("flame.first", "g home", "edge('top')", 0, "first", "Go to the first level"),
            ("flame.last", "G end", "edge('bottom')", 0, "last", "Go to the end of the hot path from here"),
            ("flame.hottest", "H", "hottest", 0, "hottest", "Go to the box with the most self; again, the next"),
            ("flame.pivot", "v", "pivot", 3, "pivot", "Draw callers above, callees below this function; again, all"),
        ),
    ),
    (
        (Where.FLAME,),
        Need.READ,
        (
            ("flame.invert", "i", "app.look('invert')", 7, "invert", "Turn it round: from the leaves to their callers"),
            (
                "flame.merge",
                "r",
                "app.look('merge')",
                15,
                "recursion",
                "Draw direct recursion as one box, or each call",
            ),
        ),
    ),
    (
        (Where.SOURCE,),
        Need.ROWS,
        (
            ("hot.next", "}", "hot(1)", 1, "next hot", "Go to the next hot line"),
            ("hot.previous", "{", "hot(-1)", 3, "previous", "Go to the hot line before"),
            ("hot.hottest", "H", "hottest", 7, "hottest", "Go to the hottest line; again, to the next hottest"),
        ),
    ),
    (
        (Where.GOROUTINES,),
        Need.ROWS,
        (
            ("goroutines.open", "enter", "drill", 1, "open", "Open a group; of a goroutine or an open group, its lane"),
            ("goroutines.expand", "l right", "expand", 0, "expand", "Open a group; go into one that is open"),
            ("goroutines.collapse", "h left", "collapse", 0, "collapse", "Close a group; go to a goroutine's group"),
        ),
    ),
    (
        (Where.CAPTURES,),
        Need.ROWS,
        (
            ("captures.open", "enter", "drill", 1, "open", "Open this capture; of a series the newest, and follow it"),
            ("captures.expand", "l right", "expand", 3, "list", "List the captures of this series"),
            ("captures.collapse", "h left", "collapse", 0, "close", "Close the list; from a capture, go to its series"),
            ("captures.base", "b", "base", 6, "base", "Take this capture as the base of diffs"),
        ),
    ),
    (
        (Where.TIMELINE,),
        Need.NOTHING,
        (
            ("timeline.down", "j down", "lane(1)", 0, "down", "Move down a lane"),
            ("timeline.up", "k up", "lane(-1)", 0, "up", "Move up a lane"),
            ("timeline.page.down", "pagedown", "lanes_page(1)", 0, "page down", "Move down a page of lanes"),
            ("timeline.page.up", "pageup", "lanes_page(-1)", 0, "page up", "Move up a page of lanes"),
            ("timeline.first", "g", "edge('top')", 0, "first", "Go to the first lane"),
            ("timeline.last", "G", "edge('bottom')", 0, "last", "Go to the last lane"),
        ),
    ),
    (
        (Where.TIMELINE,),
        Need.ROWS,
        (
            ("timeline.left", "h left", "column(-1)", 0, "left", "Move the time cursor back; at the edge, pan"),
            ("timeline.right", "l right", "column(1)", 0, "right", "Move the time cursor on; at the edge, pan"),
            ("timeline.in", "w + =", "zoom(1)", 3, "zoom in", "Zoom in, around the time cursor"),
            ("timeline.out", "s -", "zoom(-1)", 17, "zoom out", "Zoom out"),
            ("timeline.pan.left", "a", "pan(-1)", 0, "pan left", "Pan back by a quarter of the window"),
            ("timeline.pan.right", "d", "pan(1)", 0, "pan right", "Pan on by a quarter of the window"),
            ("timeline.fit", "z", "fit", 16, "fit", "Zoom to what the cursor is on; again, to all of its lane"),
            ("timeline.whole", "Z", "whole", 0, "whole", "Show the whole trace"),
            ("timeline.start", "home", "end_of_time(-1)", 0, "start", "Go to the start of the trace"),
            ("timeline.end", "end", "end_of_time(1)", 0, "end", "Go to the end of the trace"),
            ("timeline.next", ".", "event(1)", 15, "next event", "Go to the next event of the lane"),
            ("timeline.previous", ",", "event(-1)", 0, "previous event", "Go to the event before"),
            ("timeline.unblocker", "U", "unblocker", 8, "unblocker", "Go to whatever made it runnable, at that moment"),
            (
                "timeline.longest",
                "H",
                "longest",
                12,
                "lock wait",
                "Go to the longest wait for a lock; again, the next longest",
            ),
            (
                "timeline.open",
                "enter",
                "drill",
                1,
                "open",
                "Open the stack; of a group its goroutines; of a frame its source",
            ),
            ("timeline.lanes", "v", "lanes(1)", 6, "lanes", "Next lanes: procs, groups, goroutines, threads, tasks"),
            ("timeline.lanes.back", "V", "lanes(-1)", 0, "lanes before", "The kind of lanes before"),
            (
                "timeline.mark",
                "M",
                "mark",
                9,
                "mark",
                "Mark this window, for Goroutines, Top and Tree to be of; again, unmark",
            ),
        ),
    ),
    (
        (Where.RUNTIME,),
        Need.ROWS,
        (
            (
                "runtime.open",
                "enter",
                "drill",
                1,
                "open",
                "Open what this row is about; of a moment, the Timeline there",
            ),
            ("runtime.left", "h left", "sideways(-8)", 0, "left", "Scroll back to the left"),
            ("runtime.right", "l right", "sideways(8)", 0, "right", "Show long lines whole, then scroll to the right"),
        ),
    ),
    (
        (Where.RUNTIME,),
        Need.NOTHING,
        (
            ("runtime.page", "v", "page(1)", 6, "page", "Next page: requests, GC, pauses, latency, blocking, regions"),
            ("runtime.page.back", "V", "page(-1)", 0, "page before", "The page before"),
        ),
    ),
    (
        (Where.RUNTIME,),
        Need.TIMES,
        (("runtime.mark", "M", "mark", 17, "mark", "Mark the time this row is about, for all panes; again, unmark"),),
    ),
    (
        (Where.TIMELINE,),
        Need.ROWS,
        (("timeline.why", "W", "why", 19, "why", "What really held this wait or task up, and who woke whom"),),
    ),
    (
        (Where.RUNTIME,),
        Need.WAITS,
        (("runtime.why", "W", "why", 3, "why", "What really held this wait or request up, and who woke whom"),),
    ),
    (
        (*PROFILE_WHERE, *TRACED),
        Need.TRACE,
        (
            (
                "allocators",
                "A",
                "app.allocators",
                23,
                "allocators",
                "Top allocators: the allocs or heap profile of this program nearest in time",
            ),
        ),
    ),
    (
        (Where.TOP, Where.TREE, Where.FLAME, Where.CALLERS, Where.GOROUTINES, Where.RUNTIME),
        Need.ROWS,
        (("source", "s", "app.look('see', 'source')", 0, "source", "Open the source of this row"),),
    ),
    (
        (Where.APP,),
        Need.ROWS,
        (
            ("search", "/", "search", 4, "search", "Search the rows as you type"),
            ("search.symbol", "*", "search_symbol", 0, "this symbol", "Search for the symbol under the cursor"),
            ("copy", "y", "copy", 0, "copy", "Copy this row's name to the clipboard (OSC 52)"),
            ("copy.stack", "Y", "copy_stack", 0, "copy stack", "Copy the stack that leads here, the heaviest one"),
        ),
    ),
    (
        (Where.APP,),
        Need.QUERY,
        (
            ("search.next", "n", "match(1)", 0, "next match", "Go to the next match"),
            ("search.previous", "N", "match(-1)", 0, "match before", "Go to the match before"),
        ),
    ),
    (
        (Where.APP,),
        Need.READ,
        (
            ("pane.top", "2", "look('see', 'top')", 0, "Top", "Top: what weighs most"),
            ("pane.tree", "3", "look('see', 'tree')", 0, "Tree", "Tree: the calls that lead to this row"),
            ("pane.flame", "4", "look('see', 'flame')", 0, "Flame", "Flame: all stacks at once, as wide as they weigh"),
            ("pane.callers", "5 c", "look('see', 'callers')", 0, "Callers", "Callers: who calls it, and what it calls"),
            ("pane.source", "6", "look('see', 'source')", 0, "Source", "Source: the lines of this row's function"),
        ),
    ),
    (
        (Where.APP,),
        Need.TRACE,
        (
            ("pane.goroutines", "7", "look('see', 'goroutines')", 0, "Goroutines", "Goroutines: where their time went"),
            ("pane.timeline", "8", "look('see', 'timeline')", 0, "Timeline", "Timeline: what ran when"),
            (
                "pane.runtime",
                "9",
                "look('see', 'runtime')",
                0,
                "Runtime",
                "Runtime: requests, GC, pauses, waits, and why",
            ),
        ),
    ),
    (
        (Where.APP,),
        Need.NOTHING,
        (("pane.captures", "0", "look('see', 'captures')", 0, "Captures", "Captures: what there is, in series"),),
    ),
    (
        (Where.APP,),
        Need.READ,
        (
            ("pane.next", "tab", "look('turn', 1)", 0, "next pane", "Go to the next pane"),
            ("pane.previous", "shift+tab", "look('turn', -1)", 0, "pane before", "Go to the pane before"),
        ),
    ),
    (
        (Where.APP,),
        Need.OWN,
        (("mine", "m", "look('mine')", 8, "my code", "My code only: fold all else into what called it"),),
    ),
    (
        (Where.APP,),
        Need.FRAMES,
        (
            (
                "granularity.next",
                "p",
                "look('granularity', 1)",
                19,
                "precision",
                "Rows more precise: down to lines, addresses",
            ),
            (
                "granularity.previous",
                "P",
                "look('granularity', -1)",
                0,
                "coarser",
                "Rows less precise: up to functions",
            ),
            ("inlines", "I", "look('inlines')", 0, "inlines", "Show inlined calls, or book them on their callers"),
        ),
    ),
    (
        (Where.APP,),
        Need.WEIGHTS,
        (("units", "u", "look('units')", 18, "units", "Write weights as values, percentages, per second"),),
    ),
    (
        (Where.APP,),
        Need.LESS,
        (("everything", "F", "look('everything')", 0, "show all", "Show all again: no filter, and no marked window"),),
    ),
    (
        (*PROFILE_WHERE, Where.GOROUTINES, Where.TIMELINE),
        Need.READ,
        (("filter", "f", "app.filter", 10, "filter", "Filter: foo, !foo, -l key=value, 1%... as ? explains"),),
    ),
    (
        (*PROFILE_WHERE, Where.GOROUTINES),
        Need.ROWS,
        (
            ("filter.focus", "+", "app.filter_row('focus')", 0, "focus", "Focus on this row: only stacks through it"),
            ("filter.ignore", "-", "app.filter_row('ignore')", 0, "ignore", "Ignore this row: no stacks through it"),
        ),
    ),
    (
        (*PROFILE_WHERE, Where.GOROUTINES, Where.TIMELINE),
        Need.FILTERS,
        (
            ("filter.drop", "X", "app.drop_filter", 0, "drop filter", "Drop the last filter"),
            (
                "filter.relative",
                "%",
                "app.look('relative')",
                0,
                "relative",
                "Percentages of what filters leave, or of all",
            ),
        ),
    ),
    (
        (Where.APP,),
        Need.SAMPLES,
        (
            (
                "sample.next",
                "t",
                "look('sample', 1)",
                6,
                "measure",
                "Next sample type, derived profile, figure, or what the GC takes",
            ),
            ("sample.previous", "T", "look('sample', -1)", 0, "measure before", "The one before"),
        ),
    ),
    (
        (Where.APP,),
        Need.TABS,
        (
            ("capture.next", "J", "visit(1)", 12, "next file", "Go to the next open capture"),
            ("capture.previous", "K", "visit(-1)", 0, "file before", "Go to the open capture before"),
        ),
    ),
    (
        (Where.APP,),
        Need.SERIES,
        (
            ("series.older", "[", "walk(-1)", 9, "older", "Go to the capture before this one in its series"),
            ("series.newer", "]", "walk(1)", 0, "newer", "Go to the capture after this one in its series"),
            ("series.newest", "L", "newest", 0, "newest", "Go to the newest capture of the series, and follow it"),
        ),
    ),
    (
        (Where.APP,),
        Need.LAST,
        (("flip", "`", "flip", 0, "flip", "Go back to the capture that was looked at before, and to and fro"),),
    ),
    (
        (Where.APP,),
        Need.READ,
        (("freeze", "space", "freeze", 0, "freeze", "Freeze what is on the screen, or follow what lands again"),),
    ),
    (
        (*PROFILE_WHERE, Where.GOROUTINES, Where.TIMELINE),
        Need.READ,
        (("base", "b", "app.base", 0, "base", "Take this capture as the base of diffs"),),
    ),
    (
        (*PROFILE_WHERE, Where.GOROUTINES),
        Need.READ,
        (("diff", "D", "app.differ", 20, "diff", "Show the difference from the base, else from the one before"),),
    ),
    (
        (*PROFILE_WHERE, Where.GOROUTINES),
        Need.DIFF,
        (("swap", "x", "app.look('swap')", 16, "swap", "Swap the sides of the diff"),),
    ),
    (
        (Where.APP,),
        Need.UNREAD,
        (("read", "R", "read", 1, "again", "Read this file, again if it failed or has grown; ask a process again"),),
    ),
    (
        (Where.APP,),
        Need.TARGET,
        (("take", "C", "targets", 5, "take", "Take a capture of a process: what it has, and what to stop"),),
    ),
    (
        (Where.APP,),
        Need.PAST,
        (("back", "escape backspace", "back", 11, "back", "One step back: search, pane, view; stop reading a file"),),
    ),
    (
        (Where.APP,),
        Need.ROWS,
        (("export", "e", "export", 22, "export", "Write what is here to a file: SVG, Markdown, pprof, CSV..."),),
    ),
    (
        (Where.APP,),
        Need.NOTHING,
        (
            ("palette", ":", "palette", 13, "commands", "Everything by name, with what has no key"),
            ("help", "? f1", "help", 2, "help", "These keys"),
            ("close", "q", "close", 14, "close", "Close this tab; the last one asks"),
        ),
    ),
    (
        (Where.APP, Where.HELP, Where.PALETTE),
        Need.NOTHING,
        (("quit", "Q ctrl+c", "app.quit", 0, "quit", "Quit at once"),),
    ),
    (
        (Where.HELP,),
        Need.NOTHING,
        (("help.close", "q escape ? f1", "close", 0, "close", "Close the help"),),
    ),
    (
        (Where.PALETTE,),
        Need.NOTHING,
        (
            ("palette.down", "down ctrl+n", "cursor(1)", 0, "down", "Move down in the list"),
            ("palette.up", "up ctrl+p", "cursor(-1)", 0, "up", "Move up in the list"),
        ),
    ),
)

COMMANDS: tuple[Command, ...] = tuple(
    Command(id, tuple(keys.split()), action, label, help, where, footer, need)
    for where, need, rows in _SECTIONS
    for id, keys, action, footer, label, help in rows
)


_NEEDS = {command.action.removeprefix("app."): command.needs for command in COMMANDS}


def needs(action: str, parameters: tuple[object, ...]) -> Need:
    """What an action of the application needs; one that is in no command needs nothing."""
    call = f"{action}({', '.join(map(repr, parameters))})" if parameters else action
    return _NEEDS.get(call, Need.NOTHING)


def bindings(where: Where) -> list[Binding]:
    """Textual's bindings for the widget that answers keys of `where`."""
    return [
        Binding(
            ",".join(textual_name(key) for key in command.keys),
            command.action,
            command.label,
            show=False,
            id=command.id,
        )
        for command in COMMANDS
        if where in command.where
    ]


def shown(key: str) -> str:
    """A key as the footer and the help write it."""
    glyph = glyphs.current()
    names = {
        "enter": glyph.enter,
        "up": glyph.up,
        "down": glyph.down,
        "left": glyph.left,
        "right": glyph.right,
        "escape": "Esc",
        "pagedown": "PgDn",
        "pageup": "PgUp",
        "shift+tab": "Shift-Tab",
        "ctrl+c": "Ctrl-C",
    }
    return names.get(key, key if len(key) == 1 else key.capitalize())


def textual_name(key: str) -> str:
    """The key by the name that Textual gives it."""
    return _character_to_key(key) if len(key) == 1 else key
