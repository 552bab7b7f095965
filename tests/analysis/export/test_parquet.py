"""Parquet: that DuckDB finds in the file what Top and the labels say, and every column what the profile holds."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given

from analysis.diff import diff
from analysis.errors import ViewError
from analysis.export import parquet as module
from analysis.export.parquet import parquet, value_columns
from analysis.filters import filtered
from analysis.tags import tags
from analysis.top import ranked, top
from analysis.view import Filter, FilterKind, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build
from tests.analysis.export.sql import BY_LABEL, TOP, answer
from tests.naive import clean_path
from tests.strategies import messages

SAMPLES = Path(__file__).parents[3] / "sample-profiles"


def written(profile: Profile, directory: Path, name: str = "out.parquet") -> Path:
    path = directory / name
    path.write_bytes(b"".join(parquet(profile, name)))
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


def check_top(profile: Profile, path: Path) -> int:
    """Hold the query against Top in every sample type; how many rows were found equal."""
    compared = 0
    for index, column in enumerate(value_columns(profile)):
        result = top(profile, View(sample=str(index)))
        order = ranked(result)
        labels = result.nodes.labels()
        if len(set(labels)) < len(labels):
            continue  # two binaries of one name
        expected = {labels[node]: (int(result.flat[node]), int(result.cum[node])) for node in order.tolist()}
        found = {str(name): (flat, cum) for flat, cum, name in answer(TOP, path, column) if flat or cum}
        assert found == expected
        compared += len(expected)
    return compared


def check_labels(profile: Profile, path: Path) -> None:
    for index, column in enumerate(value_columns(profile)):
        for tag in tags(profile, View(sample=str(index))):
            if not tag.numbers:
                found = answer(BY_LABEL, path, column, tag.key)
                assert found == [*tag.values]


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.pb.gz")))
def test_the_queries_reproduce_top_and_tags(name: str, tmp_path: Path) -> None:
    profile = read_profile((SAMPLES / name).read_bytes())
    path = written(profile, tmp_path)
    assert check_top(profile, path) > 0
    check_labels(profile, path)


def test_the_queries_of_a_difference_and_of_what_a_filter_left(tmp_path: Path) -> None:
    new, old = (read_profile((SAMPLES / f"dataclean.cpu{end}.pb.gz").read_bytes()) for end in ("-after", ""))
    changed = diff(new, old)
    path = written(changed, tmp_path)
    assert min(int(str(flat)) for flat, _, _ in answer(TOP, path, "cpu_nanoseconds")) < 0
    assert check_top(changed, path) > 0
    some = filtered(new, View(filters=(Filter(FilterKind.FOCUS, "heavyCalculation"),)))
    path = written(some, tmp_path)
    assert check_top(some, path) > 0
    totals = json.loads(pq.read_schema(path).metadata[b"goscope.sample_types"])
    assert totals[1] == {
        "column": "cpu_nanoseconds",
        "type": "cpu",
        "unit": "nanoseconds",
        "total": int(new.values[:, 1].sum()),
    }


def test_recursion_counts_once_and_inlined_calls_are_frames(tmp_path: Path) -> None:
    path = written(build.profile({"main;f;g;f": 3, "main;a>b": 4}), tmp_path)
    found = {name: (flat, cum) for flat, cum, name in answer(TOP, path, "cpu_nanoseconds")}
    assert found == {"main": (0, 7), "f": (3, 3), "g": (0, 3), "a": (0, 4), "b": (4, 4)}
    (inlined,) = (row["stack"] for row in rows(path) if row["stack"][0]["function"] == "b")
    assert [(frame["function"], frame["inlined"]) for frame in inlined] == [("b", True), ("a", False), ("main", False)]
    assert inlined[0]["address"] == inlined[1]["address"] != inlined[2]["address"]


def test_what_nobody_symbolized_is_called_by_its_binary(tmp_path: Path) -> None:
    made = build.Builder()
    binary = made.mapping("/usr/lib/libc.so.6")
    made.sample([made.location(mapping=binary, address=(1 << 64) - 8), made.location("main")], 5)
    made.sample([made.location(address=0)], 2)
    path = written(made.profile(), tmp_path)
    assert answer(TOP, path, "cpu_nanoseconds") == [(5, 5, "[libc.so.6]"), (2, 2, "<unknown>"), (0, 5, "main")]
    first, second = (row["stack"][0] for row in rows(path))
    nothing = {"function": None, "file": None, "line": None, "inlined": False}
    assert first == {**nothing, "mapping": "/usr/lib/libc.so.6", "address": (1 << 64) - 8}
    assert second == {**nothing, "mapping": None, "address": None}


def test_labels_keep_all_values_of_a_key_in_order(tmp_path: Path) -> None:
    made = build.Builder()
    made.sample("main", 5, labels={"bytes": (64, "bytes")})
    made.sample("main", 7)
    made.sample("main", 9)
    key, stage, text = made.text("endpoint"), made.text("a stage"), made.text
    for value in ("/b", "/a"):
        made.message.sample[0].label.add(key=key, str=text(value))
        made.message.sample[0].label.add(key=stage, str=text("one"))
    made.message.sample[0].label.add(key=made.text("bytes"), num=-1)
    made.message.sample[2].label.add(key=key, str=text("/a"))
    path = written(made.profile(), tmp_path)
    found = rows(path)
    assert [dict(row["labels"]) for row in found] == [
        {"endpoint": ["/b", "/a"], "a stage": ["one", "one"]},
        {},
        {"endpoint": ["/a"]},
    ]
    number = dict(found[0]["number_labels"])["bytes"]
    assert [each["value"] for each in number] == [64, -1]
    assert number[0]["unit"] == "bytes"
    assert answer(BY_LABEL, path, "cpu_nanoseconds") == [("/a", 14), ("/b", 5)]


def test_a_label_without_a_key_is_one(tmp_path: Path) -> None:
    made = build.builder({"main": 5})
    made.message.sample[0].label.add(str=made.text("value"))
    path = written(made.profile(), tmp_path)
    assert rows(path)[0]["labels"] == [("", ["value"])]
    assert answer(BY_LABEL, path, "cpu_nanoseconds", "") == [("value", 5)]


def test_files_of_many_captures_are_one_table(tmp_path: Path) -> None:
    for number in ("01", "08"):
        profile = read_profile((SAMPLES / f"epro.heap.{number}.pb.gz").read_bytes())
        written(profile, tmp_path, f"{number}.parquet")
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT source, program, kind, epoch_us(time) > 0, sum(inuse_space_bytes) "
            f"FROM read_parquet('{tmp_path}/*.parquet') GROUP BY ALL ORDER BY source"
        ).fetchall()
    # 23.52MB and 132.23MB, as go tool pprof -top has them.
    assert [row[:4] for row in found] == [(f"{each}.parquet", "epro", "heap", True) for each in ("01", "08")]
    assert [round(row[4] / 2**20, 2) for row in found] == [23.52, 132.23]


def test_sample_types_of_one_name_have_columns_of_their_own(tmp_path: Path) -> None:
    types = (("a b", "count"), ("A/b", "count"), ("sample", ""), ("", ""), ("sample", "2"))
    profile = build.profile({"main": (1, 2, 3, 4, 5)}, types=types)
    columns = value_columns(profile)
    assert columns == ("a_b_count", "A_b_count_2", "sample_2", "value", "sample_2_2")
    assert [answer(TOP, written(profile, tmp_path), column)[0][0] for column in columns] == [1, 2, 3, 4, 5]


def test_row_groups_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = build.profile({f"main;a>b;f{i}" + ";deep" * (9 if i == 7 else 0): i for i in range(20)})
    whole = rows(written(profile, tmp_path))
    monkeypatch.setattr(module, "_FRAMES", 8)
    path = written(profile, tmp_path)
    assert rows(path) == whole
    file = pq.ParquetFile(path)
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)]
    assert sizes == [2, 2, 2, 1, 1] + [2] * 6  # the deep one alone
    monkeypatch.setattr(module, "_FRAMES", 1 << 20)
    monkeypatch.setattr(module, "_SAMPLES", 7)
    assert rows(written(profile, tmp_path)) == whole


def test_a_profile_without_samples_is_a_table_without_rows(tmp_path: Path) -> None:
    path = written(build.profile({}), tmp_path)
    assert answer(TOP, path, "cpu_nanoseconds") == []


def test_without_pyarrow_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ViewError, match=r"needs the extra fleet: pip install 'goscope\[fleet\]'$"):
        next(parquet(build.profile({"main": 1}), "x"))


@given(messages())
def test_every_row_says_what_the_message_says(message: pb.Profile) -> None:
    profile = read_profile(message.SerializeToString())
    with TemporaryDirectory() as directory:
        path = written(profile, Path(directory))
        found = rows(path)
        check_top(profile, path)
    expected = [_plain(message, sample) for sample in message.sample]
    assert [(row["stack"], dict(row["labels"]), dict(row["number_labels"])) for row in found] == expected
    assert [row["sample"] for row in found] == list(range(len(found)))
    for index, column in enumerate(value_columns(profile)):
        assert [row[column] for row in found] == [sample.value[index] for sample in message.sample]


def _plain(message: pb.Profile, sample: pb.Sample) -> tuple[object, object, object]:
    """Stack and labels of a sample, read the slow and plain way."""
    texts = message.string_table
    functions = {each.id: each for each in message.function}
    locations = {each.id: each for each in message.location}
    binaries = {each.id: texts[each.filename] for each in message.mapping}
    stack: list[dict[str, object]] = []
    for location in map(locations.__getitem__, sample.location_id):
        for at, line in enumerate(location.line or [pb.Line()]):
            function = functions.get(line.function_id, pb.Function())
            stack += [
                {
                    "function": texts[function.name] or None,
                    "file": clean_path(texts[function.filename]) or None,
                    "line": line.line or None,
                    "inlined": at < len(location.line) - 1,
                    "mapping": binaries.get(location.mapping_id) or None,
                    "address": location.address or None,
                }
            ]
    labels: dict[str, list[str]] = {}
    numbers: dict[str, list[dict[str, object]]] = {}
    for label in sample.label:
        if label.str:
            labels.setdefault(texts[label.key], []).append(texts[label.str])
        elif label.num or label.num_unit:
            value: dict[str, object] = {"value": label.num, "unit": texts[label.num_unit] or None}
            numbers.setdefault(texts[label.key], []).append(value)
    return stack, labels, numbers


def test_the_readme_has_these_very_queries() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    assert TOP in readme and BY_LABEL in readme
