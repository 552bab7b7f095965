"""Which page of the Runtime pane is worked out by whom."""

from collections.abc import Callable

from tui.rows.runtime.account import why
from tui.rows.runtime.collector import cycles, left, stopped
from tui.rows.runtime.overtime import load_page
from tui.rows.runtime.overview import overview
from tui.rows.runtime.requesting import every, region_list, region_rows, types
from tui.rows.runtime.sheet import Ask, RuntimeContent, Sheet
from tui.rows.runtime.waiting import blocking, latency, longest
from tui.runtimespot import Page

_PAGES: dict[Page, Callable[[Ask], Sheet]] = {
    Page.OVERVIEW: overview,
    Page.REQUESTS: types,
    Page.CYCLES: cycles,
    Page.PAUSES: stopped,
    Page.UTILISATION: left,
    Page.LOAD: load_page,
    Page.LATENCY: latency,
    Page.LONGEST: longest,
    Page.BLOCKING: blocking,
    Page.REGIONS: region_list,
    Page.WHY: why,
}
_INSIDE = {Page.REQUESTS: every, Page.REGIONS: region_rows}


def sheet(ask: Ask) -> Sheet:
    """The page that is asked for. Raises ViewError where the trace has no such requests."""
    spot = ask.spot
    return _INSIDE[spot.page](ask) if spot.page in _INSIDE and spot.kind else _PAGES[spot.page](ask)


def runtime_content(ask: Ask) -> RuntimeContent:
    """The same as a pane shows it."""
    return sheet(ask).content(ask)
