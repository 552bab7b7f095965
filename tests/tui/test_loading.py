"""The desk: the newest request wins, and nothing blocks the one who asks."""

import threading
from collections.abc import Callable
from queue import Queue
from typing import Any

import pytest
from textual.message import Message

from tui.loading import Answered, Desk

_LONG = 30.0  # seconds; nobody waits for it but a failing test


class Gate:
    """Work that ends when it is let, and tells that it has begun."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self.go_on.wait(_LONG)
        return "slow"


@pytest.fixture
def posted() -> "Queue[Message]":
    return Queue()


def next_job(posted: "Queue[Message]") -> Any:
    message = posted.get(timeout=_LONG)
    assert isinstance(message, Answered)
    return message.job


def test_what_is_fast_is_settled_at_once(posted: "Queue[Message]") -> None:
    desk = Desk(posted.put, patience=_LONG)
    results: list[int] = []
    assert desk.ask(lambda: 42, results.append)
    assert results == [42] and not desk.busy
    desk.settle(next_job(posted))
    assert results == [42]


def test_what_is_slow_comes_later(posted: "Queue[Message]") -> None:
    desk = Desk(posted.put, patience=0)
    gate, results = Gate(), []  # type: ignore[var-annotated]
    assert not desk.ask(gate, results.append)
    assert results == [] and desk.busy
    gate.go_on.set()
    desk.settle(next_job(posted))
    assert results == ["slow"] and not desk.busy


def test_the_newest_request_wins_and_those_between_are_never_begun(posted: "Queue[Message]") -> None:
    desk = Desk(posted.put, patience=0)
    gate, results = Gate(), []  # type: ignore[var-annotated]
    desk.ask(gate, results.append)
    assert gate.begun.wait(_LONG)
    begun: list[int] = []

    def work(number: int) -> Callable[[], int]:
        def begin() -> int:
            begun.append(number)
            return number

        return begin

    for number in range(3):
        desk.ask(work(number), results.append)
    gate.go_on.set()
    for _ in range(2):
        desk.settle(next_job(posted))
    assert results == [2] and begun == [2]


def test_nothing_is_wanted_any_more(posted: "Queue[Message]") -> None:
    desk = Desk(posted.put, patience=0)
    gate, results = Gate(), []  # type: ignore[var-annotated]
    desk.ask(gate, results.append)
    desk.drop()
    gate.go_on.set()
    desk.settle(next_job(posted))
    assert results == []


def test_what_the_work_raises_is_raised_to_the_one_who_asked(posted: "Queue[Message]") -> None:
    desk = Desk(posted.put, patience=_LONG)
    with pytest.raises(ZeroDivisionError):
        desk.ask(lambda: 1 // 0, pytest.fail)
    assert desk.ask(lambda: 1, lambda result: None)
