"""What outlives a session: filters that were typed, and views with a name."""

import json
from pathlib import Path

import pytest

from analysis.view import Filter, FilterKind, Granularity, View
from tui import app
from tui.__main__ import _screen, command_parsers
from tui.remembered import NamedViews, Typed

SEEN = View(
    filters=(Filter(FilterKind.FOCUS, "main"), Filter(FilterKind.MINIMUM, "1%")),
    relative=True,
    granularity=Granularity.LINES,
    inlines=False,
    mine=True,
)


def test_filters_are_remembered_once_the_latest_last(tmp_path: Path) -> None:
    path = tmp_path / "new" / "filters"
    history = Typed(path)
    assert history.lines() == []
    for line in ("a", "b", "a", "-l k=v"):
        history.add(line)
    assert history.lines() == Typed(path).lines() == ["b", "a", "-l k=v"]
    assert list(path.parent.iterdir()) == [path]


def test_no_more_than_200_are_remembered(tmp_path: Path) -> None:
    history = Typed(tmp_path / "filters")
    for number in range(205):
        history.add(str(number))
    assert history.lines() == [str(number) for number in range(5, 205)]


def test_what_is_not_text_in_the_history_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "filters"
    path.write_text("a\n\x1b[31m\n\nb\n")
    assert Typed(path).lines() == ["a", "b"]
    path.write_bytes(b"\xff\xfe")
    assert Typed(path).lines() == []


def test_what_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        Typed(tmp_path / "file" / "filters").add("a")
    with pytest.raises(OSError):
        NamedViews(tmp_path / "file" / "views").save("a", SEEN)


@pytest.mark.parametrize("path", ["views.json", None])
def test_views_are_saved_restored_and_forgotten(tmp_path: Path, path: str | None) -> None:
    views = NamedViews(tmp_path / path if path else None)
    views.save("hot", SEEN)
    views.save("all", View())
    assert views.names() == ["all", "hot"]
    assert views.restored("hot", View(sample="cpu", unit="ms")) == View(
        sample="cpu",
        unit="ms",
        filters=SEEN.filters,
        relative=True,
        granularity=Granularity.LINES,
        inlines=False,
        mine=True,
    )
    assert views.restored("all", SEEN) == View()
    views.forget("hot")
    assert views.names() == ["all"]
    with pytest.raises(KeyError):
        views.restored("hot", View())


def test_a_file_somebody_has_broken_costs_only_what_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "views.json"
    sound = {"filters": [["focus", "x"]]}
    broken: tuple[object, ...] = (
        {"granularity": "?"},
        {"filters": [["?", "x"]]},
        {"filters": [1]},
        {"filters": [["hide", 2]]},
        [],
    )
    path.write_text(json.dumps({"good": sound} | {f"bad{at}": each for at, each in enumerate(broken)}))
    views = NamedViews(path)
    assert views.names() == ["good"]
    assert views.restored("good", View()).filters == (Filter(FilterKind.FOCUS, "x"),)
    for text in ("", "[]", "nonsense", "{"):
        path.write_text(text)
        assert views.names() == []


def test_a_view_that_is_asked_for_and_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    views = NamedViews(tmp_path / "views")
    monkeypatch.setattr(app, "named_views", lambda: views)
    options = _screen(command_parsers()).parse_args(["--view", "hot", "cpu.pb.gz"])
    assert app.run(options) == 2
    assert capsys.readouterr().err == "goscope: there is no view “hot”: saved are none yet\n"
    views.save("cold", SEEN)
    assert app.run(options) == 2
    assert "saved are cold" in capsys.readouterr().err
