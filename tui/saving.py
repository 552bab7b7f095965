"""The command that writes what is on the screen to a file; the formats are `tui.exporting`'s."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.message import Message

from tui.filtering import Filtering
from tui.overlays.prompt import Prompt
from tui.place import PROFILE_PANES, PaneName

if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from tui.exporting import Format, Subject

EXPORT = "export to: "


class Written(Message):
    """A file has been written, or has not; `sentence` says which. `again` writes it over the one that is there."""

    def __init__(self, sentence: str, again: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.sentence = sentence
        self.again = again


class Saving(Filtering):
    """The command that exports."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._again: Callable[[], None] | None = None

    def action_export(self) -> None:
        """Ask for a file's name, whose ending tells the format; up and down go through those that there are."""
        names = self._names()
        if not names:
            self.notice("There is nothing here to export.")
            return
        self.bottom.type(EXPORT, names[-1], past=names[:-1])
        self.hint(self.typing(self.bottom.prompt))

    def _formats(self) -> "list[Format]":
        """Those that the pane can be written in, the one that comes to mind first the last."""
        from tui.exporting import FORMATS

        content, pane = self.pane.content, self.capture.place.pane
        has_table = content is not None and content.table is not None
        found = [each for each in FORMATS.values() if (has_table if each.of_table else pane in PROFILE_PANES)]
        first = "svg" if pane is PaneName.FLAME else "md"
        return sorted(found, key=lambda each: each.name == first)

    def _names(self) -> list[str]:
        """A file's name for each format, none of which is taken."""
        from tui.exporting import default_name, unused

        program, kind, time = self._about()
        pane = str(self.capture.place.pane)
        names = (default_name(program, kind, time, pane, each.extension) for each in self._formats())
        return [unused(Path(name)).name for name in names]

    def _about(self) -> tuple[str, str, int]:
        """Program, kind and time of the capture on the screen."""
        capture = self.capture
        if capture.profile is not None:
            from analysis.info import info

            about = info(capture.profile)
            return about.program or capture.name, str(about.kind), about.time_ns
        if capture.trace is not None:
            from analysis.traceinfo import trace_info

            found = trace_info(capture.trace)
            return found.program or capture.name, self._derived() or "trace", found.wall_ns
        return capture.name, "", 0

    def _derived(self) -> str:
        """Which profile of a trace is on the screen, "" where none is."""
        capture = self.capture
        if capture.trace is None or capture.place.pane not in PROFILE_PANES:
            return ""
        from tui.rows.derived import kind_of

        return kind_of(capture.trace, capture.view)

    def typing(self, prompt: Prompt) -> str:
        """What the text leads to."""
        if prompt.lead != EXPORT:
            return super().typing(prompt)
        found = self._format(prompt.value.strip())
        return found.what if found else " ".join(f".{each.extension}" for each in self._formats())

    def _format(self, name: str) -> "Format | None":
        """The format that a file's name ends with."""
        fitting = [each for each in self._formats() if name.endswith(f".{each.extension}")]
        return max(fitting, key=lambda each: len(each.extension), default=None)

    def typed(self, prompt: Prompt, *, kept: bool) -> None:
        """The text is whole, or not `kept`; one that tells no format stays to be mended."""
        if prompt.lead != EXPORT:
            super().typed(prompt, kept=kept)
            return
        name = prompt.value.strip()
        found = self._format(name)
        if kept and name and found is None:
            self.bottom.type(EXPORT, prompt.value, past=self._names())
            self.hint(self.typing(prompt))
            return
        self.rest()
        if kept and found is not None:
            self._write(found, Path(name).expanduser())

    def _write(self, format: "Format", path: Path) -> None:
        """Have a thread of its own write it: what is on the screen need not wait for that."""
        subject = self._subject()

        def write(force: bool) -> None:
            from analysis.errors import ViewError
            from capture.open import CaptureError, display_name
            from capture.write import write as write_file

            try:
                size = write_file(path, format.pieces(subject()), force=force)
                said = Written(f"Written: {display_name(path)}, {size:,} bytes.")
            except (CaptureError, ViewError) as error:
                there = path.is_file() and not force
                said = Written(str(error), partial(start, True) if there else None)
            except MemoryError:
                said = Written("There is not enough memory for this.")
            self.post_message(said)

        def start(force: bool) -> None:
            threading.Thread(target=write, args=(force,), name="export", daemon=True).start()

        start(False)

    def _subject(self) -> "Callable[[], Subject]":
        """What gives a thread that which is on the screen."""
        capture, place, content = self.capture, self.capture.place, self.pane.content
        table = content.table if content else None
        profile_of: Callable[[], Profile] | None = None
        if place.pane in PROFILE_PANES and capture.is_read:
            profile_of = self.pane.profile_of(capture)
        base = capture.basis.path if capture.basis is not None and place.diff else None
        path, order, derived = capture.shown or capture.path, capture.order, self._derived()
        compat = capture.trace is not None and capture.trace.compat

        def subject() -> "Subject":
            from tui.exporting import on_screen

            profile = profile_of() if profile_of else None
            return on_screen(profile, place, table, path, base=base, order=order, derived=derived, compat=compat)

        return subject

    def on_written(self, event: Written) -> None:
        if event.again is None:
            self.notice(event.sentence)
            return
        self._again = event.again
        self.bottom.ask(f"{event.sentence.partition(': ')[0]} is there already. Replace it?")

    def answered(self, *, yes: bool) -> bool:
        """Whether the question that has been answered was this one."""
        again, self._again = self._again, None
        if again is not None and yes:
            again()
        return again is not None
