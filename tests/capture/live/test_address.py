"""What is typed for a process: where it leads, and that nothing secret of it is ever shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.live.address import address, is_address
from capture.open import CaptureError
from parsers.text import clean


@pytest.mark.parametrize(
    ("typed", "url", "shown", "label"),
    [
        ("http://localhost:6060", "http://localhost:6060", "localhost:6060", "web-7-6060"),
        ("http://localhost:6060/", "http://localhost:6060", "localhost:6060", "web-7-6060"),
        ("localhost:6060", "http://localhost:6060", "localhost:6060", "web-7-6060"),
        (":6060", "http://localhost:6060", "localhost:6060", "web-7-6060"),
        ("10.0.0.7:6060/debug/pprof", "http://10.0.0.7:6060/debug/pprof", "10.0.0.7:6060", "10-0-0-7-6060"),
        ("https://pay.example", "https://pay.example", "https://pay.example", "pay-example"),
        (
            "https://gw.example/pay/debug/pprof/",
            "https://gw.example/pay/debug/pprof",
            "https://gw.example/pay",
            "gw-example-pay",
        ),
        (
            "http://h:1/internal/debug/pprof",
            "http://h:1/internal/debug/pprof",
            "h:1/internal",
            "h-1-internal",
        ),
        ("http://h:1//debug/pprof", "http://h:1/debug/pprof", "h:1", "h-1"),
        ("http://[::1]:6060", "http://[::1]:6060", "[::1]:6060", "web-7-6060"),
        ("unix:/run/pay.sock", "http://localhost", "unix:/run/pay.sock", "web-7-pay"),
        ("unix:/run/pay.sock://x", "http://localhost/x", "unix:/run/pay.sock/x", "web-7-pay-x"),
        ("unix:/run/pay.sock:/x/debug/pprof", "http://localhost/x/debug/pprof", "unix:/run/pay.sock/x", "web-7-pay-x"),
    ],
)
def test_where_it_leads_and_what_it_is_called(
    typed: str, url: str, shown: str, label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "web-7.prod.example")
    found = address(typed)
    assert is_address(typed)
    assert (found.url, found.shown, found.label) == (url, shown, label)
    assert found.socket == ("/run/pay.sock" if typed.startswith("unix") else "")


def test_secrets_stay_where_nothing_prints_them() -> None:
    found = address("https://me:s%40cret@pay.example:8443/debug/pprof/heap?token=t0ken")
    assert (found.user, found.password, found.query) == ("me", "s@cret", "token=t0ken")
    assert (found.path, found.origin) == ("/debug/pprof/heap", "https://pay.example:8443")
    for text in (repr(found).replace(repr(found.query), ""), found.shown, found.label, found.url):
        assert "cret" not in text and "me:" not in text and "t0ken" not in text


@pytest.mark.parametrize(
    "typed",
    [
        "unix:/run/pay-{}/debug.sock",
        "http://localhost:8001/api/v1/namespaces/production/pods/payments-api-7d9f8c6b5-{}xkq2p:6060/proxy",
        "http://payments.a-very-long-name-of-a-service.production.svc.cluster.local:606{}",
    ],
)
def test_what_is_alike_but_for_its_end_has_names_of_its_own(typed: str) -> None:
    labels = [address(typed.format(number)).label for number in (1, 2)]
    assert labels[0] != labels[1] and max(map(len, labels)) <= 60


def test_a_certificate_may_be_any() -> None:
    found = address("https+insecure://pay.example")
    assert found.insecure and found.url == "https://pay.example"
    assert not address("https://pay.example").insecure


@pytest.mark.parametrize(
    ("typed", "one"),
    [
        ("http://h:1/debug/pprof/heap", True),
        ("http://h:1/x/pprof/profile?seconds=5", True),
        ("https://h/kept/cpu.pb.gz", True),
        ("https://h/kept/app.trace", True),
        ("http://h:1/debug/pprof", False),
        ("http://h:1/debug/pprof/", False),
        ("http://h:1", False),
        ("http://h:1/pay", False),
        ("unix:/run/pay.sock:/debug/pprof/heap", True),
        ("unix:/run/pay.pprof", False),
    ],
)
def test_one_capture_or_a_process(typed: str, one: bool) -> None:
    assert address(typed).is_capture is one


@pytest.mark.parametrize("name", ["cpu.pb.gz", "s3://bucket/x", "C:\\x", "unix:relative", "a:b", "dir/x:1", "-", ""])
def test_what_is_none(name: str) -> None:
    assert not is_address(name)


@pytest.mark.parametrize(
    "typed", ["http://", "http://h:99999", "http://[::1", "https://me:s3cret@", "http://h\x1b[2J/"]
)
def test_what_cannot_be_asked_is_said_in_a_sentence(typed: str) -> None:
    with pytest.raises(CaptureError) as caught:
        address(typed)
    assert "no address to ask" in str(caught.value) and "\x1b" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_sentence(text: str) -> None:
    for typed in (text, f"http://{text}", f"https://h{text}", f"unix:/{text}"):
        if is_address(typed):
            try:
                found = address(typed)
            except CaptureError as error:
                assert clean(str(error)) == str(error)
            else:
                assert clean(found.shown) == found.shown
                assert found.label and "/" not in found.label and "." not in found.label
