"""`goscope merge`: thousands of captures in one file, on all cores or on a cluster."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

from analysis.errors import ViewError
from analysis.reduce import finished
from capture.open import captures, display_name
from capture.write import write
from parsers.profile.encode import encoded
from tui.merging import Cluster, Cores, Here, Workers, merged


def run_merge(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """One profile of all captures, in a file that the Go tools read as well."""
    names = [str(path) for path in captures(arguments.files, recursive=arguments.recursive)]
    workers = _workers(arguments, len(names))
    try:
        whole = merged(names, workers, arguments.max_memory, _progress(len(names)))
    finally:
        workers.close()
    for sentence in sorted(whole.complaints):
        complain(sentence)
    if whole.part is None:
        raise ViewError("none of the files could be read")
    profile = finished(whole.part)
    target = Path(arguments.output)
    size = write(target, encoded(profile), force=arguments.force)
    yield (
        f"{display_name(target)}: {whole.count:,} captures, {profile.n_samples:,} distinct samples, {size / 1e6:.2f} MB"
    )


def _workers(arguments: Namespace, count: int) -> Workers:
    if arguments.dask:
        return Cluster(arguments.dask)
    jobs = arguments.jobs or _cores()
    return Cores(jobs) if jobs > 1 and count > 1 else Here()


def _cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _progress(count: int) -> Callable[[int], None]:
    """Writes how far reading has come, to a person."""
    if not sys.stderr.isatty():
        return lambda done: None

    def told(done: int) -> None:
        end = "\n" if done >= count else ""
        print(f"\r{done:,} of {count:,} captures read", end=end, file=sys.stderr, flush=True)

    return told


RUN = {"merge": run_merge}
