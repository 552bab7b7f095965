"""What spans are put down to, by the runtime's reasons and the stacks that they come with."""

import numpy as np
import pytest

from analysis.causes import WORDS, Cause, causes
from tests.tracebuild import G, trace

ALLOCATES = "main.main;runtime.mallocgc;runtime.gcAssistAlloc"


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("running", Cause.RUNNING),
        ("runnable", Cause.RUNNABLE),
        ("syscall", Cause.SYSCALL),
        ("blocked", Cause.SYSCALL),
        ("gone", Cause.UNKNOWN),
        ("waiting:sync", Cause.LOCK),
        ("waiting:sync @main.main;sync.(*Mutex).Lock;sync.(*Mutex).lockSlow", Cause.LOCK),
        ("waiting:sync @main.main;sync.(*RWMutex).RLock", Cause.LOCK),
        ("waiting:sync @main.main;sync.(*WaitGroup).Wait", Cause.WAIT_GROUP),
        ("waiting:sync @main.main;golang.org/x/sync/errgroup.(*Group).Wait;sync.(*WaitGroup).Wait", Cause.WAIT_GROUP),
        # A channel within is a channel, and so is whatever else has a reason of its own.
        ("waiting:chan receive @sync.(*WaitGroup).Go.func1;main.work", Cause.CHANNEL),
        ("waiting:network @sync.(*WaitGroup).Go.func1;main.work", Cause.NETWORK),
        ("waiting:sync.(*Cond).Wait @main.main;sync.(*Cond).Wait", Cause.CONDITION),
        ("waiting:chan send", Cause.CHANNEL),
        ("waiting:select", Cause.SELECT),
        ("waiting:network", Cause.NETWORK),
        ("waiting:sleep", Cause.SLEEP),
        ("waiting:GC mark assist wait for work", Cause.GC),
        (f"waiting:sync @{ALLOCATES};runtime.gcMarkDone", Cause.GC),
        ("waiting:sync @main.main;runtime.mallocgc;runtime.gcStart", Cause.GC),
        ("waiting:wait for debug call", Cause.OTHER),
        ("waiting", Cause.OTHER),
        ("waiting:forever", Cause.OTHER),
    ],
)
def test_the_cause_of_a_span(span: str, expected: Cause) -> None:
    built = trace(
        G("main.main", [f"0 {span}"], created=False),
        # What else there is in a trace changes nothing.
        G("main.other", ["0 waiting:select", "5 runnable", "6 waiting:sync.(*Cond).Wait"], created=False),
        duration=10,
    )
    assert Cause(int(causes(built, np.array([0]))[0])) is expected
    assert causes(built, np.array([0, 1, 0, 3])).tolist() == [expected, Cause.SELECT, expected, Cause.CONDITION]


def test_a_mark_worker_runs_for_the_collector() -> None:
    built = trace(G("runtime.gcBgMarkWorker", ["0 running", "5 runnable"], created=False), duration=10)
    assert causes(built, np.arange(2)).tolist() == [Cause.GC, Cause.RUNNABLE]


def test_of_nothing() -> None:
    assert causes(trace(duration=10), np.zeros(0, np.int64)).tolist() == []


def test_every_cause_has_a_word_of_its_own() -> None:
    assert WORDS.keys() == set(Cause)
    assert len(set(WORDS.values())) == len(Cause)
