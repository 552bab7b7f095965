"""The Timeline of every trace of the corpus, whole, cut and damaged: it adds up, and every kind of lanes is drawn."""

import re

import numpy as np
import pytest

from analysis.activity import ACTIVITIES, Activity, activities
from analysis.lanes import everything, lanes
from analysis.spot import LaneKind, Spot
from analysis.view import View, Window
from parsers.errors import ParseError
from parsers.trace import Trace, read_trace
from tests.conformance.corpus import ROOT, compared, needs_corpus, trace_answers
from tui.rows.lanepicture import Size
from tui.rows.timeline import Crosshair, timeline_content

pytestmark = needs_corpus

_SOME = 300  # goroutines; columns of all of them would be of no more use


_V2 = [path for path in trace_answers() if re.match(rb"go 1\.2[2-9] trace", (ROOT / path).read_bytes()[:16])]


def _trace(path: str) -> Trace:
    try:
        return read_trace((ROOT / path).read_bytes())
    except ParseError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("path", _V2)
def test_it_adds_up(path: str) -> None:
    trace = _trace(path)
    doing, lasting = activities(trace), trace.ends() - trace.spans.start
    edges = np.linspace(0, trace.duration_ns, 98).astype(np.int64)
    every = everything(trace).columns(np.zeros(1, np.int64), edges)[0].sum(axis=0)
    own = np.bincount(doing, lasting, ACTIVITIES).astype(np.int64)
    own[Activity.NONE] = 0
    assert every.tolist() == own.tolist()
    for kind in (LaneKind.PROCS, LaneKind.THREADS):
        of_kind = lanes(trace, kind)
        found = of_kind.columns(np.arange(len(of_kind)), edges)
        assert (found >= 0).all()
        assert (found.sum(axis=2) <= np.diff(edges)).all()
    some = np.arange(min(_SOME, len(trace.goroutines)))
    found = lanes(trace, LaneKind.GOROUTINES).columns(some, edges)
    last = int(trace.goroutines.offsets[len(some)])
    assert int(found.sum()) == int(lasting[:last][doing[:last] != Activity.NONE].sum())
    groups = lanes(trace, LaneKind.GROUPS)
    of_groups = groups.columns(np.arange(len(groups)), edges).sum(axis=(0, 2))
    assert of_groups.tolist() == everything(trace).columns(np.zeros(1, np.int64), edges)[0].sum(axis=1).tolist()
    compared["timelines that add up"] += 1


@pytest.mark.parametrize("path", _V2)
def test_it_is_drawn(path: str) -> None:
    trace = _trace(path)
    middle = trace.duration_ns // 2
    windows = (None, Window(middle, middle + 5000)) if trace.duration_ns > 20_000 else (None,)
    for kind in LaneKind:
        for window in windows:
            spot = Spot(lanes=kind, window=window)
            content = timeline_content(trace, spot, Size(100, 30), 0, View())
            if content.drawn is None:
                assert content.reason
                continue
            picture = content.drawn.picture
            for row in (*picture.head, *picture.rows, *picture.foot):
                assert len(row.text) == len(row.styles) == 100 - picture.gutter
            cross = Crosshair(content.drawn, content.drawn.row, spot.time(trace.duration_ns))
            assert cross.detail()
            assert isinstance(cross.unblocker(spot), Spot | str)
