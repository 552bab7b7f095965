"""Whatever a target does wrong is one sentence, leaves nothing behind, and the next capture lands all the same."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from capture.live import index, whole
from capture.live.access import Tls
from capture.live.address import address
from capture.live.errors import TargetError
from capture.live.take import Take
from capture.live.target import Target
from capture.open import read_any
from tests.capture.live import faults
from tests.capture.live.certificates import authority, self_signed
from tests.capture.live.faults import Fault, redirect, serving
from tests.services.processes import Services
from tests.services.processes import Target as Process

HEAP = Take("heap")
SHORT = 1.0  # the patience for what hangs
MOST = 4 << 20
WANTS = "it wants credentials: GOSCOPE_TOKEN, or GOSCOPE_USER and GOSCOPE_PASSWORD, or ~/.netrc"


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No credentials of the one who runs the tests."""
    for name in ("GOSCOPE_TOKEN", "GOSCOPE_USER", "GOSCOPE_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path_factory.getbasetemp() / "no-netrc"))


@asynccontextmanager
async def asking(url: str, tls: Tls | None = None, *, patience: float = 30.0) -> AsyncIterator[Target]:
    target = Target(address(url), tls, patience=patience)
    try:
        yield target
    finally:
        await target.close()


async def refused(target: Target, folder: Path, take: Take = HEAP) -> TargetError:
    """The error that a capture ends with; there is no trace of it in the folder."""
    with pytest.raises(TargetError) as caught:
        await target.take(take, folder, most=MOST, why="test")
    assert not list(folder.iterdir())
    assert "\n" not in str(caught.value)
    return caught.value


async def lands(target: Target, folder: Path, take: Take = HEAP) -> None:
    """A capture lands whole, and nothing else."""
    took = await target.take(take, folder)
    assert list(folder.iterdir()) == [took.path]
    read_any(took.path)


BROKEN = {
    "drop": (faults.drop, "it hung up before it answered: has the process ended?"),
    "drop in a chunk": (faults.drop_in_chunk, "it hung up in the middle: has the process ended?"),
    "drop between chunks": (faults.drop_between_chunks, "it hung up in the middle: has the process ended?"),
    "reset": (faults.reset, "it hung up in the middle: has the process ended?"),
    "HTTP/1.0, cut short": (faults.old_and_short, "half a gzip, cut off after 501 bytes"),
    "no HTTP": (faults.no_http, "what it answers is not HTTP"),
    "a megabyte of headers": (faults.large_head, "what it answers is not HTTP"),
    "half": (faults.half, "half a gzip, cut off after 501 bytes"),
    "half, not packed": (
        faults.half_unpacked,
        "not a valid profile: it ends in the middle of a field, or is damaged",
    ),
    "damaged": (faults.damaged, "damaged gzip"),
    "nothing": (faults.says(b""), "it answered with nothing"),
    "endless": (faults.endless, "damaged gzip: something else follows the compressed data"),
    "endless and not packed": (faults.endless_plain, "more than 4 MB"),
    "half an encoding": (faults.half_encoded, "half a gzip, cut off after 991 bytes"),
    "no encoding": (faults.not_encoded, "its answer is not packed as it says (Content-Encoding)"),
    "a login page": (
        faults.LOGIN,
        "it answered with an HTML page (of a login, or of an error?) instead of a profile",
    ),
    "a login elsewhere": (
        redirect("https://u:pw@sso.example.org/login?token=secret"),
        "it redirects to https://sso.example.org/login (a login?): name that address if it is meant",
    ),
    "a redirect in circles": (redirect("/debug/pprof/heap"), "it redirects in circles"),
    "a redirect to nowhere": (redirect("http://[::"), "it redirects to no address"),
    "a redirect to a file": (
        redirect("file:///etc/passwd"),
        "it redirects to file:///etc/passwd (a login?): name that address if it is meant",
    ),
    "401": (faults.UNAUTHORIZED, WANTS),
    "403": (faults.FORBIDDEN, "it does not allow /debug/pprof/heap"),
    "404 in JSON": (faults.NO_ROUTE, "there is no /debug/pprof/heap there"),
    "404 of Go": (faults.UNKNOWN, "there is no /debug/pprof/heap there"),
    "429": (faults.TOO_MANY, "it answers 429 Too Many Requests: slow down"),
    "503": (faults.UNAVAILABLE, "it answers 503 Service Unavailable: upstream connect error"),
    "an escape in an error": (
        faults.refuse(502, "Bad Gateway", "\x1b]0;owned\x07no upstream"),
        r"it answers 502 Bad Gateway: \x1b]0;owned\x07no upstream",
    ),
}


@pytest.mark.parametrize(("fault", "sentence"), BROKEN.values(), ids=BROKEN.keys())
async def test_a_fault_is_one_sentence_and_then_over(tmp_path: Path, fault: Fault, sentence: str) -> None:
    async with serving() as server, asking(server.url) as target:
        server.fails("heap", fault)
        assert str(await refused(target, tmp_path)) == f"{server.place}: heap: {sentence}"
        await server.idle()
        server.heals()
        await lands(target, tmp_path)


HANGING = {
    "before the header": (faults.hang, "no answer within 1 s"),
    "in the header": (faults.hang_in_head, "no answer within 1 s"),
    "in the middle": (faults.hang_midway, "no end of its answer after 501 bytes within 1 s"),
    "in an error": (faults.refuse_and_hang, "no answer within 1 s"),
}


@pytest.mark.parametrize(("fault", "sentence"), HANGING.values(), ids=HANGING.keys())
async def test_nobody_waits_for_one_that_hangs(tmp_path: Path, fault: Fault, sentence: str) -> None:
    async with serving() as server, asking(server.url, patience=SHORT) as target:
        server.fails("heap", fault)
        assert str(await refused(target, tmp_path)) == f"{server.place}: heap: {sentence}"
        await server.idle()
        server.heals()
        await lands(target, tmp_path)


async def test_nobody_waits_for_one_that_drips(tmp_path: Path) -> None:
    async with serving() as server, asking(server.url, patience=SHORT) as target:
        server.fails("heap", faults.drip)
        assert "no end of its answer after" in str(await refused(target, tmp_path))
        await server.idle()


async def test_who_gives_up_hangs_up(tmp_path: Path) -> None:
    async with serving() as server, asking(server.url) as target:
        server.fails("profile", faults.hang_midway)
        taking = asyncio.ensure_future(target.take(Take("cpu", 10), tmp_path))
        await server.request("profile")
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        await server.idle()
        assert not list(tmp_path.iterdir())
        server.heals()
        await lands(target, tmp_path, Take("cpu", 10))


async def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "_MOST", 1 << 26)
    async with serving() as server, asking(server.url) as target:
        server.fails("heap", faults.bomb)
        assert "a gzip of more than" in str(await refused(target, tmp_path))
        await server.idle()


async def test_what_is_packed_by_the_way_is_unpacked(tmp_path: Path) -> None:
    packed = faults.profile("heap")
    async with serving() as server, asking(server.url) as target:
        for fault, landed in ((faults.twice_packed, packed), (faults.said_to_be_packed, gzip.decompress(packed))):
            server.fails("heap", fault)
            took = await target.take(HEAP, tmp_path)
            assert took.path.read_bytes() == landed
            read_any(took.path)


@pytest.mark.parametrize("fault", [faults.half, faults.old_and_short])
async def test_half_a_trace_is_none(tmp_path: Path, fault: Fault) -> None:
    async with serving() as server, asking(server.url) as target:
        server.fails("trace", fault)
        assert "trace=2s: half a trace" in str(await refused(target, tmp_path, Take("trace", 2)))
        server.heals()
        await lands(target, tmp_path, Take("trace", 2))


async def test_what_was_asked_for_is_what_must_come(tmp_path: Path) -> None:
    async with serving() as server, asking(server.url) as target:
        server.fails("heap", faults.says(faults.profile("trace")))
        assert "instead of a profile" in str(await refused(target, tmp_path))
        server.fails("trace", faults.says(faults.profile("heap")))
        assert "instead of a trace" in str(await refused(target, tmp_path, Take("trace", 2)))


async def test_slashes_in_circles(tmp_path: Path) -> None:
    async with serving() as server, asking(server.url) as target:
        server.fails("heap", redirect("/debug/pprof/heap/", 301, "Moved Permanently"))
        server.fails("heap/", redirect("/debug/pprof/heap", 301, "Moved Permanently"))
        assert str(await refused(target, tmp_path)).endswith("it redirects in circles")
        assert len(server.asked("heap")) + len(server.asked("heap/")) <= 10


async def test_go_says_itself_what_cannot_be(tmp_path: Path) -> None:
    async with serving() as server, asking(server.url) as target:
        await target.look()
        server.fails("profile", faults.IN_USE, faults.TOO_LONG)
        busy = await refused(target, tmp_path, Take("cpu", 10))
        assert str(busy).endswith("cpu=10s: Could not enable CPU profiling: cpu profiling already in use")
        assert busy.busy and not busy.struggling
        long = await refused(target, tmp_path, Take("cpu", 10))
        assert str(long).endswith("cpu=10s: profile duration exceeds server's WriteTimeout")
        assert not long.busy and not long.struggling


async def test_it_says_how_long_it_wants_to_be_left_alone(tmp_path: Path) -> None:
    async with serving() as server, asking(server.url) as target:
        server.fails("heap", faults.TOO_MANY, faults.UNAVAILABLE)
        found = [await refused(target, tmp_path) for _ in range(2)]
        assert [(each.status, each.rest, each.struggling) for each in found] == [(429, 7, True), (503, 120, True)]


async def test_credentials_are_not_sent_after_a_redirect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOSCOPE_TOKEN", "s3cret")
    async with serving() as server, serving() as other, asking(server.url) as target:
        server.fails("heap", redirect(f"{other.url}/debug/pprof/heap"))
        assert "s3cret" not in str(await refused(target, tmp_path))
        assert server.asked("heap")[0].headers["authorization"] == "Bearer s3cret"
        assert not other.exchanges
        server.fails("heap", faults.UNAUTHORIZED)
        assert str(await refused(target, tmp_path)).endswith("it does not take these credentials")


class TestIndex:
    @pytest.mark.parametrize(
        ("fault", "sentence"),
        [
            (faults.drop, "it hung up before it answered: has the process ended?"),
            (faults.no_http, "what it answers is not HTTP"),
            (faults.endless, "more than 1 MB"),
            (faults.UNAUTHORIZED, WANTS),
            (faults.UNAVAILABLE, "it answers 503 Service Unavailable: upstream connect error"),
        ],
    )
    async def test_a_fault_there_is_a_sentence_too(self, tmp_path: Path, fault: Fault, sentence: str) -> None:
        async with serving() as server, asking(server.url) as target:
            server.fails("", fault)
            assert str(await refused(target, tmp_path)) == f"{server.place}: {sentence}"
            server.heals()
            await lands(target, tmp_path)

    async def test_it_hangs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(index, "_WITHIN", SHORT)
        async with serving() as server, asking(server.url) as target:
            server.fails("", faults.hang)
            assert str(await refused(target, tmp_path)) == f"{server.place}: no answer within 1 s"
            server.heals()
            server.fails("cmdline", faults.hang)
            await lands(target, tmp_path)

    async def test_there_is_none(self, tmp_path: Path) -> None:
        async with serving() as server, asking(server.url) as target:
            for name in ("", "goroutine", "heap"):
                server.fails(name, faults.LOGIN)
            assert "no profiles at /debug/pprof/" in str(await refused(target, tmp_path))


class TestCertificates:
    @pytest.mark.parametrize("fault", ["name", "expired", "self-signed", "unknown"])
    async def test_one_that_is_not_valid(self, tmp_path: Path, fault: str) -> None:
        kept = tmp_path / "kept"
        kept.mkdir()
        signs = authority(tmp_path)
        context = {
            "name": signs.server("db.example.org"),
            "expired": signs.server("127.0.0.1", expired=True),
            "self-signed": self_signed(),
            "unknown": signs.server("127.0.0.1"),
        }[fault]
        says = {
            "name": "IP address mismatch, certificate is not valid for '127.0.0.1'.",
            "expired": "certificate has expired",
            "self-signed": "self-signed certificate",
            "unknown": "unable to get local issuer certificate",
        }[fault]
        known = Tls(ca="" if fault in ("self-signed", "unknown") else str(signs.ca))
        async with serving(context) as server, asking(server.url, known) as target:
            found = str(await refused(target, kept))
            lead = f"{server.url}: its certificate is not valid: {says}"
            assert found == f"{lead} (--tls-ca names who signed it)"

    async def test_the_server_wants_one_as_well(self, tmp_path: Path) -> None:
        kept = tmp_path / "kept"
        kept.mkdir()
        signs = authority(tmp_path)
        cert, key = signs.client(tmp_path)
        async with serving(signs.server("127.0.0.1", clients=True)) as server:
            async with asking(server.url, Tls(str(signs.ca))) as target:
                found = str(await refused(target, kept))
                assert "--tls-cert" in found or "it hung up" in found
            async with asking(server.url, Tls(str(signs.ca), str(cert), str(key))) as target:
                await lands(target, kept)

    async def test_it_says_nothing_of_tls(self, tmp_path: Path) -> None:
        """One that is stopped is not one without TLS."""
        kept = tmp_path / "kept"
        kept.mkdir()
        signs = authority(tmp_path)
        known = Tls(str(signs.ca))
        async with serving(signs.server("127.0.0.1")) as server, asking(server.url, known, patience=SHORT) as target:
            server.fails("heap", faults.hang, faults.hang_midway)
            assert str(await refused(target, kept)).endswith("heap: no answer within 1 s")
            assert str(await refused(target, kept)).endswith("heap: no end of its answer after 501 bytes within 1 s")
            await server.idle()

    async def test_https_where_there_is_none_and_http_where_there_is(self, services: Services, tmp_path: Path) -> None:
        kept = tmp_path / "kept"
        kept.mkdir()
        signs = authority(tmp_path)
        cert, key = signs.client(tmp_path)
        with services.running("mounts") as process:
            async with asking(process.url.replace("http:", "https:")) as target:
                found = str(await refused(target, kept))
                assert found.endswith("it does not speak TLS, or another: write http:// if it has none")
        with services.running("mounts", "-cert", str(cert), "-key", str(key)) as process:
            async with asking(process.url.replace("https:", "http:")) as target:
                assert str(await refused(target, kept)).endswith("it speaks TLS: write https://")


class TestProcesses:
    """Real ones, which end or hang as they do."""

    async def test_it_is_killed_while_a_profile_is_taken(self, services: Services, tmp_path: Path) -> None:
        with services.running("mounts") as process:
            async with asking(process.url) as target:
                taking = asyncio.ensure_future(target.take(Take("cpu", 30), tmp_path))
                await profiled(process)
                process.kill()
                with pytest.raises(TargetError, match="has the process ended"):
                    await taking
                assert not list(tmp_path.iterdir())
                assert "nothing answers there" in str(await refused(target, tmp_path))
            port = process.port
            with services.running("mounts", port=port) as again:
                async with asking(again.url) as target:
                    await lands(target, tmp_path)

    async def test_it_hangs_and_comes_back(self, services: Services, tmp_path: Path) -> None:
        with services.running("mounts") as process:
            async with asking(process.url, patience=SHORT) as target:
                await target.look()
                with process.hung():
                    assert str(await refused(target, tmp_path)).endswith("heap: no answer within 1 s")
            async with asking(process.url) as target:
                await lands(target, tmp_path)

    async def test_it_hides_its_write_timeout(self, services: Services, tmp_path: Path) -> None:
        with services.running("mounts", "-write-timeout", "500ms", "-deadline", "hidden") as process:
            async with asking(process.url) as target:
                found = str(await refused(target, tmp_path, Take("cpu", 1)))
                assert "cpu=1s: it hung up before it answered" in found
                await lands(target, tmp_path)

    async def test_an_index_that_answers_for_every_profile(self, services: Services, tmp_path: Path) -> None:
        with services.running("mounts", "-style", "misrouted") as process:
            async with asking(f"{process.url}/internal/debug/pprof") as target:
                found = str(await refused(target, tmp_path))
                assert "instead of a profile" in found and "\x1b" not in found


async def profiled(process: Process) -> None:
    """Wait until the process has its CPU profiler on."""
    async with asking(process.url) as target:
        while (
            "runtime/pprof.profileWriter"
            not in (await target.client.text("/debug/pprof/goroutine?debug=1", within=9))[0]
        ):
            pass


@pytest.mark.parametrize("hostile", ["<td>1" + " " * 900_000, "<td" * 300_000, "<td>" + "1" * 900_000])
async def test_a_page_that_is_made_to_hold_everything_up_is_read_as_any(hostile: str) -> None:
    async with serving() as server:
        server.fails("", faults.says(faults.index() + hostile.encode(), content_type="text/html"))
        async with asking(server.url) as target:
            assert {offer.kind for offer in (await target.look()).offers} >= {"heap", "cpu", "trace"}


async def test_two_of_a_kind_in_one_moment_have_names_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capture.live.target.time.time_ns", lambda: 10**18)
    async with serving() as server, asking(server.url) as target:
        await target.look()
        await asyncio.gather(*(target.take(HEAP, tmp_path, why=why) for why in ("", "event")))
        assert len(list(tmp_path.glob("*.pb.gz"))) == 2
