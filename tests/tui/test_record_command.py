"""`goscope record` as a program: what it prints and writes, and how it ends."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from capture.live.journal import LOG
from tests.services.processes import Services
from tui.__main__ import main


@contextmanager
def recording(*arguments: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A process that records, ended with the block."""
    command = [sys.executable, "-m", "tui", "record", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | (environment or {})
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[str], text: str) -> list[str]:
    """The lines that are printed, up to one with `text` in it."""
    assert process.stdout
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"it ended: {''.join(lines)}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_at_once_and_nothing_half_written_stays(
    services: Services, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "new" / "dir"
    with services.running("epro") as target, recording(target.url, str(folder), "--take", "heap,cpu=300s") as process:
        until(process, "heap: ")
        process.send_signal(number)
        assert process.stdout and process.stdout.read().endswith("stopped: 1 capture\n")
        assert process.wait() == 0
    (capture,) = [path for path in folder.iterdir() if path.name != LOG]
    assert ".epro.heap." in capture.name


def test_what_it_prints_is_in_the_log_as_well(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with services.running("epro") as target:
        assert main(["record", target.url, str(tmp_path), "--take", "goroutine,heap,mine", "--once"]) == 0
    printed = [line.split(" ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    logged = [line.split(" ", 1)[1] for line in (tmp_path / LOG).read_text().splitlines()]
    assert printed == logged
    assert [line.split(": ")[1] for line in printed[1:-1]] == ["goroutine", "heap", "mine"]
    assert printed[-1] == "stopped: 2 captures"


def test_no_secret_is_printed_or_written(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with services.running("mounts", "-basic", "me:s3cret") as target:
        named = target.url.replace("://", "://me:s3cret@")
        assert main(["record", named, str(tmp_path), "--take", "heap,mine", "--once"]) == 0
        monkeypatch.setenv("GOSCOPE_TOKEN", "t0ken")
        assert main(["record", target.url, str(tmp_path), "--once"]) == 1
    said = capsys.readouterr()
    written = "".join(path.name + path.read_text("latin-1") for path in tmp_path.iterdir())
    for text in (said.out, said.err, written):
        assert "s3cret" not in text and "t0ken" not in text


def test_nothing_that_was_recorded_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "localhost:1", str(tmp_path), "--once"]) == 1
    said = capsys.readouterr()
    assert "localhost:1: nothing answers there" in said.out
    assert said.err == "goscope: nothing was recorded\n"


def test_a_terminal_that_has_gone_or_a_full_disk_where_it_prints_ends_no_recording(
    services: Services, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tui", "record"]
    with services.running("epro") as target, Path("/dev/full").open("w") as full:
        arguments = [target.url, str(tmp_path), "--take", "heap", "--every", "1s", "--for", "3s"]
        done = subprocess.run([*command, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(tmp_path.glob("*.pb.gz"))) > 1
    assert " stopped: " in (tmp_path / LOG).read_text().splitlines()[-1]


def test_a_terminal_shows_where_rules_are(services: Services, tmp_path: Path) -> None:
    above, below = pty.openpty()
    rules = ["--when", "go_goroutines > 5000", "--when", "go_goroutines > 0 for 1h", "--scrape", "1s"]
    with services.running("mounts", "-metrics") as target:
        command = [sys.executable, "-m", "tui", "record", target.url, str(tmp_path), "--take", "heap", *rules]
        with subprocess.Popen(
            command, stdin=below, stdout=below, stderr=below, env=os.environ | {"TERM": "xterm", "COLUMNS": "160"}
        ) as process:
            os.close(below)
            shown = b""
            while b"rules: does not hold, holds for 1 s of 3,600 s" not in shown:
                shown += os.read(above, 4096)
            process.terminate()
            with suppress(OSError):  # which is how its end is told
                while os.read(above, 4096):
                    pass
            assert process.wait() == 0
    os.close(above)


def test_what_cannot_be_printed_is_a_sentence() -> None:
    command = [sys.executable, "-m", "tui", "top", "sample-profiles/dataclean.cpu.pb.gz"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == "goscope: standard output cannot be written: no space left on device\n"
    assert done.returncode == 1


def test_when_nobody_reads_what_it_prints_it_ends(services: Services, tmp_path: Path) -> None:
    with (
        services.running("epro") as target,
        recording(target.url, str(tmp_path), "--take", "heap", "--every", "1s") as process,
    ):
        until(process, "heap: ")
        assert process.stdout
        process.stdout.close()
        assert process.wait(60) == 141
    assert "goscope failed" not in (log := (tmp_path / LOG).read_text())
    assert " stopped: " in log.splitlines()[-1]


def test_it_prints_nowhere_if_standard_output_is_closed(tmp_path: Path) -> None:
    command = f'exec "{sys.executable}" -m tui record localhost:1 "{tmp_path}" --once >&-'
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == "goscope: nothing was recorded\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["localhost:1"], "name a directory to record into"),
        (["localhost:1", "localhost:2"], "name a directory to record into"),
        (["cpu.pb.gz", "DIR"], "cpu.pb.gz: no address to ask"),
        (["http://", "DIR"], "no address to ask"),
        (["localhost:1", "DIR", "--when", "x > 1"], "--once takes all of them now and stops"),
        (["localhost:1", "DIR", "--take", "flight=/x\x1b[31m"], "flight=/x\\x1b[31m: write where it is served"),
        (["localhost:1", "DIR", "--keep", "9" * 5000], "is not a number"),
        (["localhost:1/a-b", "localhost:1/a/b", "DIR"], "localhost:1/a-b and localhost:1/a/b would have files of the"),
        (["localhost:1", "/dev/null/x"], "no directory can be made there"),
        (["localhost:1", "DIR", "--every", "soon"], "--every: “soon” is not a time"),
        (["localhost:1", "DIR", "--every", "1ms"], "--every: 1ms is too little: at least 1s"),
        (["localhost:1", "DIR", "--take", "cmdline"], "“cmdline” is nothing to take"),
        (["localhost:1", "DIR", "--keep", "many"], "--keep: “many” is not a number"),
        (["localhost:1", "DIR", "--max-bytes", "lots"], "--max-bytes: “lots” is not a size"),
        (["localhost:1", "DIR", "--tls-ca", "/no/ca.pem"], "/no/ca.pem: cannot be used as certificate or key"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", *(str(tmp_path / each) if each == "DIR" else each for each in arguments), "--once"]) == 1
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("metrics", "says"), [("http://", "no address to ask"), ("metrics", "“metrics” is no place of metrics: write")]
)
def test_a_place_of_metrics_that_is_none_is_said_before_anything_begins(
    metrics: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "localhost:1", str(tmp_path), "--when", "x > 1", "--metrics", metrics]) == 1
    said = capsys.readouterr()
    assert says in said.err and said.err.count("\n") == 1 and not said.out


def test_the_directory_may_stand_behind_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["record", "localhost:1", "--once", str(tmp_path / "into"), "--take", "heap"])
    assert "localhost:1: nothing answers there" in capsys.readouterr().out
    assert (tmp_path / "into" / LOG).exists()


def test_a_directory_that_is_there_may_be_called_like_an_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "at-10:30").mkdir()
    monkeypatch.chdir(tmp_path)
    main(["record", "localhost:1", "at-10:30", "--once"])
    assert "localhost:1: nothing answers there" in capsys.readouterr().out


def test_what_makes_room_for_one_that_lands_is_told_in_the_log_alone(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with services.running("epro") as target:
        assert main(["record", target.url, str(tmp_path), "--take", "heap", "--keep", "1", "--once"]) == 0
        assert main(["record", target.url, str(tmp_path), "--take", "heap", "--keep", "1", "--once"]) == 0
    assert "removed" not in capsys.readouterr().out
    assert "removed 1 older capture, " in (tmp_path / LOG).read_text()


def test_a_profile_can_be_looked_at_by_its_url(services: Services, capsys: pytest.CaptureFixture[str]) -> None:
    with services.running("gateway") as target:
        assert main(["top", f"{target.url}/debug/pprof/heap"]) == 0
        assert main(["info", f"{target.url}/debug/pprof/profile?seconds=1"]) == 0
        assert main(["runtime", f"{target.url}/debug/pprof/trace?seconds=0.1"]) == 0
        out = capsys.readouterr().out
        assert (
            "Type: inuse_space" in out and f"file:      {target.url.removeprefix('http://')}/debug/pprof/profile" in out
        )
        for path, says in (
            ("", "names no profile: write"),
            ("/debug/pprof/mine", "there is no /debug/pprof/mine there"),
            ("/debug/pprof/heap?debug=1", "a heap profile as text; fetch it without debug=1"),
            ("/debug/pprof/heap?seconds=x", 'invalid value for "seconds"'),
        ):
            assert main(["top", target.url + path]) == 1
            assert says in capsys.readouterr().err
