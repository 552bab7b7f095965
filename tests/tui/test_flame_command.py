"""`goscope flame`: the picture as text, the boxes as records, and what `export` writes."""

import json
from pathlib import Path

import pytest

from analysis.tree import ROOT, CallTree
from analysis.view import View
from capture.open import read
from tests.tui.running import CPU, HEAP, HEAVY, SAMPLES, TRACE
from tui.__main__ import main


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["flame", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_each_line_is_a_level(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, str(CPU), "--width", "100")
    assert lines[0] == "▏root  100%" and lines[1].startswith("▏net/http.(*conn).serve  82.44%")
    assert any(line.startswith(f"▏{HEAVY}  74.77%") for line in lines) and max(map(len, lines)) <= 100
    assert printed(capsys, str(CPU), "--width", "100", "--depth", "3") == lines[:3]


def test_in_ascii_there_is_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, str(CPU), "--width", "80", "--ascii")
    assert all(line.isascii() for line in lines) and lines[0] == "|root  100%"


def test_the_boxes_weigh_what_the_call_tree_says(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = printed(capsys, str(CPU), "--json")
    boxes = json.loads(line)["boxes"]
    tree = CallTree(read(CPU), View())
    paths: dict[int, tuple[str, ...]] = {}
    for each in boxes:
        path = paths[each["box"]] = () if each["parent"] < 0 else (*paths[each["parent"]], each["name"])
        at = tree.find(path)
        assert tree.path(at) == path and (each["cum"], at == ROOT or each["flat"]) == (
            tree.cum(at),
            at == ROOT or tree.flat(at),
        )
    assert len(boxes) > 900


def test_light_boxes_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = printed(capsys, str(CPU), "--json", "--node-fraction", "0.2")
    boxes = json.loads(line)["boxes"]
    assert min(each["cum"] for each in boxes) >= 0.2 * boxes[0]["cum"] and len(boxes) > 10


def test_filters_bases_and_traces_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert any("sha256" in line for line in printed(capsys, str(CPU), "--focus", "sha256"))
    after = str(SAMPLES / "dataclean.cpu-after.pb.gz")
    assert any("-6" in line for line in printed(capsys, after, "--diff-base", str(CPU)))
    assert len(printed(capsys, str(TRACE), "--profile", "sync")) > 3
    assert printed(capsys, str(CPU), "--focus", "nobody") == ["The filters leave nothing."]


def test_inverted_and_around_a_function(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, str(HEAP), "--invert")[1].startswith("▏main.keepWorkspace")
    lines = printed(capsys, str(CPU), "--pivot", HEAVY)
    middle = next(at for at, line in enumerate(lines) if line.startswith(f"▏{HEAVY}"))
    assert "Clean.func1" in lines[middle - 1] and "fmt.Sprintf" in lines[middle + 1]


@pytest.mark.parametrize("form", ["svg", "folded"])
def test_it_is_also_exported(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = tmp_path / "1", tmp_path / "2"
    assert main(["flame", f"--{form}", str(CPU), "-o", str(one)]) == 0
    assert main(["export", form, str(CPU), "-o", str(two)]) == 0
    assert one.read_bytes() == two.read_bytes()
    capsys.readouterr()
    assert main(["flame", f"--{form}", str(CPU), "-o", str(one)]) == 1
    assert "--force" in capsys.readouterr().err


def test_a_file_is_for_those_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flame", str(CPU), "-o", str(tmp_path / "x")]) == 1
    assert capsys.readouterr().err == "goscope: -o is for --svg and --folded: redirect the output\n"
