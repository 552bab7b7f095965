"""How much memory may be taken."""

from pathlib import Path

import pytest

from capture import memory
from capture.memory import default_budget, parse_size

GB = 1 << 30


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1024", 1024),
        ("512MB", 512 << 20),
        ("512 mb", 512 << 20),
        ("2g", 2 * GB),
        ("2GiB", 2 * GB),
        ("1.5 GiB", 3 * GB // 2),
        ("64k", 64 << 10),
        ("1T", 1 << 40),
        ("100b", 100),
        (" 7 ", 7),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "MB", "-1", "1x", "1 GBs", "1e9", "1,5G", "0x10", "1.G", ".5G", "1 2", "nan", "inf"]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size such as 512MB or 2GB") as caught:
        parse_size(text)
    assert text in str(caught.value)


def test_the_budget_is_half_of_what_is_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_host_available", lambda: 8 * GB)
    monkeypatch.setattr(memory, "_container_available", lambda: 1 << 62)
    assert default_budget() == 4 * GB
    monkeypatch.setattr(memory, "_container_available", lambda: GB)
    assert default_budget() == GB // 2


@pytest.mark.parametrize(
    ("files", "available"),
    [
        ({"memory.max": "1073741824\n", "memory.current": "73741824\n"}, 1_000_000_000),
        ({"memory.max": "100\n", "memory.current": "150\n"}, 0),
        ({"memory.max": "max\n", "memory.current": "73741824\n"}, 1 << 62),
        ({"memory.max": "1073741824\n"}, 1 << 62),
        ({}, 1 << 62),
        ({"memory.max": "words", "memory.current": ""}, 1 << 62),
    ],
    ids=["limited", "over its limit", "unlimited", "half told", "no container", "not a number"],
)
def test_a_containers_limit_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], available: int
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    monkeypatch.setattr(memory, "_host_available", lambda: 1 << 62)
    assert default_budget() == available // 2


def test_the_hosts_memory_is_known_on_this_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    assert 1 << 20 < default_budget() < 1 << 50


def test_without_proc_the_physical_memory_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(path: Path, *args: object, **kwargs: object) -> str:
        raise FileNotFoundError(str(path))

    monkeypatch.setattr(Path, "read_text", missing)
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1000}.__getitem__)
    assert default_budget() == 4096 * 1000 // 2
