"""Captures of one program as many hosts would take them: other samples, other weights, other addresses."""

import gzip
import random
from pathlib import Path

from parsers.profile import profile_pb2 as pb

SOURCE = Path(__file__).parents[1] / "sample-profiles" / "dataclean.cpu.pb.gz"
_USER_SPACE = 1 << 47
_PAGE = 4096


def captures(folder: Path, count: int, kept: float = 0.7) -> list[Path]:
    """Write `count` captures, each with about the part `kept` of the samples of a real one."""
    real = pb.Profile.FromString(gzip.decompress(SOURCE.read_bytes()))
    paths = [folder / f"host{number:05}.pb.gz" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(gzip.compress(_of_host(real, number, kept).SerializeToString(), 1))
    return paths


def _of_host(real: pb.Profile, number: int, kept: float) -> pb.Profile:
    chance = random.Random(number)
    made = pb.Profile()
    made.CopyFrom(real)
    # Where the program is loaded is every process's own.
    shift = chance.randrange(1 << 30) * _PAGE
    for mapping in made.mapping:
        if mapping.memory_start < _USER_SPACE:
            mapping.memory_start += shift
            mapping.memory_limit += shift
    for location in made.location:
        if location.address < _USER_SPACE:
            location.address += shift
    del made.sample[:]
    for sample in real.sample:
        if chance.random() < kept:
            times = chance.randrange(1, 5)
            copy = made.sample.add()
            copy.CopyFrom(sample)
            copy.value[:] = [value * times for value in sample.value]
    made.time_nanos += number * 10**9
    return made
