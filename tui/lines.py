"""What the one-line bars say: tabs, summary, pane strip and footer, as parts of a Line."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from analysis.spot import window_text
from analysis.view import GOROUTINE_KINDS
from tui import glyphs
from tui.catalogue import FileState
from tui.filterlang import written
from tui.keys import Command, shown
from tui.opencapture import NOWHERE, OpenCapture, State
from tui.place import PROFILE_PANES, Amounts, PaneName
from tui.session import Session
from tui.targets import Targets
from tui.when import when
from tui.widgets.line import Part, Run

if TYPE_CHECKING:
    from analysis.info import Info
    from parsers.profile.model import Profile
    from parsers.trace.model import Trace
    from tui.library import Library

_BUILD_ID = 12
# So many letters has no name of a pane; what is at the left and the right of a line stays so far apart.
_LONGEST, _APART = 12, 2
# Narrower than this, what can wait is left out.
_WIDE = 100


def tabs(session: Session, width: int) -> list[Part]:
    """The captures' names, the current one marked and always among them."""
    glyph = glyphs.current()
    texts = [f" {_marked(capture)} " for capture in session.captures]
    first = _first_tab([cell_len(text) for text in texts], session.at, width - 4)
    parts: list[Part] = [(f"{glyph.left} " if first else " ", "dim")]
    for at, text in enumerate(texts[first:], first):
        capture = session.captures[at]
        parts.append((text, "active" if at == session.at else "warn" if capture.state is State.FAILED else ""))
    return parts


def _marked(capture: OpenCapture) -> str:
    """A tab's name; what could not be read says so without colour as well."""
    name = capture.title or capture.name
    return f"{name} !" if capture.state is State.FAILED else name


def _first_tab(widths: Sequence[int], at: int, room: int) -> int:
    """The first tab to show for that numbered `at` to be whole on the line."""
    first = at
    while first and sum(widths[first - 1 : at + 1]) <= room:
        first -= 1
    return first


def summary(session: Session, width: int, key: Callable[[str], str]) -> tuple[list[Part], list[Part]]:
    """What is open: program, kind, total, when, build; and at the right what of it is looked at.

    What does not fit is left out from the end.
    """
    capture = session.current
    name, facts = capture.name, list[str]()
    if capture.profile is not None:
        name, facts = _profile_facts(capture, capture.profile)
    elif capture.trace is not None:
        name, facts = _trace_facts(capture, capture.trace)
    elif capture.path == NOWHERE:
        facts = _library_facts(session.library)
    right = [
        *_live(session.targets, narrow=width < _WIDE),
        *_part_looked_at(capture, key),
        *_going_along(session, capture),
    ]
    width -= sum(cell_len(text) for text, _ in right) + 2 * bool(right)
    shown = ""
    for fact in filter(None, facts):
        if shown and cell_len(f" {name}{shown}  {fact}") > width:
            break
        shown += f"  {fact}"
    return [" ", (name, "title"), shown], [*right]


def _live(targets: Targets, *, narrow: bool) -> list[tuple[str, str]]:
    """What is being taken of targets, and recorded."""
    now = time.monotonic()
    taking, recorded = targets.taking(now), targets.recorded(now, short=narrow)
    recorded = f"{glyphs.current().following} {recorded}" if recorded else ""
    return [(f" {said} ", style) for said, style in ((taking, "warn"), (recorded, "dim")) if said]


def _library_facts(library: "Library") -> list[str]:
    """How much there is to open."""
    count, series = len(library.entries), len(library.series)
    broken = sum(each.state is FileState.UNREADABLE for each in library.loose)
    return [
        f"{count:,} file{'s' * (count != 1)}",
        f"{series} series" if series else "",
        f"{broken} unreadable" if broken else "",
    ]


def _going_along(session: Session, capture: OpenCapture) -> list[tuple[str, str]]:
    """Whether the tab goes along with what lands."""
    if capture.entry is not None and capture.shown == capture.entry.path not in session.library.entries:
        return [(" its file is gone ", "warn")]
    if capture.frozen:
        return [(" frozen ", "warn")]
    if capture.newest and capture.series is not None:
        return [(f" {glyphs.current().following} following ", "dim")]
    return []


def come(session: Session, key: Callable[[str], str]) -> str:
    """How many captures of the series are newer than the one on the screen, which does not go along."""
    capture = session.current
    newer = session.behind(capture)
    if not newer or (capture.newest and not capture.frozen):
        return ""
    return f" {newer} newer: {key('series.newest')} "


def _profile_facts(capture: OpenCapture, profile: "Profile") -> tuple[str, list[str]]:
    """The program, and facts by how much they matter; worked out by the reading thread, here only looked up."""
    from analysis.info import info
    from analysis.samples import sample_index

    about = info(profile)
    total = about.sample_types[sample_index(profile, capture.view.sample)]
    facts = [str(about.kind), _total(about, total.type, total.unit, total.total), when(about.time_ns)]
    if about.build_id:
        facts.append(f"build {about.build_id[:_BUILD_ID]}")
    return about.program or capture.name, facts


def _trace_facts(capture: OpenCapture, trace: "Trace") -> tuple[str, list[str]]:
    from analysis.traceinfo import trace_info
    from analysis.units import label

    about = trace_info(trace)
    return about.program or capture.name, [
        "trace" if not about.compat else "trace, as Go reads it",
        label(about.duration_ns, "ns"),
        f"GOMAXPROCS {about.gomaxprocs}" if about.gomaxprocs else "",
        f"{about.goroutines} goroutines",
        f"{about.gcs} GCs",
        f"STW {label(about.stw_ns, 'ns')}",
        when(about.wall_ns),
        about.go_version,
    ]


def _part_looked_at(capture: OpenCapture, key: Callable[[str], str]) -> list[tuple[str, str]]:
    """The diff; of a trace the marked window, with the key that drops it, and whether there is more to it."""
    from analysis.units import label

    parts: list[tuple[str, str]] = []
    if capture.place.diff and capture.basis is not None:
        sides = (capture.basis.name, capture.name) if capture.place.swapped else (capture.name, capture.basis.name)
        scaled = " (scaled)" if capture.place.normalized else ""
        parts.append((f" {sides[0]}{scaled} minus {sides[1]}  {key('diff')} {glyphs.current().close} ", "active"))
    if window := capture.view.window:
        parts.append((f" window {window_text(window)}  {key('everything')} {glyphs.current().close} ", "active"))
    if capture.trace is None:
        return parts
    if capture.loading and capture.shown == capture.path:
        done, total = capture.progress
        read = f"{_mega(done)} of {_mega(total)} MB" if total else "the rest"
        parts.append((f" part of it so far, reading {read} ", "warn"))
    elif capture.state is not State.READY:
        parts.append((" part of it only ", "warn"))
    elif capture.is_growing:
        parts.append((f" provisional from {label(capture.trace.provisional_ns, 'ns')} on ", "warn"))
    return parts


def chips(capture: OpenCapture, key: Callable[[str], str]) -> tuple[list[Part], list[Part]] | None:
    """The filters, and at the right the keys that drop them; None where there are none.

    Those that do nothing in the pane on the screen are dim.
    """
    view, close = capture.view, glyphs.current().close
    if not view.filters:
        return None
    left: list[Part] = [" "]
    for each in view.filters:
        works = capture.place.pane in PROFILE_PANES or each.kind in GOROUTINE_KINDS
        left += [Run(f" {written(each)} ", "active" if works else "dim", name=True), " "]
    if view.relative:
        left.append((" % of these ", "dim"))
    drop = f"{key('filter.drop')} {close}  " if len(view.filters) > 1 else ""
    return left, [(f"{drop}{key('everything')} {close} all ", "dim")]


def why(capture: OpenCapture) -> list[Part] | None:
    """Why the capture was taken; None where nothing says."""
    said = capture.entry.because if capture.entry is not None else ""
    return [(" event ", "warn"), f" {said}"] if said and capture.is_read else None


def _total(about: "Info", type_: str, unit: str, total: int) -> str:
    """`30.1s of samples in 30.0s (100%)`, or a total that is no time spent in the duration."""
    from analysis.units import label, percent, scale

    written = f"{label(total, unit)} {'of samples' if type_ == 'cpu' else type_}"
    if not about.duration_ns:
        return written
    written += f" in {label(about.duration_ns, 'ns')}"
    # Time spent in a time has a share of it; what is counted or waited for has none.
    share = percent(int(scale(total, unit, "ns")[0]), about.duration_ns).strip()
    return f"{written} ({share})" if type_ == "cpu" else written


def strip(capture: OpenCapture, width: int, key: Callable[[str], str]) -> tuple[list[Part], list[Part]]:
    """The panes with their keys, and at the right how the profile is looked at."""
    facts: Iterable[str] = ()
    if capture.place.pane is PaneName.TIMELINE:
        facts = capture.place.timeline.facts()
    elif capture.place.pane is PaneName.RUNTIME:
        facts = (*capture.place.runtime.facts(), *(("my code",) if capture.view.mine else ()))
    elif capture.place.pane is PaneName.GOROUTINES:
        facts = _goroutine_facts(capture)
    elif capture.is_read:
        facts = _frame_facts(capture)
    right = "  ".join(facts) + " " if facts else ""
    return _panes(capture, width - min(cell_len(right), width // 2), key), [right] if facts else []


def _panes(capture: OpenCapture, room: int, key: Callable[[str], str]) -> list[Part]:
    """Where there is no room for all names, those of the other panes are cut, so that the one looked at is there."""
    for cells in range(_LONGEST, -1, -1):
        parts = []
        for pane in capture.panes:
            here = pane is capture.place.pane
            name = pane.title() if here else pane.title()[:cells]
            apart = " " if here or cells == _LONGEST else ""
            parts.append((f" {key(f'pane.{pane}')} {name}".rstrip() + apart, "active" if here else ""))
        if sum(cell_len(text) for text, _ in parts) + _APART <= room:
            break
    return [*parts]


def _frame_facts(capture: OpenCapture) -> Iterator[str]:
    """How Top, Tree and Source look at a profile."""
    menu, view = glyphs.current().menu, capture.view
    yield f"{_looked_at(capture)} {menu}"
    yield f"{view.granularity} {menu}"
    if view.mine:
        yield "my code"
    if not view.inlines:
        yield "no inlines"
    if capture.amounts is not Amounts.VALUE:
        yield str(capture.amounts)
    if capture.earlier is not None and capture.earlier.base is not None and capture.place.pane is PaneName.TOP:
        yield f"{glyphs.current().delta.strip()} from {capture.earlier.base.name}"
    if capture.place.inverted and capture.place.pane is PaneName.TREE:
        yield "inverted"


def _looked_at(capture: OpenCapture) -> str:
    """The sample type, of a trace the derived profile."""
    if capture.profile is not None:
        from analysis.samples import sample_index

        return capture.profile.sample_types[sample_index(capture.profile, capture.view.sample)].type
    from analysis.derive import default_kind

    assert capture.trace is not None
    kind = capture.view.profile or default_kind(capture.trace)
    return f"{kind} {capture.view.sample}".rstrip()


def _goroutine_facts(capture: OpenCapture) -> Iterator[str]:
    """Which figure Goroutines shows the spread of, and how it writes it."""
    yield f"spread of {capture.goroutines.figure.replace('_', ' ')} {glyphs.current().menu}"
    if capture.amounts is not Amounts.VALUE:
        yield str(capture.amounts)


def footer(commands: Iterable[Command], room: int) -> list[Part]:
    """The keys that fit in `room`, the lowest ranks first to come and last to go, in the order of their ranks."""
    parts: list[Part] = []
    for command in sorted((c for c in commands if c.footer), key=lambda c: c.footer):
        key = shown(command.keys[0])
        room -= cell_len(key) + cell_len(command.label) + 3
        if room >= 0:
            parts += [(f" {key}", "key"), (f" {command.label} ", "dim")]
    return parts


def reading(capture: OpenCapture, stop: str) -> str:
    """How far reading has come."""
    done, total = capture.progress
    if not total:
        return f"Reading {capture.name}. {stop} stops."
    return f"Reading {capture.name}: {_mega(done)} of {_mega(total)} MB. {stop} stops."


def _mega(size: int) -> str:
    return f"{size / 1e6:.1f}"
