"""What the one-line bars say: tabs, summary, pane strip and footer, as parts of a Line."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui import glyphs
from tui.keys import Command, shown
from tui.session import Amounts, OpenCapture, PaneName, Session, State
from tui.when import when
from tui.widgets.line import Part

if TYPE_CHECKING:
    from analysis.info import Info

_BUILD_ID = 12


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
    return f"{capture.name} !" if capture.state is State.FAILED else capture.name


def _first_tab(widths: Sequence[int], at: int, room: int) -> int:
    """The first tab to show for that numbered `at` to be whole on the line."""
    first = at
    while first and sum(widths[first - 1 : at + 1]) <= room:
        first -= 1
    return first


def summary(capture: OpenCapture, width: int) -> list[Part]:
    """What is open: program, kind, total, when, build; what does not fit is left out from the end."""
    if capture.profile is None:
        return [" ", (capture.name, "title")]
    # Worked out by the reading thread; here it is only looked up.
    from analysis.info import info
    from analysis.samples import sample_index

    about = info(capture.profile)
    total = about.sample_types[sample_index(capture.profile, capture.view.sample)]
    name = about.program or capture.name
    facts = [str(about.kind), _total(about, total.type, total.unit, total.total), when(about.time_ns)]
    if about.build_id:
        facts.append(f"build {about.build_id[:_BUILD_ID]}")
    shown = ""
    for fact in filter(None, facts):
        if shown and cell_len(f" {name}{shown}  {fact}") > width:
            break
        shown += f"  {fact}"
    return [" ", (name, "title"), shown]


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


def strip(capture: OpenCapture, key: Callable[[str], str]) -> tuple[list[Part], list[Part]]:
    """The panes with their keys, and at the right how the profile is looked at."""
    left: list[Part] = []
    for pane in capture.panes:
        style = "active" if pane is capture.place.pane else ""
        left.append((f" {key(f'pane.{pane}')} {pane.title()} ", style))
    if capture.profile is None:
        return left, []
    from analysis.samples import sample_index

    menu, view = glyphs.current().menu, capture.view
    sample = capture.profile.sample_types[sample_index(capture.profile, view.sample)].type
    facts = [f"{sample} {menu}", f"{view.granularity} {menu}"]
    facts += ["my code"] if view.mine else []
    facts += [] if view.inlines else ["no inlines"]
    facts += [] if capture.amounts is Amounts.VALUE else [str(capture.amounts)]
    facts += ["inverted"] if capture.place.inverted and capture.place.pane is PaneName.TREE else []
    return left, ["  ".join(facts) + " "]


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
