"""Which files are captures, and what is said of those that cannot be opened."""

import gzip
import io
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from capture.open import STDIN, CaptureError, candidates, captures, display_name, glimpse, read, read_any, survey
from parsers.errors import Cancelled
from parsers.profile import Profile
from parsers.trace import GrowingTrace, Trace, outline
from tests import build, tracewrite

PROFILE = build.builder({"main;work": 3}).bytes()
GZIPPED = gzip.compress(PROFILE, mtime=0)  # it is in names of tests, which all processes must agree on
MB = 1 << 20


def write(directory: Path, *names: str, data: bytes = GZIPPED) -> list[Path]:
    paths = [directory / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return paths


def generation(number: int) -> tracewrite.Generation:
    """A goroutine 5 that runs on thread 7, in a stretch of time of its own."""
    made, start = tracewrite.Generation(number), 10_000 * number
    made.event(7, start, "ProcStatus", 0, tracewrite.PROC_STATUS["running"])
    made.event(7, start + 1, "GoStatus", 5, 7, tracewrite.GO_STATUS["running"])
    made.event(7, start + 9_000, "GoStop", "preempted", tracewrite.stack("main.work"))
    made.event(7, start + 9_001, "GoStart", 5, 1)
    return made


TRACE = tracewrite.trace(generation(1), generation(2))


def read_trace(path: Path, **options: int) -> Trace:
    capture = read_any(path, **options)  # type: ignore[arg-type]
    assert isinstance(capture, Trace)
    return capture


def reason(path: Path, **options: int) -> CaptureError:
    with pytest.raises(CaptureError) as caught:
        read_any(path, **options)  # type: ignore[arg-type]
    return caught.value


def test_a_survey_reads_profiles_and_outlines_traces(tmp_path: Path) -> None:
    (profile,) = write(tmp_path, "cpu.pb.gz")
    trace, zipped = *write(tmp_path, "t", data=TRACE), *write(tmp_path, "t.gz", data=gzip.compress(TRACE))
    found = survey(profile)
    assert isinstance(found, Profile)
    assert found.values.tolist() == read(profile).values.tolist()
    assert survey(trace) == survey(zipped) == outline(TRACE)
    trace.write_bytes(b"go 1.26 trace\0\0\0")
    with pytest.raises(CaptureError) as caught:
        survey(trace)
    assert (str(caught.value), caught.value.incomplete) == (str(reason(trace)), True)
    assert str(caught.value) == f"{trace}: {caught.value.reason}"


# Which files


def test_files_are_taken_as_they_are_and_in_their_order(tmp_path: Path) -> None:
    (text,) = write(tmp_path, "notes.txt", data=b"hello")
    names = [str(tmp_path / "missing.pb.gz"), str(text), "-", str(text)]
    assert captures(names) == [Path(name) for name in names]
    assert captures([]) == []


def test_of_a_directory_the_captures_in_it_by_name(tmp_path: Path) -> None:
    second, first = write(tmp_path, "b.pb.gz", "a.pb.gz")
    (plain,) = write(tmp_path, "c.pb", data=PROFILE)
    write(tmp_path, "readme.md", data=b"# words\n")
    write(tmp_path, "app", data=b"\x7fELF\x02\x01\x01" + bytes(60))
    write(tmp_path, "page.gz", data=gzip.compress(b"<html>"))
    (trace,) = write(tmp_path, "d.trace", data=b"go 1.22 trace\0\0\0")
    (zipped,) = write(tmp_path, "e.trace.gz", data=gzip.compress(b"go 1.22 trace\0\0\0"))
    write(tmp_path, "broken.gz", data=b"\x1f\x8b\xff\xff")
    write(tmp_path, "empty", data=b"")
    write(tmp_path, "below/d.pb.gz")
    assert captures([str(tmp_path)]) == [first, second, plain, trace, zipped]


def test_a_file_that_is_still_being_written_counts(tmp_path: Path) -> None:
    big = build.builder({f"main;work{n};leaf{n * n}": n for n in range(2000)}).bytes()
    expected = write(tmp_path, "cut.pb.gz", data=gzip.compress(big)[:3000])
    assert captures([str(tmp_path)]) == expected
    assert reason(expected[0]).incomplete


def test_hidden_and_unfinished_files_do_not_count(tmp_path: Path) -> None:
    kept = write(tmp_path, "cpu.pb.gz", "tmp")
    write(tmp_path, ".hidden.pb.gz", "cpu.pb.gz~", "cpu.tmp", "cpu.part", ".cpu.swp", "x.swp", "cpu.crdownload")
    assert captures([str(tmp_path)]) == kept


def test_directories_below_are_looked_into_if_asked(tmp_path: Path) -> None:
    expected = write(tmp_path, "a/cpu.pb.gz", "a/deep/er/heap.pb.gz", "b.pb.gz")
    write(tmp_path, ".git/x.pb.gz", "a/.cache/y.pb.gz")
    assert captures([str(tmp_path)]) == expected[2:]
    assert captures([str(tmp_path)], recursive=True) == expected


def test_a_hidden_directory_may_be_named(tmp_path: Path) -> None:
    expected = write(tmp_path, ".profiles/cpu.pb.gz")
    assert captures([str(tmp_path / ".profiles")], recursive=True) == expected


def test_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "cpu.pb.gz")
    monkeypatch.chdir(tmp_path)
    assert captures(["."]) == [Path("cpu.pb.gz")]


@pytest.mark.parametrize("inside", [[], ["notes.txt"]])
def test_a_directory_without_a_profile_is_an_error(tmp_path: Path, inside: list[str]) -> None:
    write(tmp_path, *inside, data=b"words")
    with pytest.raises(CaptureError) as caught:
        captures([str(tmp_path)])
    assert str(caught.value) == f"{tmp_path}: a directory without a profile or trace in it"


def test_all_files_are_candidates_and_those_that_were_named_are_told_apart(tmp_path: Path) -> None:
    (capture,) = write(tmp_path, "cpu.pb.gz")
    text, page = write(tmp_path, "notes.txt", "heap.pb.gz", data=b"words")
    write(tmp_path, ".hidden", "cpu.tmp", "below/cpu.pb.gz")
    inside = {capture: False, page: False, text: False}
    assert candidates([str(tmp_path)]) == inside
    assert candidates([str(tmp_path), str(text)]) == candidates([str(text), str(tmp_path)]) == inside | {text: True}
    gone = tmp_path / "gone"
    assert candidates([str(tmp_path / "*.gz"), str(gone)]) == {capture: True, page: True, gone: True}
    assert candidates([str(tmp_path)], recursive=True) == inside | {tmp_path / "below/cpu.pb.gz": False}


def test_patterns_are_expanded(tmp_path: Path) -> None:
    first, second, other = write(tmp_path, "cpu.1.pb.gz", "cpu.2.pb.gz", "heap.pb.gz")
    deep = write(tmp_path, "x/y/cpu.3.pb.gz")
    assert captures([str(tmp_path / "cpu.*")]) == [first, second]
    assert captures([str(tmp_path / "cpu.?.pb.gz"), str(tmp_path / "h[e]ap*")]) == [first, second, other]
    assert captures([str(tmp_path / "**" / "cpu.3*")]) == deep


def test_a_pattern_that_matches_nothing_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    (path,) = captures([str(tmp_path / "*.pb")])
    assert str(reason(path)) == f"{tmp_path}/*.pb: no such file"


def test_a_file_whose_name_is_a_pattern_is_itself(tmp_path: Path) -> None:
    expected = write(tmp_path, "cpu[1].pb.gz")
    write(tmp_path, "cpu1.pb.gz")
    assert captures([str(expected[0])]) == expected


def test_pipes_and_links_to_nowhere_in_a_directory_do_not_count(tmp_path: Path) -> None:
    (kept,) = write(tmp_path, "cpu.pb.gz")
    os.mkfifo(tmp_path / "a.fifo")
    (tmp_path / "b.pb.gz").symlink_to(tmp_path / "gone")
    (tmp_path / "c.pb.gz").symlink_to(kept)
    (tmp_path / "d").symlink_to(tmp_path)
    assert captures([str(tmp_path)]) == [kept]


# Reading


@pytest.mark.parametrize("data", [PROFILE, GZIPPED], ids=["plain", "gzip"])
def test_a_profile_is_read(tmp_path: Path, data: bytes) -> None:
    (path,) = write(tmp_path, "cpu", data=data)
    assert read(path).values.tolist() == [[3]]


def test_a_pipe_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(GZIPPED), daemon=True)
    writer.start()
    assert read(path).values.tolist() == [[3]]
    writer.join(10)
    assert not writer.is_alive()


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(GZIPPED)))
    assert captures(["-"]) == [STDIN]
    assert read(STDIN).values.tolist() == [[3]]


def test_standard_input_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"")))
    error = reason(STDIN)
    assert str(error) == "standard input: empty file (still being written?)"
    assert error.incomplete


def test_a_file_called_dash_in_a_directory_is_a_file(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "-")
    assert read(path).values.tolist() == [[3]]
    assert display_name(path) == f"{tmp_path}/-"


@pytest.mark.parametrize(
    ("data", "sentence", "incomplete"),
    [
        (b"", "empty file (still being written?)", True),
        (GZIPPED[:40], "truncated gzip after 40 bytes (still being written?)", True),
        (PROFILE[:-1], "not a valid profile: it ends in the middle of a field, or is damaged", True),
        (b"<html>", "not a pprof profile but an HTML page (of a login, or of an error?)", False),
        (GZIPPED + b"x", "damaged gzip: 1 bytes of something else follow the compressed data", False),
    ],
)
def test_what_cannot_be_read_is_called_by_name_with_the_reason(
    tmp_path: Path, data: bytes, sentence: str, incomplete: bool
) -> None:
    (path,) = write(tmp_path, "cpu.pb.gz", data=data)
    error = reason(path)
    assert str(error) == f"{path}: {sentence}"
    assert error.incomplete is incomplete


def test_what_is_not_there(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "file")
    assert str(reason(tmp_path / "gone")) == f"{tmp_path}/gone: no such file"
    assert str(reason(tmp_path)) == f"{tmp_path}: a directory, not a file"
    assert str(reason(file / "below")) == f"{file}/below: not a directory"


def test_a_device_is_no_file() -> None:
    assert str(reason(Path("/dev/zero"))) == "/dev/zero: not a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "secret.pb.gz")
    path.chmod(0)
    assert str(reason(path)) == f"{path}: permission denied"
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    try:
        with pytest.raises(CaptureError, match="permission denied"):
            captures([str(closed)])
    finally:
        closed.chmod(0o700)


def test_no_more_memory_is_taken_than_the_budget_allows(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "plain.pb", data=PROFILE + build.field(6, bytes(MB)))
    sentence = str(reason(path, budget=8 * MB))
    assert sentence.startswith(f"{path}: ")
    for part in ("more than 1 MB", "more than 8 MB of memory", "--max-memory"):
        assert part in sentence
    assert read(path, budget=9 * MB).values.tolist() == [[3]]


def test_a_file_that_decompresses_to_more_than_the_budget_is_refused(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "bomb.pb.gz", data=gzip.compress(PROFILE + build.field(6, bytes(MB))))
    assert (
        str(reason(path, budget=8 * MB)) == f"{path}: it decompresses to more than 1 MB: allow more with --max-memory"
    )
    assert read(path, budget=9 * MB).values.tolist() == [[3]]


def test_standard_input_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/zero").open("rb") as endless:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=endless))
        assert "more than 8 MB of memory" in str(reason(STDIN, budget=8 * MB))


def test_reading_may_be_cancelled(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "cpu.pb.gz")

    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read(path, stop)


# Traces


@pytest.mark.parametrize("data", [TRACE, gzip.compress(TRACE)], ids=["plain", "gzip"])
def test_a_trace_is_read(tmp_path: Path, data: bytes) -> None:
    (path,) = write(tmp_path, "some.trace", data=data)
    found = read_trace(path)
    assert found.goroutines.id.tolist() == [5]
    assert [each.number for each in found.generations] == [1, 2]
    assert found.size == len(TRACE)


def test_a_trace_may_have_the_times_of_gos_own_reader(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "some.trace", data=TRACE)
    assert read_trace(path, compat=True).compat
    assert not read_trace(path).compat


def test_a_trace_comes_through_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(TRACE), daemon=True)
    writer.start()
    assert read_trace(path).goroutines.id.tolist() == [5]
    writer.join(10)
    assert not writer.is_alive()


def test_a_trace_comes_through_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(gzip.compress(TRACE))))
    assert read_trace(STDIN).goroutines.id.tolist() == [5]


def test_where_a_profile_is_wanted_a_trace_is_called_by_name(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "some.trace", data=TRACE)
    with pytest.raises(CaptureError) as caught:
        read(path)
    assert str(caught.value) == f"{path}: not a pprof profile but a Go execution trace"


def test_a_trace_that_has_only_begun_may_still_be_written(tmp_path: Path) -> None:
    older = tmp_path / "older.trace"
    for size in (9, 13, 16):
        (begun,) = write(tmp_path, "begun.trace", data=TRACE[:size])
        assert reason(begun).incomplete
    older.write_bytes(b"go 1.19 trace\0\0\0" + bytes(100))
    assert not reason(older).incomplete and "1.19" in str(reason(older))


def test_a_trace_takes_no_more_memory_than_the_budget_allows(tmp_path: Path) -> None:
    plain, zipped = write(tmp_path, "some.trace", data=TRACE)[0], tmp_path / "some.trace.gz"
    zipped.write_bytes(gzip.compress(TRACE))
    for path in (plain, zipped):
        assert "--max-memory" in str(reason(path, budget=len(TRACE)))
        assert read_trace(path, budget=100 * len(TRACE)).notes == ()


def test_a_trace_that_grows_is_read_on(tmp_path: Path) -> None:
    path, growing = tmp_path / "some.trace", GrowingTrace()
    places = (len(TRACE) * 2 // 3, len(TRACE), len(TRACE))
    found, decoded = [], []
    for place in places:
        path.write_bytes(TRACE[:place])
        found.append(read_any(path, growing=growing))
        decoded.append(growing.events_decoded)
    generations = [each.generations for each in found if isinstance(each, Trace)]
    assert [[each.number for each in some] for some in generations] == [[1, 2]] * 3
    assert decoded == [sum(each.events for each in generations[0]), generations[1][1].events, 0]
    assert found[2] is found[1]


def test_what_cannot_be_read_on_is_read_as_a_whole(tmp_path: Path) -> None:
    growing = GrowingTrace()
    for data, kind in ((gzip.compress(TRACE), Trace), (PROFILE, Profile)):
        (path,) = write(tmp_path, "some", data=data)
        assert isinstance(read_any(path, growing=growing), kind)
        assert growing.bytes_read == 0


def test_reading_a_trace_may_be_cancelled(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "some.trace", data=TRACE)

    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_any(path, stop)


def test_a_glimpse_is_the_last_whole_generation_of_a_large_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write(tmp_path, "some.trace", data=TRACE[: -len(generation(2).encode()) // 2])
    assert glimpse(path) is None  # read before anyone misses it
    monkeypatch.setattr("capture.open._QUICK", len(TRACE) // 4)
    found = glimpse(path)
    assert found is not None and [each.number for each in found.generations] == [1]
    whole = read_trace(path)
    assert [each.complete for each in whole.generations] == [True, False]


def test_of_what_is_no_trace_there_is_no_glimpse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.open._QUICK", 0)
    profile, begun = write(tmp_path, "cpu.pb", data=PROFILE)[0], write(tmp_path, "begun", data=TRACE[:16])[0]
    os.mkfifo(tmp_path / "fifo")
    for path in (profile, begun, tmp_path / "fifo", tmp_path / "gone", tmp_path, STDIN):
        assert glimpse(path) is None


# Names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"cpu \xc3\xa9t\xc3\xa9.pb.gz", "cpu été.pb.gz"),
        (b"evil\x1b]0;x\x07.pb.gz", "evil\\x1b]0;x\\x07.pb.gz"),
        (b"two\nlines", "two\\nlines"),
        ("\u202egpj.exe".encode(), "\\u202egpj.exe"),
        (b"latin\xe9.pb", "latin\\xe9.pb"),
        (b"[bold]markup[/]", "[bold]markup[/]"),
    ],
)
def test_a_hostile_name_is_shown_cleaned(tmp_path: Path, name: bytes, shown: str) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    assert display_name(path) == f"{tmp_path}/{shown}"
    assert str(reason(path)) == f"{tmp_path}/{shown}: no such file"
    try:
        path.write_bytes(GZIPPED)
    except OSError:
        return  # not every file system takes any name
    assert captures([str(tmp_path)]) == [path]
    assert read(path).values.tolist() == [[3]]


def test_a_pattern_leaves_out_what_says_why_a_capture_was_taken(tmp_path: Path) -> None:
    (tmp_path / "heap.pb.gz").write_bytes(b"x")
    (tmp_path / "heap.pb.gz.why").write_text("go_goroutines > 5000")
    assert captures([str(tmp_path / "*")]) == [tmp_path / "heap.pb.gz"]
