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
    local = _numbered(subject)
    places = np.append(np.arange(n_main), np.searchsorted(place[:n_main], place[n_main:]))
    shift = [_bits(sequence) + _bits(places), _bits(places)]
    if _bits(local) + shift[0] > _ROOM or sequence.min(initial=0) < 0:
        return np.lexsort((place, sequence, subject))
    # One sort of plain integers is several times faster than one of rows by three columns.
    key = local << shift[0]
    key |= sequence << shift[1]
    key |= places
    main = np.sort(key[:n_main])
    rows = main & ((1 << shift[1]) - 1)
    more = np.arange(n_main, len(subject))
    more = more[np.lexsort((place[n_main:], key[n_main:]))]
    return np.insert(rows, np.searchsorted(main, key[more]), more)


def _numbered(subject: Int32) -> Int64:
    """The subjects numbered without gaps, in their order."""
    present = np.zeros(int(subject.max(initial=-1)) + 1, np.bool_)
    present[subject] = True
    number: Int64 = (np.cumsum(present) - 1).take(subject)
    return number


def _bits(column: Int64) -> int:
    return int(column.max(initial=0)).bit_length()


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


def ascending(subject: Int32, time: Int64) -> Int64:
    """The times of rows in their exact order, none before that of the row before it: clocks of threads may disagree."""
    same = subject[1:] == subject[:-1]
    if not ((time[1:] < time[:-1]) & same).any():
        return time
    mended = time.copy()
    starts = np.flatnonzero(np.append(True, ~same))
    back = np.flatnonzero((time[1:] < time[:-1]) & same) + 1
    ends = np.append(starts[1:], len(time))
    for group in np.unique(np.searchsorted(starts, back, side="right") - 1).tolist():
        span = slice(starts[group], ends[group])
        mended[span] = np.maximum.accumulate(time[span])
    return mended
