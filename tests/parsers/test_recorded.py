"""Names of recorded captures: what is written into them is read out of them, and nothing else is taken for one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.recorded import Recorded, recorded, recorded_name

MOMENT = datetime(2026, 11, 25, 14, 4, 45, tzinfo=UTC)
MILLISECONDS = int(MOMENT.timestamp()) * 1000 + 625


def test_a_name_says_of_what_and_when() -> None:
    name = recorded_name("web-7-6060", "pay", "heap", MILLISECONDS, trace=False)
    assert name == "web-7-6060.pay.heap.20261125T140445.625Z.pb.gz"
    assert recorded(name) == Recorded("web-7-6060", "pay.heap", MOMENT)
    nameless = recorded_name("web-7-6060", "", "trace", MILLISECONDS, trace=True)
    assert nameless == "web-7-6060.trace.20261125T140445.625Z.trace"
    assert recorded(nameless) == Recorded("web-7-6060", "trace", MOMENT)


@pytest.mark.parametrize(
    "name",
    [
        "cpu.pb.gz",
        "web.heap.20261125T140445.625Z.txt",
        "web.heap.20261125T140445Z.pb.gz",
        "web.heap.20261399T140445.625Z.pb.gz",
        ".heap.20261125T140445.625Z.pb.gz",
        "web.20261125T140445.625Z.pb.gz",
    ],
)
def test_other_names_tell_nothing(name: str) -> None:
    assert recorded(name) is None


@given(st.text(max_size=80), st.text(min_size=1, max_size=40), st.integers(0, 4 * 10**12), st.booleans())
def test_what_is_written_is_read(program: str, kind: str, milliseconds: int, trace: bool) -> None:
    name = recorded_name("web", program, f"k{kind}", milliseconds, trace=trace)
    found = recorded(name)
    assert "/" not in name and name.isascii() and name.isprintable() and len(name) < 200
    assert found and found.process == "web"
    assert found.time == datetime.fromtimestamp(milliseconds // 1000, UTC)


@given(st.lists(st.integers(0, 4 * 10**12), min_size=2, max_size=2))
def test_names_sort_as_captures_were_taken(moments: list[int]) -> None:
    names = [recorded_name("web", "pay", "heap", moment, trace=False) for moment in moments]
    assert (names[0] <= names[1]) == (moments[0] <= moments[1])
