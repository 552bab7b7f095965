"""`goscope merge`: thousands of captures in one file, on all cores or on a cluster."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from analysis.errors import ViewError
from analysis.reduce import finished
from capture.memory import default_budget
from capture.open import CaptureError, captures, display_name
from capture.remote import inside, is_url
from capture.write import write
from parsers.profile.encode import encoded
from tui.merging import Cluster, Cores, Here, Source, merged, said


def run_merge(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """One profile of all captures, in a file that the Go tools read as well."""
    sources = _sources(arguments.files, recursive=arguments.recursive)
    jobs = min(arguments.jobs or _cores(), len(sources))
    workers = Cluster(arguments.dask) if arguments.dask else Cores(jobs) if jobs > 1 else Here()
    # Those of a cluster know best what there is where they are.
    budget = arguments.max_memory if arguments.dask else (arguments.max_memory or default_budget()) // jobs
    try:
        whole = merged(sources, workers, budget, _progress(len(sources)))
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


def _sources(names: Sequence[str], *, recursive: bool) -> list[Source]:
    """All that `names` stand for, each once. Raises CaptureError for one that stands for nothing."""
    found: dict[str, bool] = {}
    for name in names:
        if is_url(name):
            each = inside(name, recursive=recursive)
        else:
            # A worker of a cluster works in another folder.
            each = [(str(path.absolute()), True) for path in captures([name], recursive=recursive)]
        if not each:
            raise CaptureError.of(f"{said(name)}: a directory with nothing in it")
        for source, named in each:
            found[source] = found.get(source, False) or named
    return list(found.items())


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
