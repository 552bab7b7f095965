"""What the bars say, in whatever room there is."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from capture.open import read
from tests.tui.running import BLOCK, CPU, HEAP
from tui import lines
from tui.keymap import Keymap
from tui.keys import COMMANDS, PANES, Where
from tui.opencapture import OpenCapture
from tui.session import Need, Session, opened
from tui.widgets.line import Part


def text(parts: list[Part]) -> str:
    return "".join(part if isinstance(part, str) else part[0] for part in parts)


def loaded(path: Path) -> OpenCapture:
    capture = OpenCapture(path, path.name)
    capture.loaded(read(path))
    return capture


@pytest.mark.parametrize(
    ("path", "start"),
    [
        (CPU, " dataclean  cpu  8.60s of samples in 12s (71.67%)  2026-"),
        (HEAP, " epro  heap  132.23MB inuse_space  2026-"),
        (BLOCK, " gateway  block  "),
    ],
)
def test_the_summary(path: Path, start: str) -> None:
    assert text(lines.summary(Session([loaded(path)]), 120, str)[0]).startswith(start)


def test_of_the_summary_only_whole_facts_are_shown() -> None:
    session = Session([loaded(CPU)])
    whole = text(lines.summary(session, 200, str)[0])
    facts = whole.split("  ")
    assert facts[-1].startswith("build ")
    for width in range(20, 120):
        shown = text(lines.summary(session, width, str)[0])
        assert whole.startswith(shown) and shown.split("  ") == facts[: len(shown.split("  "))]
        assert cell_len(shown) <= width or len(shown.split("  ")) <= 2


@pytest.fixture
def many() -> Session:
    return opened([Path(f"service-{at:02}.heap.pb.gz") for at in range(30)])


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_the_current_tab_is_always_among_those_shown(many: Session, width: int) -> None:
    for at in range(30):
        many.at = at
        shown = text(lines.tabs(many, width))
        assert cell_len(shown[: shown.index(many.current.name)]) + len(many.current.name) <= max(width, 20)


def test_footer_drops_the_lowest_ranks_first() -> None:
    commands = [command for command in Keymap().of(Where.TOP, Where.APP) if command.id != "read"]
    before = ""
    for room in range(150):
        shown = text(lines.footer(commands, room))
        assert cell_len(shown) <= room and len(shown) >= len(before)
        before = shown
    assert text(lines.footer(commands, 30)) == " ↵ open  ? help  / search "


def test_each_rank_in_the_footer_of_a_pane_is_given_once() -> None:
    for pane in PANES:
        here = [command for command in COMMANDS if command.footer and {pane, Where.APP} & set(command.where)]
        # A file that is not read has no rows: the key that reads it has the first place then.
        # Lanes are not there together with frames and sample types, and seldom with series and tabs.
        never = {Need.FRAMES, Need.OWN, Need.SAMPLES, Need.SERIES, Need.TABS}
        elsewhere = never if pane in (Where.TIMELINE, Where.RUNTIME, Where.CAPTURES) else ()
        ranks = [each.footer for each in here if each.id != "read" and each.needs not in elsewhere]
        assert sorted(ranks) == sorted({*ranks})
