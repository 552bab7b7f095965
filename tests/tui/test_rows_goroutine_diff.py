"""The rows of Goroutines where two traces are compared."""

from pathlib import Path

import pytest

from analysis.goroutine_groups import groups
from analysis.timetext import duration
from analysis.view import Filter, FilterKind, View, Window
from parsers.trace import read_trace
from parsers.trace.model import Trace
from tests.tracebuild import G, R, trace
from tui import glyphs
from tui.place import Amounts, GoroutineOrder, Place, Selection
from tui.rows.goroutine_diff import goroutine_diff_content
from tui.rows.goroutines import goroutines_content

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
GATEWAY, DATACLEAN = (read_trace((SAMPLES / f"{name}.trace").read_bytes()) for name in ("gateway", "dataclean"))

WORKER = G("main.worker", ["0 running", "400 waiting:select @main.worker;main.pick"], created=False)


def before(**how: object) -> Trace:
    """Two requests that wait long for a lock, a worker, and a goroutine that is gone in the new trace."""
    return trace(
        G("main.serve", ["0 running @main.serve", "200 waiting:sync", "800 running", "1000 gone"]),
        G("main.serve", ["1000 running", "1200 waiting:sync", "1600 running", "2000 gone"]),
        WORKER,
        G("main.old", ["0 running @main.old", "100 gone"]),
        duration=2000,
        **how,  # type: ignore[arg-type]
    )


def after(**how: object) -> Trace:
    """Half as long, the lock held shortly, and a goroutine that is new."""
    return trace(
        G("main.serve", ["0 running @main.serve", "200 waiting:sync", "300 running", "500 gone"]),
        G("main.worker", ["0 running @main.worker", "200 waiting:select"], created=False),
        G("", ["0 waiting:sleep"], created=False),
        duration=1000,
        **how,  # type: ignore[arg-type]
    )


class Shown:
    """What Goroutines would show of a comparison."""

    def __init__(
        self,
        new: Trace | None = None,
        base: Trace | None = None,
        window: Window | None = None,
        amounts: Amounts = Amounts.VALUE,
        selection: Selection | None = None,
        focus: str = "",
        swapped: bool = False,
        **order: object,
    ) -> None:
        view = View(window=window, filters=(Filter(FilterKind.FOCUS, focus),) if focus else ())
        place = Place(view=view, selection=selection or Selection(), diff=True, swapped=swapped)
        how = GoroutineOrder(**order)  # type: ignore[arg-type]
        self.content = goroutine_diff_content(new or after(), base or before(), place, how, amounts)

    def column(self, key: str) -> dict[str, str]:
        """The cells of a column, by function."""
        table = self.content.table
        assert table is not None
        columns = {column.key: column.text for column in table.columns}
        return {columns["name"](row): columns[key](row) for row in range(table.length)}

    @property
    def names(self) -> list[str]:
        return list(self.column("name"))

    def detail(self, name: str) -> str:
        row = self.names.index(name)
        return "".join(part if isinstance(part, str) else part[0] for part in self.content.detail(row)).strip()


NAMELESS = "(Inactive, no stack trace sampled)"


def test_differences_are_of_traces_as_long_as_the_new_one() -> None:
    shown = Shown()
    # Of the 1000 ns that two requests ran in twice the time, 500; and now 400.
    assert shown.column("exec") == {"main.serve": "-100ns", "main.old": "-50ns", NAMELESS: "0", "main.worker": "0"}
    assert shown.column("sync")["main.serve"] == "-400ns"  # 1000 ns in twice the time, and now 100
    assert shown.column("sleep")[NAMELESS] == "+1us"
    assert shown.column("count") == {"main.serve": "-1", "main.old": "-1", NAMELESS: "+1", "main.worker": "0"}


def test_percentages_are_points_of_lives_and_rates_are_per_second() -> None:
    shown = Shown(amounts=Amounts.PERCENT)
    assert shown.column("sync")["main.serve"] == "-30.00%"  # half of their lives, and a fifth
    assert shown.column("total")[NAMELESS] == "+40.00%"  # of 2500 ns that all live
    assert Shown(amounts=Amounts.RATE).column("sync")["main.serve"] == "-400ms/s"
    assert Shown(amounts=Amounts.RATE).column("sync")["main.worker"] == "0"


def test_spreads_are_one_goroutines() -> None:
    shown = Shown(figure="sync")
    assert [shown.column(key)["main.serve"] for key in ("median", "p95", "max")] == ["-300ns", "-500ns", "-500ns"]
    # 600 of 2000 ns and 100 of 1000.
    assert Shown(figure="sync", amounts=Amounts.PERCENT).column("max")["main.serve"] == "-20.00%"
    assert Shown(figure="sync", amounts=Amounts.RATE).column("max")["main.serve"] == "-200ms/s"


def test_the_state_that_changed_most() -> None:
    assert Shown().column("mostly") == {
        "main.serve": "-400ns sync",
        "main.old": "-50ns running",
        NAMELESS: "+1us sleep",
        "main.worker": "",
    }
    assert Shown(amounts=Amounts.PERCENT).column("mostly")["main.serve"] == "+30.00% running"


def test_the_detail_line_has_both_sides() -> None:
    assert Shown(by="sync").detail("main.serve") == (
        "main.serve  2 → 1 goroutine  sync 500ns → 100ns, each 500ns → 100ns  running 500ns → 400ns"
    )
    assert Shown(by="sync", amounts=Amounts.PERCENT).detail("main.serve") == (
        "main.serve  2 → 1 goroutine  sync 50.00% → 20.00%, each 500ns → 100ns  running 50.00% → 80.00%"
    )
    assert Shown().detail("main.old") == "main.old  1 → 0 goroutines  running 50ns → 0"
    assert Shown(by="sync").detail(NAMELESS) == f"{NAMELESS}  0 → 1 goroutine  sync 0  sleep 0 → 1us"
    assert Shown(by="p95", figure="sync").detail("main.serve") == (
        "main.serve  2 → 1 goroutine  p95 of sync 600ns → 100ns  sync 500ns → 100ns  running 500ns → 400ns"
    )


def test_the_heading_says_what_is_compared() -> None:
    content = Shown(after(gomaxprocs=[(0, 4)]), before(gomaxprocs=[(0, 2)])).content
    assert content.heading == (
        "go1.26 trace  2us → 1us  4 → 3 goroutines  GOMAXPROCS 2 → 4  0 GCs  sums as if the base took 1us"
    )
    assert not content.warning
    assert "as if" not in Shown(after(), after()).content.heading
    cut = Shown(after(notes=["Its end is missing."]), before(notes=["It is cut off."])).content
    assert cut.heading.startswith("Base: It is cut off.  (and 1 more: goscope info)  go1.26 trace") and cut.warning
    other = Shown(GATEWAY, DATACLEAN).content
    assert other.heading.startswith("The traces are of two programs, dataclean and gateway.  ") and other.warning


def test_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_current", glyphs.ASCII)
    shown = Shown()
    assert "2us -> 1us" in shown.content.heading and shown.content.heading.isascii()
    assert shown.detail("main.serve").isascii()


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("exec", ["main.serve", "main.old", NAMELESS, "main.worker"]),
        ("sync", ["main.serve", NAMELESS, "main.old", "main.worker"]),
        ("sleep", [NAMELESS, "main.old", "main.serve", "main.worker"]),
        ("count", [NAMELESS, "main.old", "main.serve", "main.worker"]),
        ("name", [NAMELESS, "main.old", "main.serve", "main.worker"]),
        ("no such reason", ["main.serve", "main.old", NAMELESS, "main.worker"]),
    ],
)
def test_what_changed_most_comes_first_and_the_other_way_round(by: str, names: list[str]) -> None:
    assert Shown(by=by).names == names
    assert Shown(by=by, reverse=True).names == names[::-1]


def test_by_a_spread_sorts_by_the_figure_it_is_of() -> None:
    assert Shown(by="max", figure="exec").names[:2] == ["main.serve", "main.worker"]
    assert Shown(by="max", figure="total").names[:2] == [NAMELESS, "main.worker"]


def test_columns_are_those_of_one_trace() -> None:
    assist = R("GC mark assist", 100, 150, goroutine=0, ended_by=0)
    for base, there in ((before(), False), (before(ranges=[assist]), True)):
        rows = Shown(base=base).content.compared
        assert rows is not None
        alone = goroutines_content(base, Place(), GoroutineOrder(), frozenset(), Amounts.VALUE).goroutines
        assert alone is not None
        assert [key for key in rows.keys if key not in ("select", "sync", "sleep")] == [
            key for key in alone.keys if key not in ("select", "sync", "sleep")
        ]
        assert ("assist" in rows.keys) is there and "mostly" not in rows.keys
    arrows = [column.title for column in Shown(by="sync").content.table.columns if column.key in ("sync", "exec")]  # type: ignore[union-attr]
    assert sorted(arrows) == ["exec", "sync↓"]


def test_a_row_is_the_group_that_it_is_in_one_trace() -> None:
    alone = goroutines_content(after(), Place(), GoroutineOrder(), frozenset({"main.serve"}), Amounts.VALUE).table
    table = Shown().content.table
    assert alone is not None and table is not None and alone.find is not None and table.find is not None
    for row in range(table.length):
        assert table.find(table.identity(row)) == row
    groups = {alone.identity(row) for row in range(alone.length)} - {("main.serve", 1)}
    assert groups == {table.identity(row) for row in range(table.length)} - {("main.old", 0)}
    assert table.find(("main.serve", 1)) == table.find(("main.serve", 0))  # a goroutine's group
    assert table.find(("main.nobody", 0)) is None


def test_the_cursor_is_on_what_is_selected() -> None:
    def cursor(function: str = "", goroutine: int | None = None) -> int | None:
        return Shown(selection=Selection(function, goroutine=goroutine)).content.cursor

    assert cursor() is None
    assert cursor("main.old") == 1
    assert cursor("main.serve", goroutine=1) == 0
    assert cursor("runtime.mallocgc") is None


def test_a_row_names_what_it_stands_for_also_where_the_base_alone_has_it() -> None:
    content = Shown().content
    found = [content.selection(row) for row in range(4)]
    assert [(each.function, each.file, each.goroutine) for each in found] == [
        ("main.serve", "/src/main.go", 0),
        ("main.old", "/src/main.go", 0),
        ("", "", 0),
        ("main.worker", "/src/main.go", 0),
    ]
    assert found[2].label == NAMELESS


def test_a_row_has_a_sign_and_a_share_of_all_change() -> None:
    table = Shown(by="exec").content.table
    assert table is not None and table.sign is not None
    assert [table.sign(row) for row in range(table.length)] == [-1, -1, 0, 0]
    assert [table.share(row) for row in range(table.length)] == pytest.approx([100 / 150, 50 / 150, 0, 0])
    table = Shown(by="sleep").content.table
    assert table is not None and table.sign is not None and table.sign(0) == 1


def test_what_only_rounding_tells_apart_has_not_changed() -> None:
    new, base = (trace(G("main.main", ["0 running"]), duration=ns) for ns in (500, 107))
    assert 107 * (1e9 / 107) != 500 * (1e9 / 500)
    table = Shown(new, base).content.table
    assert table is not None and table.sign is not None and (table.sign(0), table.share(0)) == (0, 0.0)


def test_a_filter_leaves_groups_of_both_traces() -> None:
    shown = Shown(focus="main.old|main.worker")
    assert shown.names == [name for name in Shown().names if name in ("main.old", "main.worker")]
    rows = Shown().content.compared
    assert rows is not None and rows.matches("WOR") == [] and rows.matches("wor") == [3]
    assert Shown(focus="nobody").content.reason == "These filters leave nothing."
    nothing = trace(duration=5)
    assert Shown(nothing, nothing).content.reason == "Neither trace has a goroutine."


def test_the_window_is_the_new_traces() -> None:
    shown = Shown(window=Window(0, 250))
    # 2000 ns of the base are as 250.
    assert shown.column("exec")["main.serve"] == "+75ns"  # 200 of 250, against 1000 of 2000
    assert "as if the base took 250ns" in shown.content.heading


def test_swapped_sides_are_the_comparison_the_other_way_round() -> None:
    there, back = Shown(), Shown(before(), after(), swapped=True)
    assert back.content.heading == there.content.heading
    for key in ("count", "exec", "sync", "max", "mostly", "name"):
        assert back.column(key) == there.column(key)
    assert [back.content.selection(row) for row in range(4)] == [there.content.selection(row) for row in range(4)]
    # The window stays with the trace that it was marked in.
    assert Shown(before(), after(), Window(0, 1000), swapped=True).column("sync")["main.serve"] == "-500ns"


@pytest.mark.parametrize("by", ["exec", "sched_wait", "network", "sync"])
def test_a_real_pair_is_what_each_trace_says(by: str) -> None:
    shown = Shown(DATACLEAN, GATEWAY, by=by)
    sums = [
        {found.strings[name]: int(ns) for name, ns in zip(every.name, every.spread(by).sum, strict=True)}
        for found in (GATEWAY, DATACLEAN)
        for every in [groups(found)]
    ]
    scale = DATACLEAN.duration_ns / GATEWAY.duration_ns
    for name, cell in shown.column(by).items():
        key = "" if name == NAMELESS else name
        change = sums[1].get(key, 0) - sums[0].get(key, 0) * scale
        assert cell.lstrip("+-") == (duration(round(abs(change))) if round(change) else "0")
        assert cell == "0" or (cell[0] == "+") is (change > 0)
