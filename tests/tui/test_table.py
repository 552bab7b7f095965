"""The virtual table: what it draws, where its cursor goes, what it costs."""

from dataclasses import replace
from unittest.mock import patch

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from textual.events import MouseScrollDown
from textual.geometry import Region

from analysis.table import Column, Table
from tests.tui.demo import NAMES, ROWS, Demo, demo_table, flat, name
from tui.widgets.columns import arrange, lay_out, widest
from tui.widgets.table import VirtualTable


def lines(table: VirtualTable) -> list[str]:
    return [table.render_line(y).text for y in range(table.size.height)]


def segments(table: VirtualTable, y: int) -> list[Segment]:
    return list(table.render_line(y))


def tiny(*names: str, flats: tuple[str, ...] = ()) -> Table:
    flats = flats or tuple(f"{at}s" for at in range(len(names)))
    columns = (
        Column("flat", "flat", ">", 6, lambda row: flats[row]),
        Column("name", "function", "<", 0, lambda row: names[row]),
    )
    return Table(columns, len(names), identity=lambda row: names[row])


def demo_lines(app: Demo) -> list[str]:
    return lines(app.table)


# Drawing


async def test_draws_header_and_rows_aligned() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)):
        header, first, second = demo_lines(app)[:3]
        assert header == "     flat  flat%   sum%       cum   cum%   function                      1/50000"
        assert first == "   12.86s 42.87% 42.75%    25.72s 85.73% ▌ main.(*Cleaner).heavyCalculation     "
        assert second.endswith(" ▌ crypto/sha256.block" + " " * 18)


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24), (60, 20), (40, 10), (20, 5), (5, 3)])
async def test_every_line_has_the_width_of_the_screen(size: tuple[int, int]) -> None:
    app = Demo()
    async with app.run_test(size=size):
        assert {cell_len(line) for line in demo_lines(app)} <= {size[0]}


async def test_an_empty_table_and_none() -> None:
    app = Demo()
    async with app.run_test(size=(40, 10)):
        table = app.table
        for empty in (tiny(), None):
            table.set_table(empty)
            table.action_cursor(1)
            table.action_page(1)
            table.action_edge("bottom")
            table.action_sideways(8)
            assert (table.row_count, table.cursor_row, table.cursor_identity) == (0, 0, None)
            assert "".join(lines(table)[1:]).strip() == ""


async def test_markup_and_wide_names_are_drawn_as_they_are() -> None:
    names = ("main.Map[go.shape.int]", "x[/y]", "a[red]b", "図書館.検索")
    app = Demo()
    async with app.run_test(size=(40, 10)):
        app.table.set_table(tiny(*names))
        for line, expected in zip(lines(app.table)[1:], names, strict=False):
            assert expected in line
            assert cell_len(line) == 40


async def test_a_wider_number_widens_its_column_before_it_is_drawn() -> None:
    app = Demo()
    async with app.run_test(size=(40, 10)):
        app.table.set_table(tiny("main.a", "main.b", flats=("1s", "123456789.25s")))
        header, first, second = lines(app.table)[:3]
        assert second.startswith("123456789.25s   main.b")
        assert first.startswith("           1s   main.a")
        assert header.startswith("         flat   function")


async def test_a_column_wide_enough_for_a_row_off_the_screen_only_when_it_is_seen() -> None:
    flats = (*["1s"] * 50, "123456789.25s")
    app = Demo()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.set_table(tiny(*(f"main.f{at}" for at in range(51)), flats=flats))
        assert lines(app.table)[1].startswith("    1s   main.f0")
        app.table.action_edge("bottom")
        await pilot.pause()
        assert any(line.startswith("123456789.25s   main.f50") for line in lines(app.table))


async def test_sideways_shows_names_whole() -> None:
    long = "github.com/acme/service/internal/storage/query.(*Planner).rewriteJoins"
    app = Demo()
    async with app.run_test(size=(50, 10)):
        table = app.table
        table.set_table(tiny(long, "main.short"))
        assert "…" in lines(table)[1]
        table.action_sideways(8)
        assert lines(table)[1] == "    0s   " + long[:40] + "…"
        table.action_sideways(8)
        assert lines(table)[1] == "    0s   " + long[8:48] + "…"
        for _ in range(20):
            table.action_sideways(8)
        assert lines(table)[1].rstrip().endswith(long[-41:])
        for _ in range(20):
            table.action_sideways(-8)
        assert lines(table)[1] == "    0s   …/storage/query.(*Planner).rewriteJoins  "


async def test_colour_follows_share_and_the_cursor_hides_it() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)):
        table = app.table
        table.action_cursor(8)

        def numbers(row: int) -> object:
            return segments(table, 1 + row)[0].style

        for row, kind in ((0, "hot"), (2, "warm"), (7, "plain"), (8, "cursor")):
            assert numbers(row) == table.get_component_rich_style(f"virtual-table--{kind}")
        table.action_edge("top")
        assert numbers(0) == table.get_component_rich_style("virtual-table--cursor")


async def test_a_row_is_one_run_of_text_and_a_hot_one_two() -> None:
    """Each run costs its colours on the wire."""
    app = Demo()
    async with app.run_test(size=(120, 40)):
        assert [len(segments(app.table, y)) for y in (0, 1, 2, 10)] == [1, 1, 2, 1]


@pytest.mark.parametrize("as_set", [True, False])
async def test_matches_are_marked(as_set: bool) -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)):
        table = app.table
        table.set_matches(frozenset({3, 0}) if as_set else lambda row: row in (0, 3))

        def marked(row: int) -> bool:
            return any(s.style and s.style.underline and name(row) in s.text for s in segments(table, 1 + row))

        assert [row for row in range(8) if marked(row)] == [0, 3]
        table.set_matches(frozenset())
        assert not any(marked(row) for row in range(8))


# The cursor


async def test_moves_are_clamped_and_told_once_for_each_repaint() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.table
        table.action_cursor(-1)
        await pilot.pause()
        assert app.highlighted == []
        for _ in range(5):
            table.action_cursor(1)
        await pilot.pause()
        assert app.highlighted == [5]
        table.action_edge("bottom")
        await pilot.pause()
        table.action_page(1)
        await pilot.pause()
        assert (table.cursor_row, app.highlighted) == (ROWS - 1, [5, ROWS - 1])
        assert name(ROWS - 1) == table.cursor_identity


async def test_the_lines_below_follow_the_cursor() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down")
        await pilot.pause()
        assert NAMES[1] in app.line("detail").text


async def test_at_the_edge_the_screen_moves_on_by_half_a_page() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)):
        table = app.table
        body = table.size.height - 1
        table.action_cursor(body - 1)
        assert table.scroll_offset.y == 0
        table.action_cursor(1)
        assert table.scroll_offset.y == 1 + body // 2
        table.action_cursor(-1)
        assert table.scroll_offset.y == 1 + body // 2
        table.move_to(100)
        table.action_cursor(table.scroll_offset.y - 100)
        top = table.scroll_offset.y
        table.action_cursor(-1)
        assert table.scroll_offset.y == top - 1 - body // 2


async def test_a_page_keeps_the_cursor_on_its_line() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)):
        table = app.table
        body = table.size.height - 1
        table.action_cursor(4)
        table.action_page(1)
        assert (table.cursor_row, table.scroll_offset.y) == (4 + body, body)
        table.action_page(-1)
        assert (table.cursor_row, table.scroll_offset.y) == (4, 0)


async def test_a_row_from_elsewhere_comes_into_view() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.move_to(30_000)
        await pilot.pause()
        assert app.highlighted == [30_000]
        assert any(name(30_000)[-6:] in line for line in demo_lines(app))


async def test_a_smaller_screen_keeps_the_cursor_in_view() -> None:
    app = Demo()
    async with app.run_test(size=(80, 40)) as pilot:
        app.table.action_cursor(30)
        await pilot.resize_terminal(80, 12)
        await pilot.pause()
        assert "·30" in "".join(demo_lines(app))


async def test_a_table_set_while_hidden_shows_its_cursor() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.display = False
        await pilot.pause()
        app.table.set_table(demo_table(), cursor=name(30_000))
        app.table.display = True
        await pilot.pause()
        assert app.table.cursor_row == 30_000
        assert any(name(30_000)[-6:] in line for line in demo_lines(app))


async def test_the_cursor_stays_on_what_it_was_on() -> None:
    app = Demo()
    async with app.run_test(size=(40, 10)):
        table = app.table
        table.set_table(tiny("a", "b", "c", "d"))
        table.action_cursor(2)
        table.set_table(tiny("c", "a", "b"), cursor=table.cursor_identity)
        assert (table.cursor_row, table.cursor_identity) == (0, "c")
        table.set_table(tiny("x", "y", "z"), cursor="c")
        assert table.cursor_row == 0
        table.set_table(tiny("x", "z", "y"))
        table.action_edge("bottom")
        table.set_table(tiny("x"))
        assert table.cursor_identity == "x"


async def test_a_new_table_under_the_cursor_is_not_a_move() -> None:
    app = Demo()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.set_table(tiny("a", "b", "c"), cursor="c")
        await pilot.pause()
        assert (app.table.cursor_row, app.highlighted) == (2, [])


async def test_the_cursor_keeps_its_line_through_a_reload() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)):
        table = app.table
        table.move_to(500)
        line = table.cursor_row - table.scroll_offset.y
        shifted = demo_table()
        shifted = replace(shifted, identity=lambda row: name(row + 100))
        table.set_table(shifted, cursor=name(500))
        assert table.cursor_row == 400
        assert table.cursor_row - table.scroll_offset.y == line


# What it costs


async def test_only_rows_on_the_screen_are_formatted() -> None:
    asked: set[int] = set()

    def text(row: int) -> str:
        asked.add(row)
        return str(row)

    columns = (Column("flat", "flat", ">", 6, text), Column("name", "name", "<", 0, text))
    app = Demo()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.set_table(Table(columns, 10_000_000))
        await pilot.pause()
        demo_lines(app)
        assert asked == set(range(app.table.size.height - 1))
        asked.clear()
        app.table.action_edge("bottom")
        await pilot.pause()
        assert asked and min(asked) > 9_999_900


async def test_an_identity_found_at_once_is_not_searched_for() -> None:
    asked: list[int] = []

    def identity(row: int) -> str:
        asked.append(row)
        return name(row)

    table = replace(demo_table(), identity=identity)
    app = Demo()
    async with app.run_test(size=(80, 24)):
        app.table.action_cursor(5)
        app.table.set_table(table, cursor=name(5))
        assert asked == [5]
        asked.clear()
        app.table.set_table(table)
        assert asked == []


async def test_a_cursor_move_repaints_two_rows_and_the_position() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)):
        with patch.object(app.table, "refresh") as refresh:
            app.table.action_cursor(1)
        assert [call.args for call in refresh.call_args_list] == [(Region(0, y, 80, 1),) for y in (0, 1, 2)]


async def test_it_has_no_keys_of_its_own() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)):
        assert not list(app.table._bindings)


# Columns


def test_columns_go_in_the_order_of_drop() -> None:
    table = demo_table(10)
    widths = [column.width for column in table.columns]

    def kept(room: int) -> list[str]:
        return [table.columns[slot.column].key for slot in arrange(table.columns, widths, room)]

    assert kept(120) == ["flat", "flat%", "sum%", "cum", "cum%", "delta", "trend", "name"]
    assert kept(86) == ["flat", "flat%", "sum%", "cum", "cum%", "delta", "name"]
    assert kept(76) == ["flat", "flat%", "sum%", "cum", "cum%", "name"]
    assert kept(60) == ["flat", "flat%", "cum", "cum%", "name"]
    assert kept(50) == ["flat", "flat%", "cum", "name"]
    assert kept(24) == ["flat", "flat%", "name"]
    assert kept(9) == ["name"]


@pytest.mark.parametrize("room", range(0, 130, 7))
def test_no_number_is_ever_shown_in_part(room: int) -> None:
    table = demo_table(10)
    texts = [column.text(0) for column in table.columns]
    widths = widest(table.columns, [column.width for column in table.columns], texts)
    slots = arrange(table.columns, widths, room)
    assert all(slot.end <= room for slot in slots if not slot.flexible)
    shown = "".join(lay_out(slots, table.columns, texts, lambda text, width: "")[::2]).split()
    assert set(shown) <= set(texts)


def test_the_fifty_thousand_rows_are_real() -> None:
    assert flat(ROWS - 1) > 0


async def test_a_click_puts_the_cursor_on_its_row_and_the_wheel_moves_it() -> None:
    app = Demo()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click(VirtualTable, offset=(10, 5))
        assert app.table.cursor_row == 4
        await pilot.click(VirtualTable, offset=(10, 0))
        assert app.table.cursor_row == 4
        app.table.post_message(
            MouseScrollDown(app.table, x=1, y=1, delta_x=0, delta_y=1, button=0, shift=False, meta=False, ctrl=False)
        )
        await pilot.pause()
        assert (app.table.cursor_row, app.table.scroll_offset.y) == (7, 0)
