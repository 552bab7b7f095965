"""Records the captures in this folder.

Builds the three services, starts each on loopback, sends it requests, and asks its /debug/pprof for profiles
and traces, as anybody who runs a Go service would.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.client
import itertools
import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

HERE = Path(__file__).parent

# Go writes the path of the executable into every profile, so it is built and run where the path says nothing.
# The name is fixed for the same reason, and the folder made anew: nobody else can have put anything there.
WORK = Path("/tmp/goscope-samples")

# Beyond this most of a trace is Go's background sweeper, spinning while a busy machine holds a thread back.
MAX_TRACE = 2 << 20

TENANTS = ("t1",) * 6 + ("t2",) * 3 + ("t3",) * 2 + ("t4",)

# The gateway's incident caught in the act: one query waits on the network, others wait for its lock.
QUEUE = (b"main.(*quotaTable).refresh", b"sync.(*Mutex).lockSlow")

# Loopback must not go through a proxy that the environment names.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """A running service, and how to save what its /debug/pprof answers."""

    host: str
    port: int

    def fetch(self, path: str, timeout: float = 60) -> bytes:
        url = f"http://{self.host}:{self.port}/debug/pprof/{path}"
        with OPENER.open(url, timeout=timeout) as response:
            data: bytes = response.read()
        return data

    def save(self, path: str, name: str, showing: tuple[bytes, ...] = ()) -> None:
        """Save what `path` answers; ask again, within reason, until the answer shows all that it should."""
        for _ in range(200):
            data = self.fetch(path)
            plain = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
            if all(text in plain for text in showing):
                break
            time.sleep(0.02)
        else:
            raise SystemExit(f"{name}: no answer of /debug/pprof/{path} shows the incident")
        if not data:
            raise SystemExit(f"{name}: /debug/pprof/{path} answered with nothing")
        save(name, data)

    def save_trace(self, seconds: int, name: str) -> None:
        """Save a trace that has CPU samples in it, because the CPU profiler is on meanwhile."""
        for _ in range(6):
            with profiling(self, seconds + 1):
                data = self.fetch(f"trace?seconds={seconds}")
            if len(data) <= MAX_TRACE:
                return save(name, data)
        raise SystemExit(f"{name}: {len(data)} bytes, time and again; is this machine busy?")


def save(name: str, data: bytes) -> None:
    """Write a capture so that a reader sees the old one or the new one, never half of it."""
    partial = HERE / f".{name}.partial"
    try:
        partial.write_bytes(data)
        partial.replace(HERE / name)
    finally:
        partial.unlink(missing_ok=True)
    print(f"{name:32} {len(data) / 1024:8.1f} KiB", flush=True)


# Building and running --------------------------------------------------------------------------------------


def find_go() -> Path:
    """Prefer the go beside this Python: the Makefile installs a known version there."""
    beside = Path(sys.executable).with_name("go")
    if beside.exists():
        return beside
    found = shutil.which("go")
    if found is None:
        raise SystemExit("record.py needs Go: run `make samples`, or put the go executable on PATH.")
    return Path(found)


@contextlib.contextmanager
def work_folder() -> Iterator[None]:
    try:
        WORK.mkdir(mode=0o700)
    except FileExistsError:
        message = f"{WORK} exists: another recording is running, or one was killed and the folder can be removed."
        raise SystemExit(message) from None
    try:
        yield
    finally:
        shutil.rmtree(WORK)


def go_environment() -> dict[str, str]:
    """Keep Go off the network, away from the user's settings, and silent about what it did."""
    mode = WORK / "config/go/telemetry/mode"
    mode.parent.mkdir(parents=True, exist_ok=True)
    mode.write_text("off\n")
    ours = {
        "CGO_ENABLED": "0",
        "GOENV": "off",
        "GOFLAGS": "",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "XDG_CONFIG_HOME": str(WORK / "config"),
    }
    return os.environ | ours


def build(go: Path, program: str) -> Path:
    binary = WORK / program
    command = [str(go), "build", "-trimpath", "-buildvcs=false", "-o", str(binary), "."]
    if subprocess.run(command, cwd=HERE / program, env=go_environment()).returncode:
        raise SystemExit(f"record.py could not build {program}.")
    return binary


@contextlib.contextmanager
def running(binary: Path, *arguments: str, procs: int = 2) -> Iterator[Service]:
    """Start a service with an environment of its own, and end it however this ends."""
    environment = {"GOMAXPROCS": str(procs), "GODEBUG": "tracebacklabels=1"}
    with started([str(binary), "-addr", "127.0.0.1:0", *arguments], environment) as (_, address):
        host, _, port = address.rpartition(":")
        yield Service(host, int(port))


@contextlib.contextmanager
def started(command: list[str], environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a command that prints where it listens, and yield it and the address; it ends with the block."""
    with subprocess.Popen(command, cwd="/", env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, address(process)
        finally:
            stop(process)


def address(process: subprocess.Popen[str]) -> str:
    """Return where the service listens, as it prints; the thread lets us stop waiting for it."""
    assert process.stdout is not None
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda out: lines.put(out.readline()), args=(process.stdout,), daemon=True).start()
    try:
        line = lines.get(timeout=10).strip()
    except queue.Empty:
        line = ""
    if not line.startswith("listening on "):
        raise SystemExit("A service did not start: it printed no address.")
    return line.removeprefix("listening on ")


def stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()


# Load ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def load(service: Service, clients: int, rate: float, request: Callable[[random.Random], Request]) -> Iterator[None]:
    """Send `rate` requests a second in all, from `clients` connections, as long as the block lasts."""
    done = threading.Event()
    failures: list[Exception] = []

    def client(number: int) -> None:
        try:
            send(service, done, clients / rate, request, random.Random(number))
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()
    if failures:
        raise SystemExit(f"The load failed: {failures[0]!r}")


def send(
    service: Service,
    done: threading.Event,
    interval: float,
    request: Callable[[random.Random], Request],
    dice: random.Random,
) -> None:
    """Send requests one at a time, about one in `interval` seconds; a late answer delays the next."""
    connection = http.client.HTTPConnection(service.host, service.port, timeout=30)
    with contextlib.closing(connection):
        while not done.is_set():
            began = time.monotonic()
            wanted = request(dice)
            connection.request(wanted.method, wanted.path, wanted.body, wanted.headers)
            response = connection.getresponse()
            response.read()
            if response.status >= 500:
                raise RuntimeError(f"{wanted.path} answered {response.status}")
            done.wait(max(0.0, began + interval * dice.uniform(0.6, 1.4) - time.monotonic()))


@contextlib.contextmanager
def profiling(service: Service, seconds: int) -> Iterator[None]:
    """Keep the CPU profiler on for that long, and wait for it."""
    profiler = threading.Thread(target=service.fetch, args=(f"profile?seconds={seconds}",))
    profiler.start()
    time.sleep(0.3)
    try:
        yield
    finally:
        profiler.join()


# The three services ----------------------------------------------------------------------------------------


def clean_request(dice: random.Random) -> Request:
    """Make a hundred untidy records; one request in five only validates them."""
    records = [
        {
            "id": f"C{dice.randrange(10**8):08}",
            "name": f" {dice.choice(('Ada', 'Grace', 'Barbara'))}   {dice.choice(('Byron', 'Hopper'))} ",
            "email": f"Customer.{dice.randrange(10**6)}@Example.COM",
            "phone": f"+{dice.randrange(1, 99)} ({dice.randrange(999)}) {dice.randrange(10**6):06}",
        }
        for _ in range(100)
    ]
    path = "/v1/validate" if dice.random() < 0.2 else "/v1/clean"
    return Request("POST", path, json.dumps(records).encode(), {"X-Tenant": dice.choice(TENANTS)})


def record_dataclean(go: Path) -> None:
    binary = build(go, "dataclean")
    with running(binary) as service, load(service, 4, 80, clean_request):
        time.sleep(2)
        service.save("profile?seconds=12", "dataclean.cpu.pb.gz")
        service.save_trace(1, "dataclean.trace")
        service.save("allocs", "dataclean.allocs.pb.gz")
    with running(binary, "-fixed") as service, load(service, 4, 80, clean_request):
        time.sleep(2)
        service.save("profile?seconds=12", "dataclean.cpu-after.pb.gz")


def order_requests() -> Callable[[random.Random], Request]:
    numbers = itertools.count(1)

    def request(dice: random.Random) -> Request:
        lines = [{"sku": f"A-{dice.randrange(30_000):06}", "quantity": dice.randrange(1, 400)} for _ in range(40)]
        order = {"id": f"O-{next(numbers):06}", "buyer": f"B{dice.randrange(50)}", "lines": lines}
        return Request("POST", "/v1/orders", json.dumps(order).encode())

    return request


def record_epro(go: Path) -> None:
    with running(build(go, "epro")) as service, load(service, 2, 6, order_requests()):
        for number in range(1, 9):
            time.sleep(2.5)
            service.save("heap?gc=1", f"epro.heap.{number:02}.pb.gz")
        service.save("allocs", "epro.allocs.pb.gz")


def query_request(dice: random.Random) -> Request:
    term = f"part {dice.randrange(40_000):05}"
    return Request("GET", "/query?" + urlencode({"tenant": dice.choice(TENANTS), "q": term}))


def record_gateway(go: Path) -> None:
    binary = build(go, "gateway")
    # More procs than a small machine has processors: the lanes of the trace are what is wanted.
    with running(binary, procs=4) as service, load(service, 16, 100, query_request):
        began = time.monotonic()
        time.sleep(3)
        service.save("profile?seconds=12", "gateway.cpu.pb.gz")
        service.save_trace(2, "gateway.trace")
        # Go gives the age of a wait in minutes, and leaves out what is less than one.
        time.sleep(max(0.0, began + 75 - time.monotonic()))
        service.save("goroutine", "gateway.goroutine.pb.gz", showing=QUEUE)
        service.save("goroutine?debug=1", "gateway.goroutine.debug1.txt", showing=QUEUE)
        service.save("goroutine?debug=2", "gateway.goroutine.debug2.txt", showing=QUEUE)
        for kind in ("goroutineleak", "heap", "block", "mutex", "threadcreate"):
            service.save(kind, f"gateway.{kind}.pb.gz")


RECORDERS = {"dataclean": record_dataclean, "epro": record_epro, "gateway": record_gateway}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    programs_help = f"what to record again, of {', '.join(RECORDERS)} (default: everything)"
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help=programs_help)
    programs: list[str] = parser.parse_args().programs or list(RECORDERS)
    for unknown in set(programs) - set(RECORDERS):
        parser.error(f"no program {unknown!r}: choose from {', '.join(RECORDERS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("record.py was asked to stop."))
    go = find_go()
    with work_folder():
        for program in programs:
            RECORDERS[program](go)


if __name__ == "__main__":
    main()
