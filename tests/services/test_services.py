"""The processes are what the tests take them for: each mount, guard and fault of theirs, asked as a client would."""

import json
import re
import ssl
import time
import urllib.error
import urllib.request
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from pathlib import Path
from socket import AF_UNIX, socket

import pytest
import trustme
from prometheus_client.parser import text_string_to_metric_families

from capture.open import read_any
from parsers.trace import Trace
from tests.services.processes import Services, Target, free_port

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
CLIENT_NAMES = {
    "go_goroutines",
    "go_threads",
    "go_gc_duration_seconds",
    "go_memstats_heap_inuse_bytes",
    "go_memstats_heap_alloc_bytes",
    "go_memstats_alloc_bytes_total",
    "process_cpu_seconds_total",
    "process_start_time_seconds",
    "process_resident_memory_bytes",
    "http_requests_total",
}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def ask(
    target: Target, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes, HTTPResponse | urllib.error.HTTPError]:
    """Status, body and response, redirects not followed."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
    request = urllib.request.Request(target.url + path, data, headers or {})
    try:
        with opener.open(request, timeout=30) as response:
            return response.status, response.read(), response
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error


def samples(target: Target) -> dict[str, float]:
    """What /metrics tells, by name and labels as Prometheus writes them."""
    status, body, _ = ask(target, "/metrics")
    assert status == 200
    return {
        sample.name + "".join(f"{{{key}={value}}}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


class TestSamples:
    @pytest.mark.parametrize("program", ["dataclean", "epro", "gateway"])
    def test_metrics_are_those_that_gos_client_library_gives(self, services: Services, program: str) -> None:
        with services.running(program) as target:
            ask(target, "/nowhere")
            _, body, response = ask(target, "/metrics")
            assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            kinds = {family.name: family.type for family in text_string_to_metric_families(body.decode())}
            # The parser leaves _total out of a counter's name.
            assert {name.removesuffix("_total") for name in CLIENT_NAMES} <= set(kinds)
            assert kinds["go_memstats_alloc_bytes"] == kinds["http_requests"] == "counter"
            assert kinds["go_gc_duration_seconds"] == "summary" and kinds["go_goroutines"] == "gauge"
            told = samples(target)
            assert told["http_requests_total{code=404}{method=get}"] == 1
            assert told["http_requests_total{code=200}{method=get}"] == 1
            assert abs(told["process_cpu_seconds_total"] - target.cpu()) < 1
            assert abs(told["process_start_time_seconds"] - time.time()) < 60

    def test_the_three_have_the_same_metrics(self) -> None:
        assert len({path.read_bytes() for path in SAMPLES.glob("*/metrics.go")}) == 1

    def test_the_flight_recorder_dumps_what_was(self, services: Services, tmp_path: Path) -> None:
        with services.running("gateway") as target:
            assert ask(target, "/query?tenant=t1&q=part+00001")[0] == 200
            for dump in ("one", "two"):
                status, body, _ = ask(target, "/debug/flightrecorder")
                assert status == 200
                (tmp_path / dump).write_bytes(body)
                trace = read_any(tmp_path / dump)
                assert isinstance(trace, Trace)

    def test_a_load_is_a_load(self, services: Services) -> None:
        with services.running("dataclean") as target:
            with target.load(rate=200):
                ask(target, "/debug/pprof/profile?seconds=1")
            told = samples(target)
            assert told["http_requests_total{code=200}{method=post}"] > 20
            assert target.cpu() > 0


class TestMounts:
    def test_own(self, services: Services) -> None:
        with services.running("mounts") as target:
            status, body, _ = ask(target, "/debug/pprof/")
            assert status == 200 and b"<title>/debug/pprof/</title>" in body and b"goroutineleak" in body
            assert ask(target, "/debug/pprof/heap")[1].startswith(b"\x1f\x8b")
            status, body, response = ask(target, "/debug/pprof/none")
            assert (status, body, response.headers["X-Go-Pprof"]) == (404, b"Unknown profile\n", "1")
            assert b"mounts\0-addr" in ask(target, "/debug/pprof/cmdline")[1]
            assert ask(target, "/metrics")[0] == 404

    def test_gin(self, services: Services) -> None:
        with services.running("mounts", "-style", "gin", "-cmdline=false") as target:
            status, _, response = ask(target, "/internal/debug/pprof?x=1")
            assert (status, response.headers["Location"]) == (301, "/internal/debug/pprof/?x=1")
            assert ask(target, "/internal/debug/pprof/heap/")[0] == 301
            assert b"goroutineleak" in ask(target, "/internal/debug/pprof/")[1]
            for name in ("goroutineleak", "cmdline"):
                status, body, response = ask(target, f"/internal/debug/pprof/{name}")
                assert status == 404 and json.loads(body)["code"] == "PAGE_NOT_FOUND"
            assert ask(target, "/internal/debug/pprof/heap")[1].startswith(b"\x1f\x8b")
            assert ask(target, "/debug/pprof/")[0] == 404

    def test_gozero(self, services: Services) -> None:
        with services.running("mounts", "-style", "gozero", "-metrics") as target:
            routes = json.loads(ask(target, "/anything")[1])
            assert routes[0] == "/" and "/metrics" in routes and "/debug/pprof/profile" in routes
            assert ask(target, "/healthz")[1] == b"OK"
            assert ask(target, "/debug/pprof/mutex")[1].startswith(b"\x1f\x8b")

    def test_misrouted(self, services: Services) -> None:
        with services.running("mounts", "-style", "misrouted") as target:
            status, body, _ = ask(target, "/internal/debug/pprof/heap")
            assert status == 200 and body.startswith(b"<html>")

    def test_a_unix_socket(self, services: Services, tmp_path: Path) -> None:
        path = tmp_path / "pprof.sock"
        with services.running("mounts", "-unix", str(path)) as target, socket(AF_UNIX) as connection:
            assert target.url == f"unix:{path}"
            connection.connect(str(path))
            client = HTTPConnection("localhost")
            client.sock = connection
            client.request("GET", "/debug/pprof/heap", headers={"Connection": "close"})
            assert client.getresponse().read().startswith(b"\x1f\x8b")

    def test_https(self, services: Services, tmp_path: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
        issued.private_key_pem.write_to_path(tmp_path / "key.pem")
        arguments = ("-cert", str(tmp_path / "cert.pem"), "-key", str(tmp_path / "key.pem"))
        with services.running("mounts", *arguments) as target:
            context = ssl.create_default_context()
            authority.configure_trust(context)
            with urllib.request.urlopen(target.url + "/debug/pprof/heap", context=context) as response:
                assert response.read().startswith(b"\x1f\x8b")

    @pytest.mark.parametrize(
        ("guard", "right"), [(("-basic", "me:pw"), "Basic bWU6cHc="), (("-bearer", "token"), "Bearer token")]
    )
    def test_credentials(self, services: Services, guard: tuple[str, str], right: str) -> None:
        with services.running("mounts", *guard) as target:
            assert ask(target, "/debug/pprof/")[0] == 401
            assert ask(target, "/debug/pprof/", headers={"Authorization": right + "x"})[0] == 401
            assert ask(target, "/debug/pprof/", headers={"Authorization": right})[0] == 200


class TestWriteTimeout:
    def test_an_old_go_refuses(self, services: Services) -> None:
        with services.running("mounts", "-write-timeout", "1s") as target:
            for path in ("profile?seconds=1", "trace?seconds=1.5", "heap?seconds=2", "profile"):
                status, body, response = ask(target, f"/debug/pprof/{path}")
                assert (status, response.headers["X-Go-Pprof"]) == (400, "1")
                assert body == b"profile duration exceeds server's WriteTimeout\n"
            assert ask(target, "/debug/pprof/heap")[0] == 200

    def test_a_new_one_waits(self, services: Services) -> None:
        with services.running("mounts", "-write-timeout", "1s", "-deadline", "new") as target:
            assert ask(target, "/debug/pprof/heap?seconds=1")[1].startswith(b"\x1f\x8b")

    def test_middleware_that_hides_the_connection_breaks_it_off(self, services: Services) -> None:
        with (
            services.running("mounts", "-write-timeout", "500ms", "-deadline", "hidden") as target,
            pytest.raises((RemoteDisconnected, urllib.error.URLError)),
        ):
            ask(target, "/debug/pprof/heap?seconds=1")


class TestState:
    def test_it_grows_when_told(self, services: Services) -> None:
        with services.running("mounts", "-metrics") as target:
            before = samples(target)
            assert ask(target, f"/grow?goroutines=500&heap={64 << 20}", b"")[0] == 200
            after = samples(target)
            assert after["go_goroutines"] - before["go_goroutines"] >= 490
            assert after["go_memstats_heap_inuse_bytes"] - before["go_memstats_heap_inuse_bytes"] >= 60 << 20
            text = ask(target, "/debug/pprof/goroutine?debug=1")[1].decode()
            assert re.search(r"^500 @.*\n.*\n?.*main\.wait", text, re.MULTILINE)

    def test_metrics_are_what_the_test_sets(self, services: Services) -> None:
        with services.running("mounts", "-metrics") as target:
            assert ask(target, "/set?series=queue_depth&value=7", b"")[0] == 200
            assert ask(target, "/set?series=errors_total%7Bcode%3D%22500%22%7D&value=1e3", b"")[0] == 200
            told = samples(target)
            assert (told["queue_depth"], told["errors_total{code=500}"]) == (7, 1000)
            assert ask(target, "/set?series=queue_depth&value=x", b"")[0] == 400


class TestEnds:
    def test_it_can_be_killed_and_started_at_the_same_port(self, services: Services) -> None:
        port = free_port()
        with services.running("mounts", port=port) as target:
            assert target.port == port
            target.kill()
            with pytest.raises(urllib.error.URLError):
                ask(target, "/debug/pprof/")
        with services.running("mounts", port=port) as target:
            assert ask(target, "/debug/pprof/")[0] == 200

    def test_it_hangs_and_goes_on(self, services: Services) -> None:
        with services.running("mounts") as target:
            with target.hung(), HTTPClient(target) as client:
                client.request("GET", "/debug/pprof/")
                with pytest.raises(TimeoutError):
                    client.getresponse()
            assert ask(target, "/debug/pprof/")[0] == 200


class HTTPClient(HTTPConnection):
    """A connection that soon gives up, and is closed when its block ends."""

    def __init__(self, target: Target) -> None:
        super().__init__("127.0.0.1", target.port, timeout=0.2)

    def __enter__(self) -> "HTTPClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def test_the_samples_tell_of_themselves_in_one_way() -> None:
    """Each is a program of its own, so the file is there three times."""
    assert len({(SAMPLES / program / "metrics.go").read_text() for program in ("dataclean", "epro", "gateway")}) == 1
