"""A process that serves pprof, as far as the screen is concerned: its answers are a test's, and wait for it."""

import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.tui.landing import cpu, heap, profile
from tests.tui.running import Running, running

COUNTS = {"allocs": 7, "block": 0, "goroutine": 412, "heap": 7, "mutex": 0, "orders": 1_234}
BASE = "/debug/pprof/"
DEADLINE = 30.0


def page(counts: Mapping[str, int]) -> bytes:
    """What net/http/pprof shows."""
    rows = "".join(f"<tr><td>{n}</td><td><a href='{kind}?debug=1'>{kind}</a></td></tr>\n" for kind, n in counts.items())
    rows += "<tr><td>0</td><td><a href='profile'>profile</a></td></tr><tr><td>0</td><td><a href='trace'>trace</a></td>"
    return f"<html><head><title>/debug/pprof/</title></head><body><table>{rows}</tr></table></body></html>".encode()


class Process:
    """Its profiles by what follows the base; what is in `held` is answered when that is set."""

    def __init__(self, program: str = "shop") -> None:
        self.program = program
        self.asked: list[str] = []
        self.taken = 0
        self.held: dict[str, threading.Event] = {}
        self.refuses: dict[str, str] = {}
        self.authorization = ""
        self.metrics = ""
        self.url = ""

    def holds(self, kind: str) -> threading.Event:
        """Have this kind wait for the event."""
        self.held[kind] = threading.Event()
        return self.held[kind]

    def index(self) -> bytes:
        return page(COUNTS)

    def answer(self, kind: str) -> bytes | None:
        """The body for a kind, None where there is none."""
        self.taken += 1
        match kind:
            case "heap" | "allocs":
                return heap(self.taken, leak=100 * self.taken, program=self.program)
            case "profile":
                return cpu({"main.main;main.busy": 5}, self.taken, program=self.program)
            case "goroutine" | "block" | "mutex" | "orders":
                stacks = {"main.main;main.wait": 3}
                return profile(stacks, self.taken, types=[(kind, "count")], program=self.program, build_id="b1")
            case _:
                return None


@contextmanager
def serving(process: Process, port: int = 0) -> Iterator[Process]:
    """Have it answer on loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            process.asked.append(self.path)
            if process.authorization and self.headers.get("Authorization") != process.authorization:
                self.say(b"who are you?\n", "text/plain", 401)
                return
            kind = path.removeprefix(BASE)
            if path == BASE:
                self.say(process.index(), "text/html; charset=utf-8")
            elif kind == "cmdline":
                self.say(f"/srv/{process.program}\0-token=secret".encode(), "text/plain; charset=utf-8")
            elif path == "/metrics" and process.metrics:
                self.say(process.metrics.encode(), "text/plain; version=0.0.4")
            elif kind in process.refuses:
                self.say(process.refuses[kind].encode(), "text/plain", 500)
            elif (body := process.answer(kind)) is None:
                self.say(b"404 page not found\n", "text/plain", 404)
            else:
                if kind in process.held:
                    process.held[kind].wait(DEADLINE)
                self.say(body, "application/octet-stream")

        def say(self, body: bytes, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if status >= 500:
                self.send_header("X-Go-Pprof", "1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError):  # who asked has gone
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    process.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield process
    finally:
        for event in process.held.values():
            event.set()
        server.shutdown()
        server.server_close()
        thread.join()


@asynccontextmanager
async def on(*processes: Process, into: Path, paths: tuple[Path, ...] = (), **how: Any) -> AsyncIterator[Running]:
    """The screen on processes, which have answered."""
    async with running(*paths, watch=[into], urls=[each.url for each in processes], **how) as run:
        await run.until(lambda: all(each.index for each in run.app.session.targets.known))
        await run.settled()
        yield run
