"""`goscope record`: captures of processes that run into a directory, a line for each, until it is told to stop."""

import asyncio
import signal
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from capture.live.access import Tls
from capture.live.address import Address, address, is_address
from capture.live.events import Event, Took
from capture.live.journal import Journal, begins, ends
from capture.live.loop import Loop
from capture.live.plan import EVERY, Plan, count, scraping, seconds, size
from capture.live.recorder import Recorder
from capture.live.rules.language import rule
from capture.live.take import takes
from capture.live.target import Target
from capture.open import CaptureError, display_name
from tui.destination import named_destination
from tui.record_progress import Progress

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_record(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """Record until the plan is through or a signal comes; what happens is printed as it does."""
    addresses, folder = _named(arguments.names)
    plan = plan_from(arguments)
    with asyncio.Runner(loop_factory=Loop) as runner:
        took = runner.run(_recorded(addresses, folder, plan, tls_from(arguments)))
    if not took:
        complain("nothing was recorded")
    yield from ()


def _named(names: Sequence[str]) -> tuple[list[Address], Path]:
    """The targets, each once, and the directory. Raises CaptureError."""
    *targets, folder = names
    if not targets or (is_address(folder) and not Path(folder).is_dir()):
        raise CaptureError.of("name a directory to record into, behind the processes: goscope record URL DIR")
    for name in targets:
        if not is_address(name):
            raise CaptureError.of(f"{display_name(Path(name))}: no address to ask: write http://host:port")
    found = {each.place: each for each in map(address, targets)}
    alike: dict[str, Address] = {}
    for each in found.values():
        if (other := alike.setdefault(each.label, each)) is not each:
            said = f"{other.shown} and {each.shown} would have files of the same name"
            raise CaptureError.of(f"{said}: record one of them into another directory")
    return list(found.values()), named_destination(folder)


def plan_from(arguments: Namespace) -> Plan:
    """What the arguments ask for. Raises CaptureError."""
    rules = tuple(map(rule, arguments.when))
    if arguments.once and rules:
        raise CaptureError.of("--once takes all of them now and stops: leave it out, and --when says when")
    usual = 0.0 if rules else EVERY
    return Plan(
        takes=takes(arguments.take),
        every=seconds(arguments.every, "--every", 1.0) if arguments.every else usual,
        lasting=0.001 if arguments.once else seconds(arguments.lasting, "--for", 1.0) if arguments.lasting else 0.0,
        keep=count(arguments.keep, "--keep"),
        most=size(arguments.max_bytes, "--max-bytes"),
        rules=rules,
        burst=max(1, count(arguments.burst, "--burst")),
        gap=seconds(arguments.gap, "--gap"),
        cool_down=seconds(arguments.cool_down, "--cool-down"),
        scrape=seconds(arguments.scrape, "--scrape", 0.1) if arguments.scrape else scraping(rules),
        metrics=arguments.metrics,
    )


def tls_from(arguments: Namespace) -> Tls:
    return Tls(arguments.tls_ca, arguments.tls_cert, arguments.tls_key)


async def _recorded(addresses: Sequence[Address], folder: Path, plan: Plan, tls: Tls) -> int:
    """Record; how many captures there are in the end."""
    journal, took, broken = Journal(folder), 0, False
    async with AsyncExitStack() as stack:
        targets = [Target(each, tls) for each in addresses]
        for target in targets:
            stack.push_async_callback(target.close)
        progress = stack.enter_context(Progress(addresses))

        def tell(event: Event) -> None:
            nonlocal took, broken
            took += isinstance(event, Took)
            journal.write(event)
            try:
                progress.tell(event)
            except BrokenPipeError:
                # Whoever read has seen enough.
                broken = True
                recording.cancel()

        recorder = Recorder(targets, folder, plan, tell)
        recording = asyncio.ensure_future(recorder.run())
        tell(begins(addresses, folder, plan))
        loop = asyncio.get_running_loop()
        for number in _STOPS:
            # Under nohup a hang-up is to be ignored.
            if signal.getsignal(number) != signal.SIG_IGN:
                loop.add_signal_handler(number, recording.cancel)
        with suppress(asyncio.CancelledError):
            await recording
        tell(ends(took))
    if broken:
        raise BrokenPipeError
    return took


RUN = {"record": run_record}
