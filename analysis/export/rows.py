"""A table's rows as CSV, JSON and Markdown: any table, whoever made it."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from analysis.table import Table

_NO_UNITS: Mapping[str, str] = MappingProxyType({})
# Spreadsheets take what begins so for a formula, and a capture's names are anybody's.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_rows(table: Table, units: Mapping[str, str] = _NO_UNITS) -> Iterator[str]:
    """Lines of CSV (RFC 4180): a heading, then the rows as records, with raw integers.

    `units` are those of the integers, by key; the heading names them: `flat (nanoseconds)`. Text that a spreadsheet
    would run as a formula has an apostrophe before it. What is not one value is JSON.
    """
    keys = list(_record(table, 0)) if table.length else [column.key for column in table.columns]
    yield _line([f"{key} ({units[key]})" if units.get(key) else key for key in keys])
    for row in range(table.length):
        record = _record(table, row)
        yield _line([_cell(record.get(key)) for key in keys])


def json_rows(table: Table, facts: Mapping[str, object], units: Mapping[str, str] = _NO_UNITS) -> Iterator[str]:
    """One JSON object: `facts`, the `units` of the rows' integers by key, and `rows`, a record each."""
    yield json.dumps({**facts, "units": {key: unit for key, unit in units.items() if unit}})[:-1] + ', "rows": ['
    for row in range(table.length):
        yield (",\n" if row else "\n") + json.dumps(_record(table, row))
    yield "\n]}\n"


def markdown_rows(table: Table, most: int = 0) -> Iterator[str]:
    """The table as Markdown, as people read it; at most `most` rows, 0 for all."""
    columns = table.columns
    yield f"| {' | '.join(column.title.strip() for column in columns)} |\n"
    yield f"|{'|'.join('---:' if column.align == '>' else ':---' for column in columns)}|\n"
    for row in range(min(table.length, most or table.length)):
        cells = [
            code(column.text(row)) if column.width == 0 else escaped(column.text(row).strip()) for column in columns
        ]
        yield f"| {' | '.join(cells)} |\n"


def code(text: str) -> str:
    """`text` as inline code in a table's cell, whatever it holds; what it is indented by is kept."""
    text = text.expandtabs(4)
    words = text.lstrip(" ")
    if not words:
        return ""
    fence = "`"
    while fence in words:
        fence += "`"
    spare = " " if words.startswith("`") or words.endswith("`") else ""
    indent = "\u00a0" * (len(text) - len(words))
    return f"{indent}{fence}{spare}{words.replace('|', chr(92) + '|')}{spare}{fence}"


def escaped(text: str) -> str:
    """`text` without anything that Markdown or HTML would make something of."""
    for letter in "\\`*_[]<>|#~":
        text = text.replace(letter, f"\\{letter}")
    return text.replace("&", "&amp;")


def _record(table: Table, row: int) -> dict[str, object]:
    """A row as scripts read it; of a table that does not say, as people do."""
    return table.record(row) or {column.key: column.text(row).strip() for column in table.columns}


def _line(cells: list[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, (dict, list, tuple)) else value
