"""The command that records from targets on a schedule, or when a rule says so: what is typed for it, and its end.

What a recording is, `capture.live.plan` knows; how far it is, `tui.targets`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capture.live import USUAL_TAKE
from capture.live.address import Address, address, is_address
from capture.open import CaptureError
from parsers.text import clean
from tui.live import Told
from tui.overlays.prompt import Prompt
from tui.remembered import Typed
from tui.taking import Taking
from tui.targets import Recording, spelled

if TYPE_CHECKING:
    from capture.live.plan import Plan

RECORD = "record: "
_USUAL = f"every 60s take {USUAL_TAKE}"
_HINT = "URL... every 60s take cpu=10s,heap for 1h keep 200 max 1GB when RULE"


class Recordings(Taking):
    """The command that records."""

    def __init__(self, *arguments: Any, recorded: Typed | None = None, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.recorded_before = recorded or Typed()

    def action_record(self) -> None:
        """Ask what is to be recorded; stop where something is."""
        if recording := self.session.targets.recording:
            self.live.cancel(recording.number)
            return
        if targets := self.session.targets.known:
            self._ask(" ".join([*(spelled(each.address) for each in targets), _USUAL]))
        else:
            self._ask(f" {_USUAL}", cursor=0)

    def _ask(self, text: str, cursor: int | None = None) -> None:
        self.bottom.type(RECORD, text, past=self.recorded_before.lines(), cursor=cursor)
        self.hint(self.typing(self.bottom.prompt))

    def typing(self, prompt: Prompt) -> str:
        """What the text leads to."""
        if prompt.lead != RECORD:
            return super().typing(prompt)
        try:
            return meaning(*understood(prompt.value)) if prompt.value.strip() else _HINT
        except CaptureError as error:
            return str(error)

    def typed(self, prompt: Prompt, *, kept: bool) -> None:
        """The text is whole, or not `kept`; one that means nothing stays to be mended."""
        if prompt.lead != RECORD:
            super().typed(prompt, kept=kept)
            return
        if not kept or not prompt.value.strip():
            self.rest()
            return
        try:
            addresses, plan = understood(prompt.value)
        except CaptureError:
            self._ask(prompt.value)
            return
        self.rest()
        self._record(addresses, plan)

    def _record(self, addresses: Sequence[Address], plan: "Plan") -> None:
        from capture.live.plan import written

        groups: dict[Path, list[Address]] = {}
        for each in addresses:
            target = self.standing(each)
            groups.setdefault(target.into, []).append(target.address)
        recording = self.session.targets.record(meaning(addresses, plan))
        self.live.record(recording.number, list(groups.items()), plan)
        for target in self.session.targets.known:
            if target.index is None and not target.problem:
                self.live.meet(target.address)
        self.tick()
        try:
            # As it is spelled without secrets.
            self.recorded_before.add(written(map(spelled, addresses), plan))
        except OSError as error:
            self.notice(f"What is recorded is not remembered: {error.strerror or error}.")

    def on_told(self, event: Told) -> None:
        """What goes wrong, or fires, is said; what lands is in the list, and what comes next in the summary."""
        from capture.live.events import Next, Removed, Took
        from capture.live.journal import line

        recording, told = self.session.targets.recording, event.event
        ours = recording is not None and event.number == recording.number
        if ours and not isinstance(told, Took | Removed | Next) and (said := line(told)):
            self.news(said)

    def recorded(self, over: Recording) -> None:
        count = f"{over.took:,} capture{'s' * (over.took != 1)}"
        self.news(f"The recording is over: {count}, {self.key('pane.captures')} lists them.")


def understood(text: str) -> "tuple[list[Address], Plan]":
    """The targets and the plan that a text stands for. Raises CaptureError."""
    from capture.live.plan import plan_of

    names, plan = plan_of(text)
    if not names:
        raise CaptureError.of("name a process first: http://localhost:6060")
    for name in names:
        if not is_address(name):
            raise CaptureError.of(f"“{clean(name)}” is no address to ask: write http://host:port")
    found = {each.place: each for each in map(address, names)}
    return list(found.values()), plan


def meaning(addresses: Sequence[Address], plan: "Plan") -> str:
    """A recording in a few words."""
    kinds, targets = len(plan.takes), len(addresses)
    parts = [f"{kinds} profile{'s' * (kinds != 1)}"]
    if targets > 1:
        parts.append(f"of {targets} processes")
    if plan.every:
        parts.append(f"every {plan.every:g} s")
    if plan.rules:
        parts.append(f"{'and ' if plan.every else ''}by rule")
    if plan.lasting:
        parts.append(f"for {plan.lasting:g} s")
    return " ".join(parts)
