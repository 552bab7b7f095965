"""Real Go processes, however they serve pprof: what they offer is found, and each capture of it lands whole."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from analysis.info import info
from capture.beside import WHY
from capture.live.access import Tls
from capture.live.address import address
from capture.live.errors import TargetError
from capture.live.events import Begun, Event
from capture.live.take import takes
from capture.live.target import Target
from capture.open import CaptureError, read, read_any
from parsers.trace.model import Trace
from tests.services.processes import Services

ALL = {"allocs", "block", "cpu", "goroutine", "heap", "mutex", "threadcreate", "trace"}


@asynccontextmanager
async def at(url: str, tls: Tls | None = None, patience: float = 30.0) -> AsyncIterator[Target]:
    target = Target(address(url), tls, patience=patience)
    try:
        yield target
    finally:
        await target.close()


async def landed(target: Target, kinds: str, into: Path, why: str = "") -> list[Path]:
    return [(await target.take(take, into, why=why)).path for take in takes(kinds)]


@pytest.mark.parametrize(
    ("arguments", "below", "base"),
    [
        ((), "", "/debug/pprof"),
        ((), "/debug/pprof", "/debug/pprof"),
        (("-style", "gozero"), "", "/debug/pprof"),
        (("-style", "gin"), "/internal/debug/pprof", "/internal/debug/pprof"),
        (("-style", "gin"), "/internal/debug/pprof/", "/internal/debug/pprof"),
        (("-style", "gin"), "/internal", "/internal/debug/pprof"),
        (("-style", "gin", "-prefix", "/ops"), "/ops", "/ops"),
    ],
)
async def test_profiles_are_found_where_a_framework_puts_them(
    services: Services, tmp_path: Path, arguments: tuple[str, ...], below: str, base: str
) -> None:
    with services.running("mounts", *arguments) as process:
        async with at(process.url + below) as target:
            index = await target.look()
            assert (index.base, index.program) == (base, "mounts")
            assert {offer.kind for offer in index.offers} >= ALL
            for path in await landed(target, "cpu=1s,heap,goroutine,heap=1s", tmp_path):
                assert info(read(path)).program == "mounts"
            (traced,) = await landed(target, "trace=100ms", tmp_path)
            assert isinstance(read_any(traced), Trace)
    kinds = {tuple(path.name.split(".")[1:3]) for path in tmp_path.iterdir()}
    assert kinds == {("mounts", kind) for kind in ("cpu", "goroutine", "heap", "heap-delta", "trace")}


async def test_through_a_unix_socket(services: Services, tmp_path: Path) -> None:
    with services.running("mounts", "-unix", str(tmp_path / "pay.sock")) as process:
        async with at(process.url) as target:
            (path,) = await landed(target, "goroutine", tmp_path)
            assert read(path).n_samples > 0 and ".mounts.goroutine." in path.name


async def test_a_program_that_does_not_tell_its_name_is_known_by_its_first_profile(
    services: Services, tmp_path: Path
) -> None:
    with services.running("mounts", "-style", "gin", "-cmdline=false") as process:
        async with at(f"{process.url}/internal/debug/pprof") as target:
            assert (await target.look()).program == ""
            first, second = await landed(target, "heap,goroutine", tmp_path)
            assert ".mounts." not in first.name and ".mounts.goroutine." in second.name


async def test_where_profiles_are_routed_without_a_page_the_usual_ones_are_offered(services: Services) -> None:
    with services.running("mounts", "-style", "gin") as process:
        async with at(f"{process.url}/nowhere") as target:
            with pytest.raises(TargetError, match="no profiles at /nowhere/debug/pprof/ nor /nowhere/"):
                await target.look()


class TestCredentials:
    async def test_there_have_to_be_some_and_the_right_ones(
        self, services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        with services.running("mounts", "-basic", "me:s3cret") as process:
            async with at(process.url) as target:
                with pytest.raises(TargetError, match="wants credentials: GOSCOPE_TOKEN"):
                    await target.look()
            monkeypatch.setenv("GOSCOPE_USER", "me")
            monkeypatch.setenv("GOSCOPE_PASSWORD", "wr0ng")
            async with at(process.url) as target:
                with pytest.raises(TargetError, match="does not take these credentials") as caught:
                    await target.look()
                assert "wr0ng" not in str(caught.value)
            monkeypatch.setenv("GOSCOPE_PASSWORD", "s3cret")
            async with at(process.url) as target:
                assert await target.look()

    async def test_in_the_address(self, services: Services, tmp_path: Path) -> None:
        with services.running("mounts", "-basic", "me:s3cret") as process:
            async with at(process.url.replace("://", "://me:s3cret@")) as target:
                (path,) = await landed(target, "heap", tmp_path)
                assert "s3cret" not in path.name

    async def test_in_netrc(self, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        with services.running("mounts", "-basic", "me:s3cret") as process:
            async with at(process.url) as target:
                assert await target.look()

    async def test_a_token(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        with services.running("mounts", "-bearer", "t0ken") as process:
            monkeypatch.setenv("GOSCOPE_TOKEN", "t0ken")
            async with at(process.url) as target:
                assert await target.look()

    def test_a_netrc_that_cannot_be_read_gives_nothing_away(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine h login me passwort s3cret\n")
        monkeypatch.setenv("NETRC", str(netrc))
        with pytest.raises(CaptureError, match="cannot be read as a netrc file") as caught:
            Target(address("http://h:1"))
        assert "s3cret" not in str(caught.value)


class TestCertificates:
    async def test_whoever_signed_it_can_be_named(
        self, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "all.pem"))
        pem = str(tmp_path / "all.pem")
        with services.running("mounts", "-cert", pem, "-key", pem) as process:
            async with at(process.url, Tls(ca=str(tmp_path / "ca.pem"))) as target:
                assert await target.look()
            monkeypatch.setenv("GOSCOPE_TLS_CA", str(tmp_path / "ca.pem"))
            async with at(process.url) as target:
                assert await target.look()
            monkeypatch.delenv("GOSCOPE_TLS_CA")
            async with at(process.url) as target:
                with pytest.raises(TargetError, match="its certificate is not valid: unable to get"):
                    await target.look()
            async with at(process.url.replace("https", "https+insecure")) as target:
                assert await target.look()

    def test_files_that_are_none_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "key.pem").write_text("no key")
        with pytest.raises(CaptureError, match=r"key\.pem: cannot be used as certificate or key"):
            Target(address("https://h"), Tls(ca=str(tmp_path / "key.pem")))


async def test_one_cpu_profile_or_trace_at_a_time(services: Services, tmp_path: Path) -> None:
    """Go refuses a second CPU profile: that both come tells that they did not overlap."""
    begun: list[str] = []

    def tell(event: Event) -> None:
        assert isinstance(event, Begun)
        begun.append(event.take.kind)

    with services.running("mounts") as process:
        async with at(process.url) as target:
            await target.look()
            cpu, heap = takes("cpu=1s,heap")
            await asyncio.gather(*(target.take(each, tmp_path, tell=tell) for each in (cpu, cpu, heap)))
    assert begun == ["cpu", "heap", "cpu"]
    assert len(list(tmp_path.iterdir())) == 3


async def test_somebody_else_may_be_taking_one(services: Services, tmp_path: Path) -> None:
    with services.running("mounts") as process:
        async with at(process.url) as one, at(process.url) as other:
            (cpu,) = takes("cpu=30s")
            started = asyncio.Event()
            first = asyncio.ensure_future(one.take(cpu, tmp_path, tell=lambda event: started.set()))
            await started.wait()
            # Whichever comes to it first is taken, and the other refused.
            second = asyncio.ensure_future(other.take(cpu, tmp_path))
            await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
            for task in (first, second):
                task.cancel()
            found = await asyncio.gather(first, second, return_exceptions=True)
            (refused,) = [each for each in found if isinstance(each, TargetError)]
            assert refused.busy and not refused.struggling and "already in use" in str(refused)
    assert not list(tmp_path.iterdir())


async def test_a_process_hears_that_nobody_wants_its_profile_any_more(services: Services, tmp_path: Path) -> None:
    with services.running("mounts") as process:
        async with at(process.url) as target:
            (long, short) = takes("cpu=60s,cpu=1s")
            task = asyncio.ensure_future(target.take(long, tmp_path))
            await asyncio.sleep(0)
            while not task.done() and not list(tmp_path.glob(".goscope-*")):
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not list(tmp_path.iterdir())
            while True:
                try:
                    took = await target.take(short, tmp_path)
                except TargetError as error:
                    assert error.busy
                else:
                    break
            assert took.path.exists()


async def test_why_it_was_taken_lies_beside_it(services: Services, tmp_path: Path) -> None:
    with services.running("mounts") as process:
        async with at(process.url) as target:
            (path,) = await landed(target, "goroutine", tmp_path, why="go_goroutines > 5000: 7312")
            assert path.with_name(path.name + WHY).read_text() == "go_goroutines > 5000: 7312\n"
            with pytest.raises(TargetError, match="there is no /debug/pprof/mine there"):
                await landed(target, "mine", tmp_path, why="because")
    assert len(list(tmp_path.iterdir())) == 2


async def test_what_a_flight_recorder_has(services: Services, tmp_path: Path) -> None:
    with services.running("gateway") as process:
        async with at(process.url) as target:
            for path in await landed(target, "flight,flight=/debug/flightrecorder", tmp_path):
                assert isinstance(read_any(path), Trace) and ".gateway.flight." in path.name
    with services.running("epro") as process:
        async with at(process.url) as target:
            with pytest.raises(TargetError, match="serves no recorder at the usual places"):
                await landed(target, "flight", tmp_path)


async def test_a_difference_is_of_a_time(services: Services, tmp_path: Path) -> None:
    with services.running("mounts") as process:
        async with at(process.url) as target:
            (path,) = await landed(target, "heap=1s", tmp_path)
            assert 0.9e9 < read(path).duration_ns < 5e9
            with pytest.raises(CaptureError, match="no difference of mine"):
                takes("mine=1s")


async def test_files_are_for_whom_others_here_are(services: Services, tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    with services.running("mounts") as process:
        async with at(process.url) as target:
            (path,) = await landed(target, "heap", tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)
