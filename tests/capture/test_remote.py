"""Captures at URLs: in memory, and on a server that speaks S3."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.open import CaptureError, display_name
from capture.remote import content, fetch, inside, is_url, shown

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def memory() -> Iterator[str]:
    system = fsspec.filesystem("memory")
    for name in ("/caps/b.pb.gz", "/caps/a.pb.gz", "/caps/.hidden", "/caps/deep/c.pb.gz"):
        system.pipe(name, name.encode())
    yield "memory://caps/"
    system.rm("/caps", recursive=True)


def names(found: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    return [("/".join(url.split("/")[-2:]), named) for url, named in found]


def test_a_directory_has_what_lies_in_it_and_with_recursion_below_it(memory: str) -> None:
    assert names(inside(memory)) == [("caps/a.pb.gz", False), ("caps/b.pb.gz", False)]
    assert [name for name, _ in names(inside(memory, recursive=True))] == [
        "caps/a.pb.gz",
        "caps/b.pb.gz",
        "deep/c.pb.gz",
    ]
    assert names(inside(memory + "[b-z]*")) == [("caps/b.pb.gz", True)]
    assert [content(url, 100) for url, _ in inside(memory)] == [b"/caps/a.pb.gz", b"/caps/b.pb.gz"]


def test_a_copy_is_called_as_the_url(memory: str, tmp_path: Path) -> None:
    copy = fetch(memory + "a.pb.gz", tmp_path, 100)
    assert copy.read_bytes() == b"/caps/a.pb.gz"
    assert (copy.name, display_name(copy)) == ("a.pb.gz", "memory://caps/a.pb.gz")


def test_a_name_leads_out_of_no_folder(tmp_path: Path) -> None:
    system = fsspec.filesystem("memory")
    system.pipe("/caps/x..\\\x1b[31m\n.pb", b"x")
    (url, _), *_ = inside("memory://caps/")
    try:
        copy = fetch(url, tmp_path, 100)
        assert tmp_path in copy.resolve().parents
        assert "\x1b" not in display_name(copy)
    finally:
        system.rm("/caps", recursive=True)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("memory://caps/none.pb", "memory://caps/none.pb: no such file"),
        ("memory://caps/x*", "memory://caps/x*: no such file"),
        ("file:///nowhere/at/all.pb", "file:///nowhere/at/all.pb: no such file"),
        ("klingon://u:secret@host/x", "klingon://host/x: Protocol not known: klingon"),
    ],
)
def test_what_is_not_there_is_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(CaptureError) as caught:
        inside(url)
    assert str(caught.value) == sentence


def test_no_more_is_read_than_there_is_room_for(memory: str) -> None:
    with pytest.raises(CaptureError, match="more than 0 MB: allow more with --max-memory"):
        content(memory + "a.pb.gz", 5)


def test_what_is_shown_has_no_secret() -> None:
    assert shown("sftp://me:pa@ss@host/a@b.pb") == "sftp://host/a@b.pb"
    assert shown("https://host/x.pb?token=abc") == "https://host/x.pb"
    assert is_url("s3://b/k") and not is_url("C:/x") and not is_url("/a/b")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket with a capture, on a server of this process that speaks S3."""
    pytest.importorskip("s3fs")
    server_module = pytest.importorskip("moto.server")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    system.mkdir("fleet")
    system.pipe("fleet/day/one.pb.gz", b"one")
    system.pipe("fleet/day/two.pb.gz", b"two")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    yield "s3://fleet"
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    server.stop()


def test_object_storage_is_listed_and_read(bucket: str) -> None:
    found = inside(f"{bucket}/day/")
    assert found == [("s3://fleet/day/one.pb.gz", False), ("s3://fleet/day/two.pb.gz", False)]
    assert [content(url, 10) for url, _ in found] == [b"one", b"two"]
    assert inside(f"{bucket}/day/one.pb.gz") == [("s3://fleet/day/one.pb.gz", True)]
    assert inside(f"{bucket}/*/t*") == [("s3://fleet/day/two.pb.gz", True)]
    with pytest.raises(CaptureError, match=r"^s3://fleet/day/three\.pb\.gz: no such file$"):
        content(f"{bucket}/day/three.pb.gz", 10)
