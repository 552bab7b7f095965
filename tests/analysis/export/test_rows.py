"""Rows of any table as CSV, JSON and Markdown, read back by others' readers."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.export.rows import code, csv_rows, json_rows, markdown_rows
from analysis.table import Column, Table
from analysis.top import ranked, table, top
from analysis.view import View
from tests import build


def made(*records: dict[str, Any]) -> Table:
    return Table(
        (
            Column("flat", "flat", ">", 10, lambda row: f"{records[row]['flat']}ms", "ms"),
            Column("name", "function", "<", 0, lambda row: str(records[row]["name"])),
        ),
        len(records),
        record=lambda row: records[row],
    )


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_csv_has_a_heading_with_units_and_raw_integers() -> None:
    text = "".join(csv_rows(made({"name": "main.main", "flat": 1_860_000_000}), {"flat": "nanoseconds"}))
    assert text == "name,flat (nanoseconds)\r\nmain.main,1860000000\r\n"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_any_name_is_one_cell_of_csv(names: list[str]) -> None:
    rows = read_csv("".join(csv_rows(made(*({"name": name, "flat": 1} for name in names)))))
    assert [row[0].removeprefix("'") for row in rows[1:]] == [name.removeprefix("'") for name in names]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@sum"])
def test_no_name_is_a_formula(name: str) -> None:
    assert read_csv("".join(csv_rows(made({"name": name, "flat": -1}))))[1] == [f"'{name}", "-1"]


def test_csv_of_what_is_not_one_value() -> None:
    rows = read_csv("".join(csv_rows(made({"name": ["a", "b"], "flat": None, "old": True, "by": {"x": 1}}))))
    assert rows[1] == ['["a", "b"]', "", "true", '{"x": 1}']


def test_csv_without_rows_has_a_heading() -> None:
    assert "".join(csv_rows(made())) == "flat,name\r\n"


def test_json_is_one_object_with_the_rows() -> None:
    rows = ({"name": "a", "flat": 1}, {"name": 'b"', "flat": -2})
    found = json.loads("".join(json_rows(made(*rows), {"file": "cpu"}, {"flat": "nanoseconds", "none": ""})))
    assert found == {"file": "cpu", "units": {"flat": "nanoseconds"}, "rows": list(rows)}
    assert json.loads("".join(json_rows(made(), {})))["rows"] == []


def test_a_table_that_has_no_records_is_written_as_it_reads() -> None:
    plain = Table((Column("a", "A", "<", 3, lambda row: f" {row} "),), 2)
    assert "".join(csv_rows(plain)) == "a\r\n0\r\n1\r\n"


def test_markdown_is_a_table_of_what_people_read() -> None:
    profile = build.profile({"main;work": 3_000_000_000, "main": 1_000_000_000})
    result = top(profile, View())
    assert list(markdown_rows(table(result, ranked(result)))) == [
        "| flat | flat% | sum% | cum | cum% | function |\n",
        "|---:|---:|---:|---:|---:|:---|\n",
        "| 3s | 75.00% | 75.00% | 3s | 75.00% | `work` |\n",
        "| 1s | 25.00% | 100% | 4s | 100% | `main` |\n",
    ]
    assert len(list(markdown_rows(table(result, ranked(result)), 1))) == 3


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("main.Map[a|b]", "`main.Map[a\\|b]`"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("  a", "\u00a0\u00a0`a`"),
        ("", ""),
    ],
)
def test_a_name_in_markdown_is_code(name: str, written: str) -> None:
    assert code(name) == written
