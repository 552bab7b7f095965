"""The exact order of what happens to each goroutine, without a total order of all events.

A goroutine's own events follow the numbered one that started it on its thread, and inherit its number; so sorting by
(goroutine, number, place) puts each goroutine's changes in the order that Go's reader finds by trying, and timestamps
only have to agree with it. Numbers begin anew where a goroutine is created: one that lives several times in a
generation, as those that C calls back into do, is ordered by time.
"""

import numpy as np

from parsers.trace.model import Bool, Int32, Int64

_SUBJECT = 32
_SEQUENCE = (1 << _SUBJECT) - 1
_ROOM = 63  # bits
_PIECE = 1 << 18


def key(subject: Int32, sequence: Int64) -> Int64:
    """int64: a subject and the number of something that happens to it."""
    found = subject.astype(np.int64)
    found <<= _SUBJECT
    found |= np.clip(sequence, 0, _SEQUENCE)
    return found


def subjects(keys: Int64) -> Int32:
    """int32: the subject of each key."""
    return (keys >> _SUBJECT).astype(np.int32)


def exact_order(keys: Int64, after: Int64) -> tuple[Int64, Int32]:
    """int64: the rows by subject, number and place; and int32 the subject of each. It may lie where the keys did.

    The last rows have their places behind other rows, those in `after`; all others are in their places' order.
    """
    n_main = len(keys) - len(after)
    for_place, for_sequence = n_main.bit_length(), _largest(keys).bit_length()
    if (int(keys.max(initial=0)) >> _SUBJECT).bit_length() + for_sequence + for_place > _ROOM:
        place = np.append(2 * np.arange(n_main), 2 * after + 1)
        order = np.lexsort((place, keys))
        return order, subjects(keys[order])
    # One sort of plain integers is several times faster than one of rows by two columns.
    subject_of_more = subjects(keys[n_main:])
    for first in range(0, len(keys), _PIECE):
        piece = keys[first : first + _PIECE]
        number = piece & _SEQUENCE
        number <<= for_place
        piece >>= _SUBJECT
        piece <<= for_sequence + for_place
        piece |= number
        main = piece[: max(n_main - first, 0)]
        main |= np.arange(first, first + len(main))
    main, more = keys[:n_main], keys[n_main:]
    main.sort()
    subject = (main >> (for_place + for_sequence)).astype(np.int32)
    if not len(after):
        main &= (1 << for_place) - 1
        return main, subject
    among = np.lexsort((after, more))
    at = np.searchsorted(main, (more | (after + 1))[among])
    main &= (1 << for_place) - 1
    rows = np.arange(n_main, len(keys))[among]
    return np.insert(main, at, rows), np.insert(subject, at, subject_of_more[among])


def _largest(keys: Int64) -> int:
    """The largest number in the keys."""
    pieces = (keys[first : first + _PIECE] & _SEQUENCE for first in range(0, len(keys), _PIECE))
    return max((int(piece.max()) for piece in pieces), default=0)


def number_lives_by_time(keys: Int64, time: Int64, alive: Bool) -> None:
    """Give the rows of subjects that live several times new numbers, by time; `alive` are those that lived already."""
    births = [piece[(piece & _SEQUENCE) == 0] for piece in np.split(keys, range(_PIECE, len(keys), _PIECE))]
    lives = np.bincount(subjects(np.concatenate(births)))
    lives[lives > 0] += alive[: len(lives)][lives > 0]
    if lives.max(initial=0) < 2:
        return
    subject = subjects(keys)
    several = np.zeros(int(subject.max()) + 1, np.bool_)
    several[: len(lives)] = lives > 1
    rows = np.flatnonzero(several.take(subject))
    rows = rows[np.argsort(time[rows], kind="stable")]
    keys[rows] = key(subject[rows], np.arange(1, len(rows) + 1))


def mend(start: Int64, offsets: Int64, step: int = 0) -> None:
    """Let all come at least `step` after what is before it within `offsets`.

    The clocks of threads may disagree with the exact order.
    """
    back = np.flatnonzero(start[1:] < (start[:-1] + step if step else start[:-1])) + 1
    owner = np.searchsorted(offsets, back, side="right") - 1
    for group in np.unique(owner[offsets[owner] != back]).tolist():
        rows = start[offsets[group] : offsets[group + 1]]
        steps = step * np.arange(len(rows))
        rows[:] = np.maximum.accumulate(rows - steps) + steps
