"""What is on the screen as files: which formats a pane has, what the files are called, and what is in them."""

import gzip
import re
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.diff import diff
from analysis.table import Column, Table
from analysis.view import Filter, FilterKind, View
from parsers.profile import read_profile
from tests import build
from tui.exporting import FORMATS, default_name, formats, on_screen, unused
from tui.place import Amounts, Order, PaneName, Place, Selection
from tui.rows.callers import callers_content
from tui.rows.source import source_content
from tui.rows.top import top_content

PROFILE = build.profile({"main.main;main.work": 3_000_000, "main.main": 1_000_000, "main.init": 2_000_000})
PATH = Path("dir/cpu.pb.gz")


def written(name: str, place: Place, **how: object) -> str:
    table = top_content(PROFILE, place, Order(), Amounts.VALUE).table
    subject = on_screen(PROFILE, place, table, PATH, **how)  # type: ignore[arg-type]
    return b"".join(FORMATS[name].pieces(subject)).decode()


def test_a_pane_of_a_profile_has_all_formats() -> None:
    table = top_content(PROFILE, Place(), Order(), Amounts.VALUE).table
    assert [each.name for each in formats(on_screen(PROFILE, Place(), table, PATH))] == list(FORMATS)


def test_a_pane_without_rows_has_those_of_the_profile() -> None:
    found = [each.name for each in formats(on_screen(PROFILE, Place(pane=PaneName.FLAME), None, PATH))]
    assert found == ["proto", "parquet", "folded", "speedscope", "svg"]


def test_rows_that_are_of_no_profile_are_rows() -> None:
    table = Table((Column("kind", "kind", "<", 4, lambda row: "heap"),), 1, record=lambda row: {"size": 3})
    subject = on_screen(None, Place(pane=PaneName.CAPTURES), table, PATH)
    assert [each.name for each in formats(subject)] == ["csv", "json", "md"]
    assert b"".join(FORMATS["csv"].pieces(subject)) == b"size\r\n3\r\n"
    assert b"go tool" not in b"".join(FORMATS["md"].pieces(subject))


def test_top_names_its_command() -> None:
    view = View(filters=(Filter(FilterKind.FOCUS, "main"), Filter(FilterKind.MINIMUM, "1%")))
    text = written("md", Place(view=view), order=Order("cum"))
    assert (
        "go tool pprof -symbolize=none -top -sample_index=cpu -functions -cum -nodecount=30 -nodefraction=0.01 "
        "-focus=main dir/cpu.pb.gz" in text
    )
    assert "- Filters: `focus=main`, `minimum=1%`\n" in text


@pytest.mark.parametrize("swapped", [False, True])
def test_a_difference_names_its_base(swapped: bool) -> None:
    place = Place(diff=True, swapped=swapped, normalized=True)
    text = written("md", place, base=Path("base.pb.gz"))
    new, base = ("base.pb.gz", "dir/cpu.pb.gz") if swapped else ("dir/cpu.pb.gz", "base.pb.gz")
    assert f"-diff_base={base} -normalize {new}\n" in text
    assert f"less {Path(base).name.replace('_', '')}" in text.replace("dir/", "")


def test_a_source_names_its_function() -> None:
    from tui.finder import Finder

    place = Place(pane=PaneName.SOURCE, selection=Selection("main.(*T).work"))
    profile = build.profile({"main.(*T).work@/src/a.go:3": 5})
    table = source_content(profile, place, Finder().sources, Amounts.VALUE).table
    subject = on_screen(profile, place, table, PATH)
    text = b"".join(FORMATS["md"].pieces(subject)).decode()
    assert r"'-list=^main\.\(\*T\)\.work$'" in text


def test_callers_name_what_is_in_the_middle() -> None:
    place = Place(pane=PaneName.CALLERS, selection=Selection("main.main"), centre=Selection("main.work"))
    table = callers_content(PROFILE, place, Amounts.VALUE).table
    subject = on_screen(PROFILE, place, table, PATH)
    assert r"'-peek=^main\.work$'" in b"".join(FORMATS["md"].pieces(subject)).decode()
    assert b"weight (nanoseconds)" in b"".join(FORMATS["csv"].pieces(subject))


def test_the_profile_is_the_one_on_the_screen() -> None:
    changed = diff(PROFILE, build.profile({"main.init": 1_000_000}))
    subject = on_screen(changed, Place(diff=True), None, PATH, base=Path("base"))
    copy = read_profile(b"".join(FORMATS["proto"].pieces(subject)))
    assert sorted(copy.values[:, 0].tolist()) == [-1_000_000, 1_000_000, 2_000_000, 3_000_000]
    folded = b"".join(FORMATS["folded"].pieces(subject)).decode()
    assert "main.init 1000000 2000000\n" in folded


def test_a_place_without_profile_but_a_file_is_named_safely() -> None:
    subject = on_screen(replace(PROFILE), Place(), None, Path("a\x1b.pb"))
    assert "\x1b" not in subject.title


def test_the_name_of_a_file_tells_what_it_is() -> None:
    time = 1_700_000_000_000_000_000
    name = default_name("gateway", "cpu", time, "top", "csv")
    assert re.fullmatch(r"gateway-cpu-202311\d\d-\d{4}20\.top\.csv", name)
    assert default_name("../../etc/x y\x1b", "trace sched", time, "flame", "svg").startswith(
        "_.._etc_x_y_-trace_sched-"
    )
    assert re.fullmatch(r"goscope-\d{8}-\d{6}\.top\.md", default_name("", "", 0, "top", "md"))
    assert default_name("a", "b", 1 << 62, "top", "md").endswith(".top.md")


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.top.csv"
    assert unused(path) == path
    path.touch()
    assert unused(path) == tmp_path / "a-2.top.csv"
    (tmp_path / "a-2.top.csv").touch()
    assert unused(path) == tmp_path / "a-3.top.csv"


def test_a_profile_is_gzip() -> None:
    assert gzip.decompress(b"".join(FORMATS["proto"].pieces(on_screen(PROFILE, Place(), None, PATH))))
