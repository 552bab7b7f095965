"""Go processes on loopback: the three samples and `mounts`, which serves pprof as frameworks do.

Knows how they are built, started, hung, killed and put under load; sample-profiles/record.py knows what their load is.
What they answer is for the tests to ask.
"""

import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from benchmarks.gotools import go

_SAMPLES = Path(__file__).parents[2] / "sample-profiles"
_SOURCES = {
    "dataclean": _SAMPLES / "dataclean",
    "epro": _SAMPLES / "epro",
    "gateway": _SAMPLES / "gateway",
    "mounts": Path(__file__).with_name("mounts"),
}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Target:
    """A running process. `url` is where it listens: `http://127.0.0.1:PORT`, `https://…` or `unix:PATH`."""

    process: subprocess.Popen[str]
    url: str

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """End it as the kernel ends a process that has no memory left, and wait until it has ended."""
        self.process.kill()
        self.process.wait()

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Stop it where it is: connections are still accepted by the kernel, and nothing answers."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def cpu(self) -> float:
        """Seconds of CPU that it has used, in user and system mode, as the kernel counts them (10 ms steps)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def load(self, clients: int = 4, rate: float = 80) -> AbstractContextManager[None]:
        """Keep dataclean as busy as its recorded captures had it, or as `rate` requests a second make it."""
        return self._load(clients, rate, _record().clean_request)

    def orders(self, rate: float = 12) -> AbstractContextManager[None]:
        """Have epro take so many orders a second, each of which it keeps a megabyte of for good."""
        return self._load(2, rate, _record().order_requests())

    def _load(self, clients: int, rate: float, request: object) -> AbstractContextManager[None]:
        record = _record()
        loaded: AbstractContextManager[None] = record.load(
            record.Service("127.0.0.1", self.port), clients, rate, request
        )
        return loaded


class Services:
    """Builds programs into a folder, each once, and runs them. Several processes may share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def running(self, program: str, *arguments: str, port: int = 0, procs: int = 2) -> Iterator[Target]:
        """Run `program` until the block ends; it listens at a free port, at `port`, or as `-unix` says."""
        command = [*_tether(), str(self._binary(program)), "-addr", f"127.0.0.1:{port}", *arguments]
        with _record().started(command, {"GOMAXPROCS": str(procs)}) as (process, address):
            if address.startswith("/"):
                yield Target(process, f"unix:{address}")
            else:
                yield Target(process, f"{'https' if '-cert' in arguments else 'http'}://{address}")

    def _binary(self, program: str) -> Path:
        binary = self._folder / program
        with (self._folder / f".{program}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not binary.exists():
                _build(_SOURCES[program], binary)
        return binary


def free_port() -> int:
    """A port that nothing listens at; a target can be started there, ended, and started again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _build(source: Path, binary: Path) -> None:
    found = go()
    assert found, "no go beside this Python"
    command, environment = found
    beside = binary.with_suffix(".new")
    arguments = [command, "build", "-trimpath", "-buildvcs=false", "-o", str(beside), "."]
    subprocess.run(arguments, cwd=source, env=environment, check=True)
    beside.rename(binary)


def _tether() -> list[str]:
    """What ends the process together with the one that started it, even if that is killed; Linux has it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


@cache
def _record() -> ModuleType:
    """sample-profiles/record.py, which stands alone and is of no package."""
    spec = importlib.util.spec_from_file_location("samples_record", _SAMPLES / "record.py")
    assert spec and spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
