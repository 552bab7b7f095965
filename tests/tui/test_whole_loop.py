"""The owner's story from end to end: a service grows, is recorded, trips a rule, and the diff names the line.

A real process under real load, `goscope record` beside it, and the screen that follows the directory.
"""

from pathlib import Path

from tests.services.processes import Services
from tests.tui.running import Running, listed
from tests.tui.test_record_command import recording, until
from tui.catalogue import Entry

LEAK = "main.keepWorkspace"
RULE = "delta(go_memstats_heap_inuse_bytes[4s]) > 10MB"


def heaps(run: Running) -> list[Entry]:
    """The heap profiles that are known, the oldest first."""
    found = [each for each in run.app.session.library.entries.values() if each.summary and each.summary.kind == "heap"]
    return sorted(found, key=lambda each: each.time_ns)


def events(run: Running) -> list[Entry]:
    """Those that the rule had taken and that hold more than the first."""
    first, *others = heaps(run)
    return [each for each in others if each.why and total(each) > total(first)]


def total(heap: Entry) -> int:
    assert heap.summary
    return next(each.total for each in heap.summary.sample_types if each.type == "inuse_space")


def row_of(run: Running, name: str) -> str:
    return next((row for row in run.rows[1:] if row.endswith(name)), "")


async def test_a_leak_is_recorded_seen_to_grow_caught_by_a_rule_and_found(services: Services, tmp_path: Path) -> None:
    how = ["--every", "1s", "--take", "heap,goroutine", "--scrape", "500ms", "--burst", "2", "--gap", "1s"]
    with (
        services.running("epro") as target,
        target.orders(),
        recording(target.url, str(tmp_path), *how, "--when", RULE) as recorder,
    ):
        until(recorder, "heap: ")
        async with listed(tmp_path) as run:
            # The series is opened, and follows what lands: the leak is in Top, and grows from capture to capture.
            await run.until(lambda: any("heap" in row for row in run.rows))
            while " heap " not in run.row:
                await run.press("j")
            await run.press("enter")
            await run.until(lambda: "+" in row_of(run, LEAK) and "MB" in row_of(run, LEAK))

            # The rule trips, and says why in Captures and above its captures.
            until(recorder, "EVENT")
            await run.until(lambda: len(events(run)) > 1)
            event = events(run)[-1]
            assert event.why.startswith(f"{RULE}: delta(go_memstats_heap_inuse_bytes[4s])")
            assert heaps(run)[0].why == ""
            await run.press("0")
            assert any(" event " in row for row in run.rows)

            # What was before it is the base; the capture of the event is compared with that.
            run.app.open_path(heaps(run)[0].path)
            await run.settled()
            await run.press("b")
            run.app.open_path(event.path)
            await run.settled()
            assert RULE in run.line("why")
            await run.press("D")
            await run.until(lambda: row_of(run, LEAK) != "")
            # Wherever the cursor was left.
            await run.press("/")
            await run.type("keepWorkspace")
            await run.press("enter")
            assert run.app.capture.place.diff and run.row.endswith(LEAK)
            assert row_of(run, LEAK).split()[0].startswith("+")
            await run.press("enter")
            await run.until(lambda: "orders.go" in run.screen)
