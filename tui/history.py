"""What the captures before the one on the screen weighed, worked out in a thread as it is asked for."""

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.message import Message

from analysis.units import MINIMUM
from analysis.view import View
from tui.basis import SPAN
from tui.loading import Post
from tui.shelf import Shelf

if TYPE_CHECKING:
    from analysis.earlier import Weights
    from tui.catalogue import Entry

_MOST = 4 * SPAN

_Key = tuple[object, ...]


class Recalled(Message):
    """All that was asked for is worked out."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Recalled)


class History:
    """The weights of a few captures under a few views."""

    def __init__(self, shelf: Shelf, post: Post) -> None:
        self._shelf = shelf
        self._post = post
        self._known: OrderedDict[_Key, Weights | None] = OrderedDict()
        self._wanted: OrderedDict[_Key, tuple[Entry, View]] = OrderedDict()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def recall(self, entry: "Entry", view: View) -> "Weights | None":
        """What a capture's nodes weigh; None if that is not known yet, for which `Recalled` comes, or never will be."""
        view = replace(view, unit=MINIMUM)
        key = (entry.path, entry.version, view)
        with self._wake:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
            self._wanted[key] = (entry, view)
            while len(self._wanted) > _MOST:
                self._wanted.popitem(last=False)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="history", daemon=True)
                self._thread.start()
            self._wake.notify()
        return None

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._wanted))
                key, (entry, view) = self._wanted.popitem()
            found = self._weights(entry, view)
            with self._wake:
                self._known[key] = found
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
                done = not self._wanted
            if done:
                self._post(Recalled())

    def _weights(self, entry: "Entry", view: View) -> "Weights | None":
        from analysis.earlier import weights
        from analysis.errors import ViewError
        from analysis.filters import filtered
        from capture.open import CaptureError
        from parsers.trace.model import Trace

        try:
            capture = self._shelf.read(entry.path)
            return None if isinstance(capture, Trace) else weights(filtered(capture, view), view)
        except (CaptureError, ViewError, MemoryError):
            return None
