"""The loop that targets are asked in. It knows one thing more than asyncio's: that nobody has to wait for a name.

Looking one up cannot be cut short, and where no name server answers it takes half a minute; asyncio has it done by
threads that Python waits for when it ends.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class Loop(asyncio.SelectorEventLoop):
    """One that can be closed, and whose program can end, while a name is still being looked up."""

    async def getaddrinfo(self, host: Any, port: Any, **how: int) -> Any:
        """As asyncio's. Raises OSError."""
        found = self.create_future()

        def settle(tell: Callable[[Any], None], what: object) -> None:
            if not found.done():
                tell(what)

        def look() -> None:
            tell: Callable[[Any], None]
            what: object
            try:
                tell, what = found.set_result, socket.getaddrinfo(host, port, **how)
            except Exception as error:
                tell, what = found.set_exception, error
            with suppress(RuntimeError):  # the loop is closed by now
                self.call_soon_threadsafe(settle, tell, what)

        threading.Thread(target=look, name="name", daemon=True).start()
        return await found
