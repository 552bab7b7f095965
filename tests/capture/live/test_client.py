"""What is on the way to a target: proxies that the environment names, credentials, hosts that are none."""

import pytest

from capture.live.address import address
from capture.live.client import Client
from capture.live.errors import TargetError
from capture.open import CaptureError
from tests.capture.live.faults import serving
from tests.services.processes import free_port

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxies and no credentials but those of the test."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("GOSCOPE_TOKEN", "GOSCOPE_USER", "GOSCOPE_PASSWORD", "NETRC"):
        monkeypatch.delenv(name, raising=False)


async def said(url: str, path: str = "/debug/pprof/heap") -> str:
    """What went wrong with asking."""
    client = Client(address(url))
    try:
        with pytest.raises(TargetError) as caught:
            await client.text(path, within=30)
    finally:
        await client.close()
    return str(caught.value)


class TestProxies:
    async def test_one_that_is_not_there_is_not_taken_for_the_target(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for scheme in ("http", "https"):
            monkeypatch.setenv(f"{scheme}_proxy", f"http://me:s3cret@127.0.0.1:{free_port()}")
            found = await said(f"{scheme}://192.0.2.1:6060")
            assert "the proxy that the environment names does not answer" in found and "s3cret" not in found

    async def test_one_that_refuses_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with serving() as proxy:
            monkeypatch.setenv("https_proxy", proxy.url.replace("//", "//me:s3cret@"))
            found = await said("https://192.0.2.1:6060")
            assert "the proxy that the environment names refuses: 404" in found and "s3cret" not in found

    async def test_it_is_gone_through_and_not_to_this_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with serving() as proxy:
            monkeypatch.setenv("http_proxy", proxy.url)
            await said("http://192.0.2.1:6060", "/nothing")
            assert proxy.exchanges[-1].path == "/nothing"
            assert "nothing answers there" in await said(f"http://127.0.0.1:{free_port()}")

    @pytest.mark.parametrize("proxy", ["ftp://me:s3cret@h:1", "http://me:s3cret@h:port"])
    def test_one_that_cannot_be_used_is_a_sentence(self, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("all_proxy", proxy)
        with pytest.raises(CaptureError, match=r"192\.0\.2\.1:6060: the proxy .* cannot be used") as caught:
            Client(address("http://192.0.2.1:6060"))
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("host", ["xn--.example", f"{'a' * 80}.example"])
async def test_what_can_be_no_host_is_a_sentence(host: str) -> None:
    found = await said(f"http://{host}:6060")
    assert "cannot be asked under this address" in found or "no host of this name" in found


async def test_two_slashes_lead_to_no_other_host() -> None:
    async with serving() as server:
        client = Client(address(server.url))
        with pytest.raises(TargetError, match=r"there is no //example\.invalid/heap there"):
            await client.text("//example.invalid/heap", within=30)
        await client.close()


@pytest.mark.parametrize("token", ["s3cret\nthing", "s3cret thing", "s3crét"])
def test_a_token_that_is_none_is_a_sentence(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOSCOPE_TOKEN", token)
    with pytest.raises(CaptureError, match="GOSCOPE_TOKEN has something in it") as caught:
        Client(address("http://192.0.2.1:6060"))
    assert "s3cr" not in str(caught.value)


@pytest.mark.parametrize("home", ["/dev/null", "/nonexistent"])
def test_a_home_that_is_none_has_no_credentials(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", home)
    Client(address("http://192.0.2.1:6060"))


def test_who_has_no_home_has_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", lambda number: {}[number])
    Client(address("http://192.0.2.1:6060"))
