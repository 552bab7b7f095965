"""One varint at a time, for what is read in plain Python: both protobuf and traces write integers so."""

LONGEST = 10
"""Bytes of the longest one, which holds 64 bits."""


def read_varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """The unsigned varint at a place, and the place behind it.

    Raises ValueError for one that is cut off, or longer than ten bytes.
    """
    value = 0
    for place in range(LONGEST):
        if at + place >= len(data):
            break
        byte = data[at + place]
        value |= (byte & 127) << (7 * place)
        if byte < 128:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
    raise ValueError("an integer is cut off, or longer than ten bytes")
