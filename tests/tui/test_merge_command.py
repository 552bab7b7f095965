"""`goscope merge`: the same file whoever works on it, and what becomes of what cannot be merged."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.merge import merge
from analysis.top import top
from analysis.view import View
from capture.open import read
from parsers.profile import read_profile
from parsers.profile.encode import encode
from tests import build
from tests.hosts import captures
from tests.tui.running import CPU, SAMPLES, TRACE
from tui import merging
from tui.__main__ import main
from tui.merging import Cluster, Here, Merged, Source, leaf, merged, node


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Captures of one program on many hosts: other samples, other addresses, other weights."""
    folder = tmp_path_factory.mktemp("hosts")
    captures(folder, 40, kept=0.2)
    return folder


def test_it_is_one_profile_of_all(hosts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "all.pb.gz"
    assert main(["merge", str(hosts), "-o", str(out), "-j", "1"]) == 0
    assert "40 captures" in capsys.readouterr().out
    found, plain = read(out), merge([read(path) for path in sorted(hosts.iterdir())])
    assert rows(found) == rows(plain) and found.duration_ns == plain.duration_ns and found.time_ns == plain.time_ns


def rows(profile: object) -> dict[str, tuple[int, int]]:
    result = top(profile, View())  # type: ignore[arg-type]
    return {
        result.nodes.label(node): (int(result.flat[node]), int(result.cum[node])) for node in range(len(result.nodes))
    }


def test_processes_make_the_same_bytes_in_any_order(hosts: Path, tmp_path: Path) -> None:
    names = sorted(map(str, hosts.iterdir()))
    one, two = tmp_path / "1.pb.gz", tmp_path / "2.pb.gz"
    assert main(["merge", *names, "-o", str(one), "-j", "1"]) == 0
    random.Random(7).shuffle(names)
    assert main(["merge", *names, "-o", str(two), "-j", "2"]) == 0
    assert one.read_bytes() == two.read_bytes()


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as running:
        yield running.scheduler_address


def test_a_cluster_makes_the_same_bytes(hosts: Path, tmp_path: Path, cluster: str) -> None:
    one, two = tmp_path / "1.pb.gz", tmp_path / "2.pb.gz"
    assert main(["merge", str(hosts), "-o", str(one), "-j", "1"]) == 0
    assert main(["merge", str(hosts), "-o", str(two), "--dask", cluster]) == 0
    assert one.read_bytes() == two.read_bytes()


def test_a_cluster_tells_what_could_not_be_read(
    hosts: Path, tmp_path: Path, cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted(hosts.iterdir())[:3]:
        shutil.copy(path, tmp_path)
    (tmp_path / "broken.pb").write_bytes(b"\x0a")
    names = sorted(str(path) for path in tmp_path.iterdir())
    assert main(["merge", *names, "-o", str(tmp_path / "out"), "--dask", cluster]) == 1
    told = capsys.readouterr()
    assert "broken.pb" in told.err and "3 captures" in told.out and len(told.err.splitlines()) == 1


def test_workers_of_another_version_are_refused(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99")
    with pytest.raises(Exception, match="need goscope 99; they have"):
        Cluster(cluster)


def test_no_cluster_is_told(hosts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["merge", str(hosts), "-o", str(tmp_path / "out"), "--dask", "nonsense://x"]
    assert main(arguments) == 1
    assert "no cluster answers at nonsense://x" in capsys.readouterr().err


def test_without_the_extra_a_sentence_says_how_to_have_it(
    hosts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    assert main(["merge", str(hosts), "-o", str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:1"]) == 1
    assert capsys.readouterr().err == "goscope: --dask needs the extra fleet: pip install 'goscope[fleet]'\n"


def test_a_file_that_is_there_stays(hosts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "all.pb.gz"
    out.write_text("mine")
    assert main(["merge", str(hosts), "-o", str(out), "-j", "1"]) == 1
    assert "--force" in capsys.readouterr().err and out.read_text() == "mine"
    assert main(["merge", str(hosts), "-o", str(out), "-j", "1", "--force"]) == 0
    assert read(out).n_samples


def test_traces_and_broken_files_are_told_and_left_out(
    hosts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.pb").write_bytes(b"")
    names = [str(next(hosts.iterdir())), str(tmp_path / "empty.pb"), str(TRACE), str(tmp_path / "gone.pb")]
    assert main(["merge", *names, "-o", str(tmp_path / "out"), "-j", "1"]) == 1
    told = capsys.readouterr()
    assert "1 captures" in told.out and len(told.err.splitlines()) == 3
    assert "profiles alone can be merged" in told.err


def test_nothing_that_can_be_read_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", str(TRACE), "-o", str(tmp_path / "out"), "-j", "1"]) == 1
    assert "none of the files could be read" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_captures_that_have_nothing_in_common_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [str(CPU), str(SAMPLES / "epro.heap.01.pb.gz")]
    assert main(["merge", *names, "-o", str(tmp_path / "out"), "-j", "1"]) == 1
    assert "no sample type in common" in capsys.readouterr().err


def named(folder: Path) -> list[Source]:
    return [(str(path), True) for path in sorted(folder.iterdir())]


class Loose(Here):
    """Two tasks at a time that come out in an order that chance decides."""

    width = 3

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.most = 0

    def done(self, running: set[object]) -> set[object]:
        self.most = max(self.most, len(running))
        return {self._chance.choice(sorted(running, key=id))}


@pytest.mark.parametrize("seed", range(5))
def test_however_tasks_come_out_it_is_the_same(hosts: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(merging, "LEAF", 3)
    monkeypatch.setattr(merging, "NODE", 2 + seed)
    names = named(hosts)
    workers, told = Loose(seed), list[int]()
    found = merged(names, workers, None, told.append)
    from analysis.reduce import finished

    assert found.part is not None and found.count == 40 and told[-1] == 40 and workers.most <= 3
    plain = leaf(names, None)
    assert plain.part is not None
    assert encode(finished(found.part)) == encode(finished(plain.part))


def test_tasks_without_a_capture_are_nothing() -> None:
    nothing = Merged(None, 0, ("a",))
    assert node(nothing, nothing) == Merged(None, 0, ("a", "a")) or node(nothing, nothing).complaints == ("a", "a")
    one = leaf([(str(CPU), True)], None)
    assert node(nothing, one).count == 1
    assert merged([], Here(), None).part is None


def test_what_travels_has_nothing_that_was_worked_out(hosts: Path) -> None:
    found = leaf(named(hosts)[:3], None)
    assert found.part is not None and found.part.profile.memo == {}
    assert read_profile(build.builder({"a": 1}).bytes()).memo == {}


def test_sources_may_be_urls(hosts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that lie in a directory elsewhere may be anything; one that is named must be a profile."""
    system = pytest.importorskip("fsspec").filesystem("memory")
    for path in sorted(hosts.iterdir()):
        system.pipe(f"/fleet/{path.name}", path.read_bytes())
    system.pipe("/fleet/README", b"hello")
    try:
        here, there = tmp_path / "1.pb.gz", tmp_path / "2.pb.gz"
        assert main(["merge", str(hosts), "-o", str(here), "-j", "1"]) == 0
        assert main(["merge", "memory://fleet/", "-o", str(there), "-j", "1"]) == 0
        assert here.read_bytes() == there.read_bytes() and capsys.readouterr().err == ""
        assert main(["merge", "memory://fleet/", "memory://fleet/README", "-o", str(there), "-j", "1", "--force"]) == 1
        assert "memory://fleet/README: " in capsys.readouterr().err
        assert main(["merge", "memory://nothing/", "-o", str(there), "--force"]) == 1
        assert capsys.readouterr().err == "goscope: memory://nothing/: no such file\n"
    finally:
        system.rm("/fleet", recursive=True)
