"""The SVG: well-formed whatever names there are, a picture without scripts, and alive in a browser."""

import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.diff import diff
from analysis.export.svg import shortened, svg
from analysis.view import View
from parsers.profile import Profile, read_profile
from tests import build
from tests.strategies import messages

_NS = "{http://www.w3.org/2000/svg}"
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(_CHROMIUM is None, reason="no chromium")
HOSTILE = ("<script>alert(1)</script>", '"onload="alert(1)', "a&b<c>'d'", "]]>", "--><!--", "javascript:alert(1)")


def written(profile: Profile, title: str = "app cpu") -> str:
    return "".join(svg(profile, View(), title, "facts"))


def named(*names: str) -> Profile:
    """A sample in each of these functions, whatever they are called."""
    made = build.Builder()
    for name in names:
        made.sample([made.location(build.Frame(name))], 1)
    return made.profile()


def boxes(text: str) -> list[tuple[str, str, float, float]]:
    """Name, tooltip, x and width of every box."""
    found = []
    for group in ET.fromstring(text).iter(f"{_NS}g"):
        rect, title = group.find(f"{_NS}rect"), group.find(f"{_NS}title")
        assert rect is not None and title is not None and title.text is not None
        found.append((title.text.partition("\n")[0], title.text, float(rect.attrib["x"]), float(rect.attrib["width"])))
    return found


def test_boxes_are_as_wide_as_they_weigh_and_say_what_they_are() -> None:
    found = boxes(written(build.profile({"main;work": 3_000_000, "main": 1_000_000, "init": 4_000_000})))
    assert [(name, width) for name, _, _, width in found] == [
        ("root", 1200),
        ("init", 600),
        ("main", 600),
        ("work", 450),
    ]
    assert found[2][1] == "main\ntotal 4ms (50.00%)\nself 1ms (12.50%)"


def test_what_cannot_be_seen_is_left_out() -> None:
    found = boxes(written(build.profile({"main": 12_001, "tiny": 1, "seen": 2})))
    assert [name for name, *_ in found] == ["root", "main", "seen"]


@given(messages(value=st.integers(0, 20)))
def test_any_profile_gives_boxes_inside_of_the_picture(message: Any) -> None:
    for _, _, x, width in boxes(written(read_profile(message.SerializeToString()))):
        assert -0.01 <= x <= x + width <= 1200.01


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    text = written(named(name), title=name)
    root = ET.fromstring(text)
    assert boxes(text)[1][0] == name
    assert root[0].text == name
    assert [each.tag for each in root.iter() if each.tag == f"{_NS}script"] == [f"{_NS}script"]
    assert not [key for each in root.iter() for key in each.attrib if key.startswith("on")]


def test_what_xml_cannot_hold_is_replaced() -> None:
    assert (
        ET.fromstring("".join(svg(build.profile({"main": 1}), View(), "a\x00\x1b\ufffeb", "")))[0].text
        == "a\ufffd\ufffd\ufffdb"
    )


def test_the_file_needs_nothing_else() -> None:
    text = written(build.profile({"main;work": 1}))
    rest = text.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xhtml", "")
    assert "http" not in rest.replace("net/http", "")
    assert not {"href", "src", "import", "url("} & set(rest.replace("=", " ").split())
    assert "@import" not in rest and "url(" not in rest


def test_a_difference_is_red_where_it_grew_and_green_where_it_shrank() -> None:
    text = written(diff(build.profile({"more": 5, "same": 1}), build.profile({"less": 5, "same": 1})))
    fills = {
        (group.findtext(f"{_NS}title") or "").partition("\n")[0]: group.find(f"{_NS}rect").attrib["fill"]  # type: ignore[union-attr]
        for group in ET.fromstring(text).iter(f"{_NS}g")
    }
    colour = {name: tuple(int(fill[at : at + 2], 16) for at in (1, 3, 5)) for name, fill in fills.items()}
    assert colour["more"][0] > colour["more"][1] == colour["more"][2]
    assert colour["less"][1] > colour["less"][0] == colour["less"][2]
    assert len(set(colour["same"])) == 1
    assert "less\ntotal -5ns (-83.33%)" in text
    assert "more\ntotal +5ns (+83.33%)" in text


@pytest.mark.parametrize(
    ("name", "chars", "shown"),
    [
        ("github.com/acme/app/db.(*Pool).Get", 40, "github.com/acme/app/db.(*Pool).Get"),
        ("github.com/acme/app/db.(*Pool).Get", 20, "db.(*Pool).Get"),
        ("github.com/acme/app/db.(*Pool).Get", 12, "(*Pool).Get"),
        ("github.com/acme/app/db.(*Pool).Get", 6, "…).Get"),
        ("main.Map[go.shape.struct { a/b string }]", 10, "main.Map"),
        ("main.main", 2, ""),
        ("mainframe", 5, "…rame"),
    ],
)
def test_names_keep_their_ends(name: str, chars: int, shown: str) -> None:
    assert shortened(name, chars) == shown


# In a browser


def browsed(text: str, folder: Path, fragment: str = "") -> str:
    """What becomes of the file in a browser that has no network and runs its script."""
    file = folder / "flame.svg"
    file.write_text(text, encoding="utf-8")
    assert _CHROMIUM
    done = subprocess.run(
        [
            _CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            f"{file.as_uri()}{fragment}",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


PROFILE = {"main;work;leaf": 3, "main;idle": 1, "init;work": 4, "net/http.serve;main": 2}


@needs_chromium
def test_a_search_marks_what_matches_and_says_how_much_that_is(tmp_path: Path) -> None:
    shown = browsed(written(build.profile(PROFILE)), tmp_path, "#search=^(work%7Cleaf)$")
    assert "3 boxes match: 70.00% of the width" in shown
    assert shown.count('class="box found"') == 3


@needs_chromium
def test_a_zoomed_box_fills_the_width_and_the_rest_is_gone(tmp_path: Path) -> None:
    text = written(build.profile(PROFILE))
    at = [name for name, *_ in boxes(text)].index("main")
    shown = browsed(text, tmp_path, f"#zoom={at}&search=leaf")
    assert "1 boxes match: 75.00% of the width" in shown
    visible = [group for group in shown.split("<g ")[1:] if "display: none" not in group.partition(">")[0]]
    assert [group.split("<title>")[1].split("\n")[0] for group in visible] == [
        "root",
        "main",
        "work",
        "idle",
        "leaf",
    ]
    assert 'width="900"' in visible[2]


@needs_chromium
def test_hostile_names_do_nothing_in_a_browser(tmp_path: Path) -> None:
    shown = browsed(written(named(*HOSTILE)), tmp_path, "#search=(")
    assert "not a regular expression" in shown
    assert shown.count("<script") == 1
