"""The line that is typed in: its cursor, and what is shown of a text that is too long."""

import pytest

from tests.tui.running import CPU, Running, ready


async def typed(run: Running, text: str, *keys: str) -> str:
    """What has been typed in the end: `text`, then keys."""
    await run.press("/")
    await run.type(text)
    await run.press(*keys)
    return run.app.bottom.prompt.value


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ("x", "one twox"),
        ("left x", "one twxo"),
        ("home x", "xone two"),
        ("home left delete", "ne two"),
        ("home right right backspace", "oe two"),
        ("left left end x", "one twox"),
        ("left ctrl+w", "one o"),
        ("left left ctrl+u", "wo"),
        ("end delete right x", "one twox"),
    ],
)
async def test_the_cursor(keys: str, left: str) -> None:
    async with ready(CPU) as run:
        assert await typed(run, "one two", *keys.split()) == left


async def test_what_is_pasted_goes_to_the_cursor() -> None:
    async with ready(CPU) as run:
        await typed(run, "one two", *["left"] * 4)
        await run.type(" and\n a half")
        assert run.app.bottom.prompt.value == "one and a half two"


async def test_of_a_long_text_what_is_around_the_cursor_is_shown() -> None:
    async with ready(CPU, size=(80, 24)) as run:
        await typed(run, "".join(f"{n:03}" for n in range(60)))
        line = run.app.bottom.prompt.render_line(0).text
        assert "058059_" in line and "no match" in line and len(line) == 80
        await run.press("home")
        line = run.app.bottom.prompt.render_line(0).text
        assert line.startswith(" /000001002") and "059" not in line
        await run.press(*["right"] * 60)
        assert "02" in run.app.bottom.prompt.render_line(0).text


async def test_keys_that_move_do_not_move_the_rows() -> None:
    async with ready(CPU) as run:
        await run.press("j", "/")
        row = run.pane.position
        await run.press("home", "left", "right", "end", "delete")
        assert run.pane.position == row and run.app.bottom.prompt.has_focus
