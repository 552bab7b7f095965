"""A process as hostile as networks and proxies make one: an index and profiles like Go's, until a fault is wished.

It runs in the loop of the test. What it says is decided by the test and by nothing else: no fault comes by chance or by
the clock. Faults that hang do so until the client hangs up, so a test can wait for that as well.
"""

import asyncio
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

SAMPLES = Path(__file__).parents[3] / "sample-profiles"
BASE = "/debug/pprof/"

_FILES = {
    "allocs": "dataclean.allocs.pb.gz",
    "block": "gateway.block.pb.gz",
    "goroutine": "gateway.goroutine.pb.gz",
    "heap": "epro.heap.01.pb.gz",
    "mutex": "gateway.mutex.pb.gz",
    "profile": "dataclean.cpu.pb.gz",
    "threadcreate": "gateway.threadcreate.pb.gz",
    "trace": "dataclean.trace",
}
_PATIENCE = 30.0  # seconds; generous, because nobody waits for it but a failing test
_PIECE = b"\0" * (1 << 16)


@dataclass(slots=True)
class Exchange:
    """A request, and the connection on which it is answered."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Raises ConnectionError where the client has gone."""
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int = 200, reason: str = "OK", **headers: str | int) -> None:
        """The line of the status and the headers; `content_length=3` is `Content-Length: 3`."""
        lines = [f"HTTP/1.1 {status} {reason}"]
        lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode())

    async def chunk(self, data: bytes) -> None:
        await self.send(b"%x\r\n%b\r\n" % (len(data), data))

    async def gone(self) -> None:
        """Wait until the client hangs up."""
        with suppress(ConnectionError):
            while await self.reader.read(1 << 16):
                pass


Fault = Callable[[Exchange], Awaitable[None]]
"""Answers one request in its own way. The connection is closed behind it."""


@dataclass(slots=True)
class Server:
    """Where it listens, what it was asked, and how it answers.

    `name` is that of a profile, "" of the index, or a path that begins with "/".
    """

    url: str
    exchanges: list[Exchange] = field(default_factory=list)
    open: int = 0
    _faults: dict[str, list[Fault]] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def place(self) -> str:
        """Host and port."""
        return urlsplit(self.url).netloc

    def fails(self, name: str, *faults: Fault) -> None:
        """Answer requests for `name` with these, one after the other, and all further ones with the last."""
        self._faults[_path(name)] = list(faults)

    def heals(self) -> None:
        """Answer as Go does from now on."""
        self._faults.clear()

    def asked(self, name: str) -> list[Exchange]:
        """The requests for `name` until now."""
        return [exchange for exchange in self.exchanges if exchange.path == _path(name)]

    async def request(self, name: str, count: int = 1) -> Exchange:
        """Wait until `name` has been asked for so many times; the last of them."""
        async with asyncio.timeout(_PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.asked(name)) >= count)
        return self.asked(name)[count - 1]

    async def idle(self) -> None:
        """Wait until no request is being answered: those who hang see that the client has gone."""
        async with asyncio.timeout(_PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self.open == 0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes on one connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            try:
                while await self._answer(await _read(reader, writer)):
                    pass
            finally:
                writer.close()
                await writer.wait_closed()

    async def _answer(self, exchange: Exchange) -> bool:
        """Whether the connection is good for another request."""
        await self._turn(+1, exchange)
        try:
            if faults := self._faults.get(exchange.path):
                await (faults.pop(0) if len(faults) > 1 else faults[0])(exchange)
                return False
            await honest(exchange)
            return True
        finally:
            await self._turn(-1)

    async def _turn(self, more: int, exchange: Exchange | None = None) -> None:
        async with self._changed:
            self.open += more
            self.exchanges += [exchange] if exchange else []
            self._changed.notify_all()


@asynccontextmanager
async def serving(context: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Server]:
    """A server on loopback, with TLS if there is a context; when the block ends so do its connections, at once."""
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(server.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listening = await asyncio.start_server(connected, "127.0.0.1", port, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    server = Server(f"{'https' if context else 'http'}://127.0.0.1:{port}")
    try:
        yield server
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _path(name: str) -> str:
    return name if name.startswith("/") else BASE + name


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    parts = urlsplit(target)
    return Exchange(method, parts.path, parts.query, headers, reader, writer)


# What Go answers ----------------------------------------------------------------------------------------------


async def honest(exchange: Exchange) -> None:
    """What net/http/pprof answers, but at once: a profile over ten seconds is one that somebody has taken before."""
    name = exchange.path.removeprefix(BASE)
    if exchange.path == BASE:
        page = index()
        await exchange.head(content_type="text/html; charset=utf-8", content_length=len(page))
        await exchange.send(page)
    elif name == "cmdline":
        await exchange.head(content_type="text/plain; charset=utf-8", content_length=len(b"/srv/shop\0-v"))
        await exchange.send(b"/srv/shop\0-v")
    elif exchange.path.startswith(BASE) and name in _FILES:
        await exchange.head(content_type="application/octet-stream", content_length=len(profile(name)))
        await exchange.send(profile(name))
    else:
        await refuse(404, "Not Found", "404 page not found")(exchange)


@cache
def profile(name: str) -> bytes:
    """The capture that the server has for a name."""
    return (SAMPLES / _FILES[name]).read_bytes()


@cache
def index() -> bytes:
    rows = "".join(
        f"<tr><td>{count}</td><td><a href='{name}?debug=1'>{name}</a></td></tr>\n"
        for count, name in enumerate(sorted({*_FILES, "cmdline", "symbol"}))
    )
    head = "<html>\n<head>\n<title>/debug/pprof/</title>\n</head>\n<body>\n/debug/pprof/\n<table>\n"
    tail = '</table>\n<a href="goroutine?debug=2">full goroutine stack dump</a>\n</body>\n</html>\n'
    return f"{head}<thead><td>Count</td><td>Profile</td></thead>\n{rows}{tail}".encode()


def _asked(exchange: Exchange) -> bytes:
    name = exchange.path.removeprefix(BASE)
    return profile(name) if name in _FILES else b"/srv/shop\0" if name else index()


# Faults on the way ------------------------------------------------------------------------------------------


async def hang(exchange: Exchange) -> None:
    """Take the request, and say nothing."""
    await exchange.gone()


async def hang_midway(exchange: Exchange) -> None:
    """Say half, and nothing more."""
    data = _asked(exchange)
    await exchange.head(content_type="application/octet-stream", content_length=len(data))
    await exchange.send(data[: len(data) // 2])
    await exchange.gone()


async def hang_in_head(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: appl")
    await exchange.gone()


async def drip(exchange: Exchange) -> None:
    """Byte after byte, so that none is long in coming, and the whole would be there tomorrow."""
    await exchange.head(content_type="application/octet-stream", transfer_encoding="chunked")
    gone = asyncio.create_task(exchange.gone())
    for byte in _asked(exchange):
        await exchange.chunk(bytes([byte]))
        await asyncio.wait([gone], timeout=0.05)
        if gone.done():
            return
    await exchange.chunk(b"")


async def drop(exchange: Exchange) -> None:
    """Hang up on the request."""


async def drop_in_chunk(exchange: Exchange) -> None:
    """Announce a chunk and hang up within it."""
    data = _asked(exchange)
    await exchange.head(content_type="application/octet-stream", transfer_encoding="chunked")
    await exchange.send(b"%x\r\n%b" % (len(data), data[: len(data) // 2]))


async def drop_between_chunks(exchange: Exchange) -> None:
    """Hang up behind a chunk that is whole, as Go does when a handler panics; the last one never comes."""
    await exchange.head(content_type="application/octet-stream", transfer_encoding="chunked")
    await exchange.chunk(_asked(exchange))


async def reset(exchange: Exchange) -> None:
    """Say half, and reset the connection, as a kernel does for a process that was killed."""
    data = _asked(exchange)
    await exchange.head(content_type="application/octet-stream", content_length=len(data))
    await exchange.send(data[: len(data) // 2])
    exchange.writer.transport.abort()


async def old_and_short(exchange: Exchange) -> None:
    """HTTP/1.0 without a length: that the end is missing only the content can tell."""
    data = _asked(exchange)
    await exchange.send(b"HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n" + data[: len(data) // 2])


async def no_http(exchange: Exchange) -> None:
    await exchange.send(b"220 mail.example.org ESMTP\r\n\r\n")


async def large_head(exchange: Exchange) -> None:
    """A megabyte of one header."""
    with suppress(ConnectionError):
        await exchange.head(set_cookie="x" * (1 << 20), content_length=0)


# Faults in what is said -------------------------------------------------------------------------------------


async def half(exchange: Exchange) -> None:
    """Half of it, with the length of the half: HTTP has nothing to complain of."""
    data = _asked(exchange)
    await says(data[: len(data) // 2])(exchange)


async def damaged(exchange: Exchange) -> None:
    """All of it, with a run of bytes in the middle that are others."""
    data = _asked(exchange)
    middle = len(data) // 2
    await says(data[:middle] + b"\xff" * 40 + data[middle + 40 :])(exchange)


async def endless(exchange: Exchange) -> None:
    """A whole profile, and zeros behind it for as long as somebody takes them."""
    await exchange.head(content_type="application/octet-stream", transfer_encoding="chunked")
    await exchange.chunk(_asked(exchange))
    while True:
        await exchange.chunk(_PIECE)


async def endless_plain(exchange: Exchange) -> None:
    """The beginning of a profile that is not packed: labels, and no end of them."""
    await exchange.head(content_type="application/octet-stream", transfer_encoding="chunked")
    await exchange.chunk(gzip.decompress(_asked(exchange)))
    while True:
        await exchange.chunk(b"\x32\x06filler" * 4096)


async def bomb(exchange: Exchange) -> None:
    """A profile that unpacks to more than there is room for: ten gigabytes in ten megabytes."""
    await exchange.head(content_type="application/octet-stream", transfer_encoding="chunked")
    for piece in _bomb(gzip.decompress(_asked(exchange))):
        await exchange.chunk(piece)
    await exchange.chunk(b"")


async def twice_packed(exchange: Exchange) -> None:
    """A proxy packs what is packed, though nobody asked for that, and says so: this is no fault."""
    data = gzip.compress(_asked(exchange))
    await exchange.head(content_type="application/octet-stream", content_encoding="gzip", content_length=len(data))
    await exchange.send(data)


async def said_to_be_packed(exchange: Exchange) -> None:
    """What is packed is said to be packed by the way, so that what arrives is not: no fault either."""
    data = _asked(exchange)
    await exchange.head(content_type="application/octet-stream", content_encoding="gzip", content_length=len(data))
    await exchange.send(data)


async def half_unpacked(exchange: Exchange) -> None:
    """Half a profile that is not packed: nothing but its content tells."""
    data = gzip.decompress(_asked(exchange))
    await says(data[: len(data) // 2])(exchange)


async def half_encoded(exchange: Exchange) -> None:
    """The same, cut off."""
    data = gzip.compress(_asked(exchange))[:-20]
    await exchange.head(content_type="application/octet-stream", content_encoding="gzip", content_length=len(data))
    await exchange.send(data)


async def not_encoded(exchange: Exchange) -> None:
    """Said to be packed once more, and is not."""
    await says(b"\n\x04\x08\x01\x10\x02" * 10, content_encoding="gzip")(exchange)


def says(data: bytes, content_type: str = "application/octet-stream", **headers: str) -> Fault:
    """Answer 200 with these bytes."""

    async def answer(exchange: Exchange) -> None:
        await exchange.head(200, "OK", content_type=content_type, content_length=len(data), **headers)
        await exchange.send(data)

    return answer


LOGIN = says(b"<!DOCTYPE html>\n<html><title>Sign in</title><form>\xe2\x80\xa6</form></html>\n", "text/html")


def refuse(
    status: int, reason: str, text: str, content_type: str = "text/plain; charset=utf-8", **headers: str
) -> Fault:
    """Answer with an error."""
    data = f"{text}\n".encode()

    async def answer(exchange: Exchange) -> None:
        await exchange.head(status, reason, content_type=content_type, content_length=len(data), **headers)
        await exchange.send(data)

    return answer


def redirect(location: str, status: int = 302, reason: str = "Found") -> Fault:
    return refuse(status, reason, "elsewhere", location=location)


IN_USE = refuse(
    500, "Internal Server Error", "Could not enable CPU profiling: cpu profiling already in use", x_go_pprof="1"
)
TOO_LONG = refuse(400, "Bad Request", "profile duration exceeds server's WriteTimeout", x_go_pprof="1")
UNKNOWN = refuse(404, "Not Found", "Unknown profile", x_go_pprof="1")
NO_ROUTE = refuse(404, "Not Found", '{"code":"PAGE_NOT_FOUND"}', "application/json")
FORBIDDEN = refuse(403, "Forbidden", "RBAC: access denied")
UNAUTHORIZED = refuse(401, "Unauthorized", "Unauthorized", www_authenticate='Basic realm="ops"')
TOO_MANY = refuse(429, "Too Many Requests", "slow down", retry_after="7")
UNAVAILABLE = refuse(503, "Service Unavailable", "upstream connect error", retry_after="120")


async def refuse_and_hang(exchange: Exchange) -> None:
    """An error whose text never ends."""
    await exchange.head(500, "Internal Server Error", content_type="text/plain", content_length=99)
    await exchange.send(b"could not")
    await exchange.gone()


def _bomb(data: bytes) -> list[bytes]:
    """The pieces of one gzip stream: `data`, and zeros to ten gigabytes."""
    packing = zlib.compressobj(9, wbits=31)
    zeros = b"\0" * (1 << 24)
    first = packing.compress(data) + packing.flush(zlib.Z_FULL_FLUSH)
    more = packing.compress(zeros) + packing.flush(zlib.Z_FULL_FLUSH)
    # After a full flush nothing refers back: the same bytes may come again and again.
    return [first, *[more] * 640]
