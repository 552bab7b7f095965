"""Keys one after the other: none is looked at before the one before has been answered.

On a slow link keys arrive in bursts. Textual hands all of a burst to whatever has the focus when it comes, so that what
is typed after the key that opens a prompt would be commands to the pane. Here a key goes on only when a message sent
behind the one before, on the same way through the widgets, has come out at the application; twice, for the message that
a widget sends in answer to a key comes behind the first.
"""

from collections import deque
from functools import partial
from typing import Any

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.message_pump import MessagePump

_LAPS = 2
# Where that message is lost, because what it went through has been closed, the next key waits no longer than this.
_LOST = 0.25


class Passed(Message):
    """All before it has been answered; `laps` more are to be gone round."""

    def __init__(self, way: MessagePump, laps: int) -> None:
        super().__init__()
        self.way = way
        self.laps = laps


class KeysInOrder(App[None], inherit_bindings=False):
    """An application that answers keys in their order."""

    def __init__(self, **textual: Any) -> None:
        super().__init__(**textual)
        self._behind: Passed | None = None
        self._held: deque[Key | Paste] = deque()

    async def on_event(self, event: Event) -> None:
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._behind is not None:
            self._held.append(event)
            self.set_timer(_LOST, partial(self._next, self._behind))
        else:
            await self._answer(event)

    async def _answer(self, event: Key | Paste) -> None:
        way = self.focused or self.screen
        await super().on_event(event)
        await self._send(Passed(way, _LAPS - 1))

    async def _send(self, behind: Passed) -> None:
        self._behind = behind
        if not behind.way.post_message(behind):
            await self._next(behind)

    async def on_passed(self, message: Passed) -> None:
        if message is not self._behind:
            return
        if message.laps:
            await self._send(Passed(message.way, message.laps - 1))
        elif self._held and self.focused is None:
            # A screen that has just been opened cannot take it yet.
            self.call_after_refresh(self._next, message)
        else:
            await self._next(message)

    async def _next(self, behind: Passed) -> None:
        if self._behind is behind:
            self._behind = None
            if self._held:
                await self._answer(self._held.popleft())
