"""Tables of goroutines."""

import pytest

from analysis.errors import ViewError
from analysis.goroutine_groups import groups
from analysis.goroutine_tables import (
    MOSTLY,
    Order,
    goroutines_table,
    groups_table,
    mostly,
    ranked_goroutines,
    ranked_groups,
    time_text,
)
from analysis.goroutines import goroutine_stats
from parsers.trace.model import Trace
from tests.tracebuild import G, trace


def made() -> Trace:
    return trace(
        G("main.b", ["0 running", "50 waiting:sync @main.b"]),
        G("main.a", ["0 running", "30 waiting:chan receive @main.a"]),
        G("main.b", ["0 runnable", "90 running"]),
        G("main.c", ["0 runnable", "70 running"]),
        duration=100,
    )


def names(found: Trace, order: str, pattern: str = "") -> list[str]:
    every = groups(found)
    return [found.strings[every.name[row]] for row in ranked_groups(found, every, Order.parse(order), pattern)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("exec", ["main.b", "main.a", "main.c"]),
        ("exec:max", ["main.b", "main.a", "main.c"]),
        ("exec:min", ["main.a", "main.c", "main.b"]),
        ("sched_wait", ["main.b", "main.c", "main.a"]),
        ("count", ["main.b", "main.a", "main.c"]),
        ("name", ["main.a", "main.b", "main.c"]),
        ("chan receive", ["main.a", "main.b", "main.c"]),
    ],
)
def test_groups_in_order(order: str, expected: list[str]) -> None:
    assert names(made(), order) == expected


def test_groups_by_name() -> None:
    assert names(made(), "exec", "[ac]$") == ["main.a", "main.c"]
    with pytest.raises(ViewError, match="no goroutine's function matches “nobody”"):
        names(made(), "exec", "nobody")


def test_goroutines_in_order() -> None:
    found = made()
    stats, every = goroutine_stats(found), groups(found)
    chosen = ranked_groups(found, every, Order())
    rows = ranked_goroutines(found, stats, every, chosen, Order())
    assert rows.tolist() == [0, 1, 3, 2]
    some = ranked_groups(found, every, Order(), "main.b")
    assert ranked_goroutines(found, stats, every, some, Order("sched_wait")).tolist() == [2, 0]
    table = goroutines_table(found, stats, rows)
    cells = {column.key: column.text(1) for column in table.columns}
    assert (cells["id"], cells["exec"], cells["blocked"]) == ("2", "30ns", "70ns")
    assert (cells["mostly"], cells["name"]) == ("70% chan receive", "main.a")
    assert table.identity(1) == 2


def test_a_group_is_known_by_its_function_and_shares_all_running() -> None:
    found = made()
    every = groups(found)
    table = groups_table(found, every, ranked_groups(found, every, Order()))
    assert [table.identity(row) for row in range(table.length)] == ["main.b", "main.a", "main.c"]
    assert table.share(0) == 0.5


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ({"running": 3, "runnable": 1}, "75% running"),
        ({"running": 0, "sync.(*Cond).Wait": 5}, "100% sync.(*Cond).Wait"),
        ({"system goroutine wait": 99, "running": 1}, "99% system goroutine"),
        ({"x" * 50: 1}, "100% " + "x" * (MOSTLY - 5)),
        ({"running": 0}, ""),
    ],
)
def test_the_state_with_most_time(states: dict[str, int], text: str) -> None:
    assert mostly(states) == text


def test_no_time_is_nought() -> None:
    assert (time_text(0), time_text(1_840_000)) == ("0", "1.84ms")
