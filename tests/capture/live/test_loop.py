"""Names that are looked up: as asyncio does it, but by threads that keep nobody from ending."""

import asyncio
import socket
import threading

import pytest

from capture.live.loop import Loop


def test_names_are_found_as_elsewhere() -> None:
    with asyncio.Runner(loop_factory=Loop) as runner:
        found = runner.run(asyncio.wait_for(_found("localhost", 6060), 30.0))
    assert found == socket.getaddrinfo("localhost", 6060, type=socket.SOCK_STREAM)


def test_a_name_that_is_not_there_is_an_error() -> None:
    with asyncio.Runner(loop_factory=Loop) as runner, pytest.raises(socket.gaierror):
        runner.run(_found("", "no such service"))


def test_what_looks_for_ever_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    looking, found = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def look(*_: object, **__: object) -> list[object]:
        threads.append(threading.current_thread())
        looking.set()
        found.wait()
        return []

    async def given_up() -> None:
        lookup = asyncio.ensure_future(_found("slow.example", 6060))
        await asyncio.to_thread(looking.wait)
        lookup.cancel()

    monkeypatch.setattr(socket, "getaddrinfo", look)
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(given_up())
    # What comes after that is nobody's.
    assert threads[0].daemon
    found.set()
    threads[0].join()


async def _found(host: str, port: int | str) -> object:
    return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
