"""The commands that take captures of processes: the menu, the countdown, and what happens when a capture has landed.

Who asks is `tui.live`, what is known of targets `tui.targets`'. What lands is found in its directory as any other
capture; it comes to the front if whoever asked for it is still where that was done.
"""

from dataclasses import replace
from typing import Any

from textual.timer import Timer

from capture.live.address import Address
from capture.live.events import Missed, Took
from capture.live.take import Take
from tui.catalogue import FileState
from tui.librarian import Known, Librarian, Watched
from tui.live import Ended, Live, Met, Told
from tui.overlays import takes
from tui.overlays.palette import Entry, Palette
from tui.place import PaneName
from tui.saving import Saving
from tui.targets import Asked, Recording, Standing

# What is typed in the menu stands behind this.
MENU = "take: "
# How often what counts down is drawn, and whether what has landed can be shown is looked at; seconds.
_TICK = 1.0


class TakeMenu(Palette):
    """What can be taken, and stopped."""


class Taking(Saving):
    """The commands that ask processes."""

    def __init__(self, *arguments: Any, tls: tuple[str, str, str] = ("", "", ""), **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.live = Live(self.post_message, tls)
        self._landing: list[Asked] = []
        self._ticking: Timer | None = None

    def on_mount(self) -> None:
        # After the first paint: asking begins with imports that take as long as the paint itself.
        self.call_after_refresh(self._meet, self.session.targets.known)

    def on_unmount(self) -> None:
        self.live.stop()

    # What there is to take

    def _meet(self, targets: list[Standing]) -> None:
        for each in targets:
            self.live.meet(each.address)

    def ask_again(self) -> bool:
        """Ask those that do not answer, where the list of captures says that they do not."""
        unmet = self.session.targets.unmet if self.capture.place.pane is PaneName.CAPTURES else []
        self._meet(unmet)
        return bool(unmet)

    def on_met(self, event: Met) -> None:
        target = self.session.targets.at(event.address)
        if target is None:
            return
        target.index, target.problem = event.index or target.index, event.problem
        if isinstance(self.screen, TakeMenu):
            self.screen.renew(takes.entries(self.session.targets))
        if self.capture.place.pane is PaneName.CAPTURES:
            self.refresh_pane()
        self.draw()

    def action_targets(self) -> None:
        """The menu; what targets have is asked anew while it is open."""
        targets = self.session.targets

        async def run(entry: Entry | None) -> None:
            if entry:
                await self.run_action(entry.action, self.pane)

        menu = TakeMenu(takes.entries(targets), MENU, lambda typed: takes.offered(targets, typed))
        self.push_screen(menu, run)
        self._meet(targets.known)

    def action_meet(self, number: int) -> None:
        self._meet([self.session.targets.known[number]])

    # Taking

    def action_take(self, number: int, wanted: list[tuple[str, float, str]]) -> None:
        """Have captures taken of the target with this number."""
        targets, here = self.session.targets, (self.capture, self.capture.place.pane)
        target = targets.known[number]
        asked = targets.ask(target, tuple(Take(*each) for each in wanted), here)
        self.live.take(asked.number, target.address, asked.takes, target.into)
        self.tick()

    def action_stop_taking(self, number: int) -> None:
        self.live.cancel(number)

    def tick(self) -> None:
        """Draw what counts down, and once a second again as long as something does, or waits to be shown."""
        self.draw_summary()
        if self._ticking is None and self.session.targets.busy:
            self._ticking = self.set_interval(_TICK, self._tick)

    def _tick(self) -> None:
        if self._ticking is not None and not self.session.targets.busy and not self._landing:
            self._ticking.stop()
            self._ticking = None
        self.draw_summary()
        self._land()

    def on_told(self, event: Told) -> None:
        targets = self.session.targets
        targets.told(event.number, event.event)
        self.draw_summary()
        match event.event:
            case Missed(address, None) if target := targets.at(address):
                self._meet([target])
            case Took(address) if (target := targets.at(address)) and target.problem:
                self._meet([target])

    def on_ended(self, event: Ended) -> None:
        over = self.session.targets.ended(event.number)
        self.draw_summary()
        if isinstance(over, Asked) and over.missed:
            # It may be another process by now, or none.
            self._meet([over.target])
        if event.fault:
            self.news(event.fault)
        elif isinstance(over, Recording):
            self.recorded(over)
        elif over is not None and len(over.takes) > 1:
            self._tell_all(over)
        elif over is not None and over.missed:
            self.news(over.missed[0])
        elif over is not None and over.took:
            self._landing.append(over)
            self._land()

    def recorded(self, over: Recording) -> None:
        """A recording is over."""
        raise NotImplementedError

    def _tell_all(self, asked: Asked) -> None:
        """Several captures at once take the screen from nobody."""
        took, missed = len(asked.took), asked.missed[:1]
        if took:
            said = f"{took} capture{'s' * (took != 1)} of {asked.target.address.shown}"
            self.news(" ".join((f"{said}: {self.key('pane.captures')} lists them.", *missed)))
        elif missed:
            self.news(missed[0])

    # What lands

    def on_known(self, event: Known) -> None:
        if self._landing:
            # When the session knows it as well.
            self.call_later(self._land)

    def _land(self) -> None:
        """Show what has landed, as soon as it is known what it is."""
        for asked in tuple(self._landing):
            entry = self.session.library.entries.get(asked.took[0])
            if entry is None or entry.state is FileState.WAITING:
                continue
            if self.covered:
                return
            self._landing.remove(asked)
            if entry.summary is None:
                self.news(f"{entry.path.name}: {entry.reason}")
            elif asked.where == (self.capture, self.capture.place.pane):
                self.open_path(entry.path, newest=True)
            else:
                self._tell(asked)

    def _tell(self, asked: Asked) -> None:
        """Say that a capture is there, and have the key that flips go to it."""
        session, path = self.session, asked.took[0]
        tab = session.tab_of(path, newest=True)
        tab.newest = True
        session.place_in_series(tab)
        if tab is self.capture:
            return
        if tab.path != path:
            tab.turn_to(path)
        session.last = tab, path
        self.draw()
        self.news(f"{asked.takes[0].kind} of {asked.target.address.shown} is there: {self.key('flip')} goes to it.")

    # Targets and directories that come later

    _librarian: Librarian | None = None

    def watch_place(self, target: Standing) -> None:
        """Have what lands in a target's directory listed."""
        if self._librarian is not None:
            self._librarian.also(target.into)
            return
        self._librarian = Librarian(Watched(places=(str(target.into),)), self.shelf, self.post_message)
        self._librarian.start()

    def standing(self, address: Address) -> Standing:
        """The target at an address, which is one of those that can be asked from now on."""
        targets = self.session.targets
        if found := targets.at(address):
            # As it is named now, with the credentials that came with it before unless there are others.
            before = address if address.user or address.password else found.address
            found.address = replace(address, user=before.user, password=before.password)
            return found
        from tui.destination import destination

        into, said = (targets.given, "") if targets.given is not None else destination(address.label)
        target = Standing(address, into)
        targets.known.append(target)
        self.watch_place(target)
        if said:
            self.notice(said)
        return target
