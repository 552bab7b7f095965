"""The exact order of what happens to each goroutine and each P, without a total order of all events.

A goroutine's own events follow the numbered one that started it on its thread, and inherit its number; so sorting by
(goroutine, number, place) puts each goroutine's changes in the order that Go's reader finds by trying, and timestamps
only have to agree with it. Numbers begin anew where a goroutine is created: one that lives several times in a
generation, as those that C calls back into do, is ordered by time.
"""

import numpy as np

from parsers.trace.model import Bool, Int32, Int64

_ROOM = 63  # bits


def exact_order(subject: Int32, sequence: Int64, place: Int64, n_main: int) -> Int64:
    """int64: the rows by subject, within it by number and then by place.

    `place` ascends in the first `n_main` rows; few follow them.
    """
    more = np.arange(n_main, len(subject))
    for_place, for_sequence = _bits(n_main), int(sequence.max(initial=0)).bit_length()
    if for_sequence + for_place + int(subject.max(initial=0)).bit_length() > _ROOM:
        subject = _numbered(subject)
    if for_sequence + for_place + _bits(int(subject.max(initial=0))) > _ROOM or sequence.min(initial=0) < 0:
        return np.lexsort((place, sequence, subject))
    # One sort of plain integers is several times faster than one of rows by three columns.
    key = subject.astype(np.int64)
    key <<= for_sequence
    key |= sequence
    key <<= for_place
    main, keys = key[:n_main], key[n_main:]
    main |= np.arange(n_main)
    main.sort()
    if not len(more):
        main &= (1 << for_place) - 1
        return main
    keys = keys | np.searchsorted(place[:n_main], place[n_main:])
    among = np.lexsort((place[n_main:], keys))
    at = np.searchsorted(main, keys[among])
    main &= (1 << for_place) - 1
    return np.insert(main, at, more[among])


def _bits(largest: int) -> int:
    return largest.bit_length()


def _numbered(subject: Int32) -> Int32:
    """The subjects numbered without gaps, in their order."""
    present = np.zeros(int(subject.max(initial=-1)) + 1, np.bool_)
    present[subject] = True
    number: Int32 = (np.cumsum(present, dtype=np.int32) - np.int32(1)).take(subject)
    return number


def by_lives(subject: Int32, sequence: Int64, time: Int64, birth: Bool) -> Int64:
    """The sequence numbers, but for subjects of several lives, whose rows are numbered by time."""
    lives = np.bincount(subject[birth])
    if lives.max(initial=0) < 2:
        return sequence
    several = np.zeros(int(subject.max(initial=0)) + 1, np.bool_)
    several[: len(lives)] = lives > 1
    rows = np.flatnonzero(several.take(subject))
    numbered = sequence.copy()
    numbered[rows[np.argsort(time[rows], kind="stable")]] = np.arange(len(rows))
    return numbered


def mend(start: Int64, offsets: Int64) -> None:
    """Let nothing go back in time within `offsets`: the clocks of threads may disagree with the exact order."""
    back = np.flatnonzero(start[1:] < start[:-1]) + 1
    owner = np.searchsorted(offsets, back, side="right") - 1
    for group in np.unique(owner[offsets[owner] != back]).tolist():
        rows = start[offsets[group] : offsets[group + 1]]
        np.maximum.accumulate(rows, out=rows)
