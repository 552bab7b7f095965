"""Captures as services drop them: written beside and renamed into place, each with the time it was taken inside."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests import build

SECOND = 1_000_000_000
NOON = 1_700_000_000


def heap(at: int = 0, *, leak: int = 100, steady: int = 50, program: str = "shop", build_id: str = "b1") -> bytes:
    """A heap profile taken `at` seconds after noon, with so many bytes in use in main.leak and main.steady."""
    return profile(
        {"main.main;main.leak": (1, leak, 1, leak), "main.main;main.steady": (1, steady, 1, steady)},
        at,
        types=build.HEAP,
        default="inuse_space",
        program=program,
        build_id=build_id,
    )


def cpu(stacks: Mapping[str, int], at: int = 0, *, program: str = "shop", build_id: str = "b1") -> bytes:
    """A CPU profile of ten seconds."""
    return profile(stacks, at, program=program, build_id=build_id, seconds=10)


def profile(
    stacks: Mapping[str, int | Sequence[int]],
    at: int,
    *,
    types: Sequence[tuple[str, str]] = (build.CPU,),
    default: str = "",
    program: str,
    build_id: str,
    seconds: int = 0,
) -> bytes:
    made = build.builder(stacks, types=types, default=default)
    made.mapping(f"/srv/{program}", limit=1 << 20, build_id=build_id)
    made.message.time_nanos = (NOON + at) * SECOND
    made.message.duration_nanos = seconds * SECOND
    return made.bytes()


def land(path: Path, data: bytes) -> Path:
    """Write beside and rename into place, as careful services do."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(data)
    beside.rename(path)
    return path
