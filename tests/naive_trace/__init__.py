"""A v2 execution trace read the slow and plain way, after Go's own algorithms: an object per event, one by one.

`wire` decodes, `order` finds the events' order, `summary` adds up what Go's tools show, `spans` says what is true. The
rules are those of Go's internal/trace; nothing is shared with the code that this is held against.
"""
