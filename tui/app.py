"""The application: routes keys to the session and the panes, their work to threads, and results back to the screen."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import ViewError
from capture.live.address import is_address
from capture.open import STDIN, CaptureError
from tui import clipboard, lines
from tui.basis import Basis
from tui.destination import targets_of
from tui.finder import Finder
from tui.frame import COMPUTING
from tui.history import History, Recalled
from tui.keymap import Keymap, keymap_path, read_keymap
from tui.librarian import Librarian, Watched
from tui.loading import Answered, Desk, Progressed, Read, Readers
from tui.opencapture import NOWHERE, OpenCapture, State, short_name
from tui.overlays.help import Help
from tui.overlays.palette import Entry, Palette, entries
from tui.overlays.prompt import Prompt, Question
from tui.panes.pane import Pane
from tui.place import COMPARED_PANES, PaneName, Place, Selection
from tui.recording import Recordings
from tui.remembered import named_views, typed_filters, typed_recordings
from tui.session import Session, named, opened, view_of
from tui.shelf import How, Shelf
from tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from tui.rows.content import Content

_SWITCH = 0.0005
# What the prompt shows before a text to search for.
_SEARCH = "/"


class Goscope(Recordings):
    """Captures in tabs, each looked at through panes."""

    def __init__(
        self,
        session: Session,
        finder: Finder,
        *,
        how: How | None = None,
        watched: Watched | None = None,
        keymap: Keymap | None = None,
        said: Sequence[str] = (),
        **textual: Any,
    ) -> None:
        """`said` is what is to be told at the start, besides what is wrong with the keys."""
        super().__init__(session, finder, keymap or Keymap(), **textual)
        self._said = (*self.keymap.complaints, *said)
        self.shelf = Shelf(finder, how or How())
        self.history = History(self.shelf, self.post_message)
        self._readers = Readers(self.shelf, self.post_message)
        self._librarian = Librarian(watched, self.shelf, self.post_message) if watched else None
        self._desk = Desk(self.post_message)
        self._drawn: tuple[OpenCapture, Pane] | None = None
        self._origin = 0

    def on_mount(self) -> None:
        self.visit()
        if self._librarian:
            # After the first paint, as with reading.
            self.call_after_refresh(self._librarian.start)
        if self._said:
            self.notice(self._said[0])

    def on_unmount(self) -> None:
        if self._librarian:
            self._librarian.stop()

    @property
    def busy(self) -> bool:
        return self._desk.busy

    # From a change to the screen

    def visit(self) -> None:
        """Show the current tab, reading its capture if that has not been done."""
        capture = self.capture
        if capture.state is State.UNREAD and capture.path != NOWHERE:
            self.read_capture(capture)
        self.link()
        self.refresh_pane()

    def in_background(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self._desk.ask(work, then)

    def read_capture(self, capture: OpenCapture) -> None:
        """Begin to read what a tab wants to show."""
        capture.started()
        # After the first paint: reading begins with imports that take as long as the paint itself.
        self.call_after_refresh(self._readers.start, capture)

    def stop_reading(self, capture: OpenCapture) -> None:
        self._readers.stop(capture)

    def refresh_pane(self) -> None:
        """Work the current pane out anew and show it."""
        capture, pane = self.capture, self.show_pane()
        if not capture.is_read and capture.place.pane is not PaneName.CAPTURES:
            self._desk.drop()
            self._say(lines.reading(capture, self.key("back")) if capture.loading else capture.reason)
            return
        capture.basis = self.session.basis(capture, self.shelf) if capture.place.diff else None
        if capture.place.diff and capture.basis is None and capture.place.pane in COMPARED_PANES:
            self._desk.drop()
            self._say(f"There is nothing to compare this capture with. {self.key('diff')} shows it as it is.")
            return
        capture.earlier = self.session.earlier(capture, self.history.recall)
        self._heed(pane)
        try:
            asked = capture.place.selection
            if not self._desk.ask(pane.work(capture), partial(self._arrived, capture, pane, asked)):
                # What is on the screen stays there, as long as it is of this capture and pane.
                if self._drawn == (capture, pane):
                    self.draw_detail()
                else:
                    self._say(COMPUTING)
        except Exception as error:
            self._fail(error)

    def _say(self, sentence: str) -> None:
        self._drawn = None
        self.say(sentence)

    def _fail(self, error: Exception) -> None:
        """Say what went wrong where the rows would be; a fault of ours costs the user this view and nothing else."""
        match error:
            case MemoryError():
                sentence = "there is not enough memory for this."
            case ViewError() | CaptureError():
                sentence = str(error)
            case _:
                sentence = f"goscope failed on this view: {type(error).__name__}: {error}"
        self._say(f"{sentence[:1].upper()}{sentence[1:]}")

    def _arrived(self, capture: OpenCapture, pane: Pane, asked: Selection, content: "Content") -> None:
        if capture is not self.capture or pane is not self.pane:
            return
        self._heed(pane)
        if capture.place.selection != asked:
            # The cursor has gone on meanwhile: what was asked for would take it back.
            self.refresh_pane()
            return
        self._drawn = (capture, pane)
        pane.show(content)
        pane.find(self.session.query)
        there = pane.selection()
        # A pane that cannot show what is selected leaves it to those that can.
        settled = capture.place.selection == Selection() or content.cursor is not None
        if there and settled and not there.same_symbol(capture.place.selection):
            capture.select(there)
        self.draw()

    def on_answered(self, event: Answered) -> None:
        try:
            self._desk.settle(event.job)
        except Exception as error:
            self._fail(error)

    def on_pane_wanted(self, event: Pane.Wanted) -> None:
        if event.pane is self.pane:
            self.refresh_pane()

    def on_pane_go(self, event: Pane.Go) -> None:
        if event.pane is self.pane:
            self.capture.go(**event.changes)
            self.refresh_pane()

    def on_pane_said(self, event: Pane.Said) -> None:
        if event.pane is self.pane:
            self.notice(event.sentence)

    def on_pane_moved(self, event: Pane.Moved) -> None:
        if event.pane is self.pane:
            if there := event.pane.selection():
                self.capture.select(there)
            self.draw_detail()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted) -> None:
        if event.table is self.pane.rows and self._follow_cursor(self.pane):
            self.draw_detail()

    def _follow_cursor(self, pane: Pane) -> bool:
        """Select what the cursor is on; False where that is nothing."""
        there = pane.selection()
        if there is None:
            return False
        pane.moved()
        # A pane that knows only the function leaves a line in it selected.
        if there.line or not there.same_symbol(self.capture.place.selection):
            self.capture.select(there)
        return True

    def _heed(self, pane: Pane) -> None:
        """Take in where a key has just moved the cursor to, before it is told."""
        if self._drawn == (self.capture, pane) and pane.rows.untold:
            self._follow_cursor(pane)

    def on_progressed(self, event: Progressed) -> None:
        if self._readers.take(event) and event.reader.capture is self.capture:
            if self.capture.is_read:
                self.draw()
            else:
                self._say(lines.reading(self.capture, self.key("back")))

    def on_read(self, event: Read) -> None:
        capture = event.reader.capture
        if self._readers.take(event):
            if event.whole:
                self.follow(capture)  # it may have gone on meanwhile
            if capture is self.capture:
                self.link()
                self.refresh_pane()
                if capture.is_read and capture.reason:
                    self.notice(capture.reason)
                if capture.before is not None:
                    self.mark_changes()
            self.draw()

    def on_recalled(self, event: Recalled) -> None:
        if self.capture.earlier is not None and self.capture.place.pane is PaneName.TOP:
            self.refresh_pane()

    # Commands

    def action_look(self, how: str, first: Any = None, second: Any = None) -> None:
        """Go elsewhere in the capture, or look at it in another way; how, its own methods know."""
        # Textual passes no more arguments than it counts parameters: a starred one would take but one.
        getattr(self.capture, how)(*(each for each in (first, second) if each is not None))
        self.refresh_pane()

    def action_visit(self, step: int) -> None:
        self.session.remember()
        self.session.turn(step)
        self.visit()

    def action_open(self, at: int) -> None:
        self.session.remember()
        self.session.at = at
        self.visit()

    def action_read(self) -> None:
        if self.ask_again():
            return
        self.read_capture(self.capture)
        self.refresh_pane()

    async def action_back(self) -> None:
        """One step back: out of a search, out of reading, to the place before."""
        capture = self.capture
        if self.session.query:
            self._search("")
        elif capture.loading and not (capture.is_read and capture.past):
            self._readers.stop(capture)
            self.refresh_pane()
        elif capture.back():
            self.refresh_pane()

    def action_close(self) -> None:
        closing = self.capture
        if self.session.close():
            self._readers.stop(closing)
            closing.forget()
            self.shelf.forget(closing.path)
            # What panes still show of it would keep it in memory.
            for each in self.main.query(Pane):
                each.say("")
            self.visit()
        else:
            self.bottom.ask(f"Quit goscope?{self.session.targets.lost}")

    def on_question_answered(self, event: Question.Answered) -> None:
        self.rest()
        if not self.answered(yes=event.yes) and event.yes:
            self.exit()

    def action_help(self) -> None:
        self.push_screen(Help(self.keymap, self.pane.where, keymap_path()))

    def action_palette(self) -> None:
        async def run(entry: Entry | None) -> None:
            if entry:
                await self.run_action(entry.action, self.pane)

        commands = [command for command in self.commands() if command.id != "palette"]
        self.push_screen(Palette(entries(self.session, commands, self.views.names())), run)

    # Search

    def action_search(self) -> None:
        self._origin = self.pane.position
        self.bottom.type(_SEARCH)

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        if event.prompt.lead != _SEARCH:
            self.hint(self.typing(event.prompt))
            return
        typed = event.prompt.value
        self._search(typed)
        self.pane.match(1, self._origin)
        self.hint(self.pane.found() if typed else "")

    def on_prompt_done(self, event: Prompt.Done) -> None:
        pane = self.pane
        if event.prompt.lead != _SEARCH:
            self.typed(event.prompt, kept=event.kept)
            return
        if not event.kept:
            self._search("")
            pane.move_to(self._origin)
        self.rest()
        if self.session.query and not pane.matched:
            pane.seek(self.session.query)

    def _search(self, query: str) -> None:
        self.session.query = query
        self.pane.find(query)
        self.draw_detail()

    def action_match(self, step: int) -> None:
        self.pane.match(step)

    def action_search_symbol(self) -> None:
        if selection := self.pane.selection():
            self._search(selection.function or selection.label)

    # Copying

    def action_copy(self) -> None:
        self._copy(self.pane.copied())

    def action_copy_stack(self) -> None:
        capture, stack = self.capture, self.pane.stack()
        if stack:
            self._copy("\n".join(stack))
        elif capture.is_read:
            profile_of, place = self.pane.profile_of(capture), capture.place

            def work() -> tuple[str, ...]:
                from tui.rows.tree import heaviest_stack

                return heaviest_stack(profile_of(), place)

            self._desk.ask(work, lambda stack: self._copy("\n".join(stack)))

    def _copy(self, text: str) -> None:
        if self._driver and text:
            self._driver.write(clipboard.sequence(text))
            self.notice(f"Sent to the terminal's clipboard: {text.splitlines()[-1]}")


def run(options: Namespace) -> int:
    """Open the files, directories and processes that were named; the result is the process's exit status.

    Raises CaptureError where captures of a process can land nowhere.
    """
    from tui.driver import GuardedDriver, exit_status

    # What computes must give the screen its turn: keys are answered while a profile is read.
    sys.setswitchinterval(_SWITCH)
    addresses = [name for name in options.files if is_address(name) and not os.path.lexists(name)]
    paths, places = named(name for name in options.files if name not in addresses)
    targets, said = targets_of(addresses, places)
    places += [str(each.into) for each in targets.known if str(each.into) not in places]
    compared = bool(options.diff_base)
    views = named_views()
    try:
        view = views.restored(options.view, view_of(options)) if options.view else view_of(options)
    except KeyError:
        known = ", ".join(views.names()) or "none yet"
        print(f"goscope: there is no view “{options.view}”: saved are {known}", file=sys.stderr)
        return 2
    first = Place(view=view, diff=compared, normalized=options.normalize)
    session = opened(dict.fromkeys(paths), first, places, targets)
    app = Goscope(
        session,
        Finder(paths, options.source_path, options.trim_path),
        how=How(options.max_memory, options.compat),
        watched=Watched(tuple(p for p in paths if p != STDIN), tuple(places), options.recursive, options.poll),
        keymap=read_keymap(keymap_path()),
        history=typed_filters(),
        recorded=typed_recordings(),
        views=views,
        said=said,
        tls=(options.tls_ca, options.tls_cert, options.tls_key),
        driver_class=GuardedDriver,
    )
    if compared:
        base = Path(options.diff_base)
        session.given = Basis(base, short_name(base.name), partial(app.shelf.read, base))
    app.run(mouse=options.mouse)
    return exit_status(app)
