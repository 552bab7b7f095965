"""Queries over exported files, word by word as the README has them, and their answers."""

from pathlib import Path

import duckdb

TOP = """\
WITH samples AS (
    SELECT cpu_nanoseconds AS weight,
           [coalesce(f.function, '[' || parse_filename(f.mapping) || ']', '<unknown>') FOR f IN stack] AS names
    FROM 'cpu.parquet'
), once AS (
    SELECT weight, names[1] AS leaf, unnest(list_distinct(names)) AS name FROM samples
)
SELECT coalesce(sum(weight) FILTER (name = leaf), 0) AS flat, sum(weight) AS cum, name
FROM once GROUP BY name ORDER BY abs(flat) DESC, abs(cum) DESC, name;
"""

BY_LABEL = """\
SELECT value, sum(cpu_nanoseconds) AS weight
FROM (SELECT cpu_nanoseconds, unnest(labels['endpoint']) AS value FROM 'cpu.parquet')
GROUP BY value ORDER BY abs(weight) DESC, value;
"""


def answer(query: str, path: Path, column: str, key: str = "endpoint") -> list[tuple[object, ...]]:
    """The rows of `query`, asked of another file, value column and label key than it is written for."""
    text = query.replace("cpu.parquet", str(path)).replace("cpu_nanoseconds", f'"{column}"')
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        rows: list[tuple[object, ...]] = connection.execute(
            text.replace("'endpoint'", "'" + key.replace("'", "''") + "'")
        ).fetchall()
    return rows
