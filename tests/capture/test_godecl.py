"""When a source is not the one that was built, and that the sources of the Go at hand are."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.sources import SourceFinder, SourceRoots, SourceText, mismatch
from parsers.text import clean

GO_VERSION = "go1.27.3"

SOURCE = """package app

//go:linkname timeSleep time.Sleep
func timeSleep(ns int64) {
}

func (w *Worker[T]) Run(ctx context.Context) {
	go func() {
		defer w.done()
		for x := range w.all {
			go work(x)
		}
	}()
}

func Map[K comparable, V any](m map[K]V) {}

func init() {}

func (
	w *Worker[T],
) Stop() {
}

func (w Worker) String() string { return run("func (w *Worker) Other()") }

func (w *Queue) String() string { return "" }

var table = func() int { return 1 }()
"""


class TestMismatch:
    text = SourceText("/w/app.go", tuple(SOURCE.split("\n")[:-1]))

    @pytest.mark.parametrize(
        ("function", "start"),
        [
            ("time.Sleep", 4),
            ("runtime.timeSleep", 4),
            ("example.com/team/app.(*Worker[...]).Run", 7),
            ("example.com/team/app.(*Worker[go.shape.struct { example.com/x.y; Z []int }]).Run", 7),
            ("app.(*Worker[...]).Run.func1", 8),
            ("app.(*Worker[...]).Run.func1.deferwrap1", 9),
            ("app.(*Worker[...]).Run-range1", 10),
            ("app.(*Worker[...]).Run.func1-range1", 10),
            ("app.(*Worker[...]).Run.func1.gowrap1", 11),
            ("app.(*Worker[...]).Run.func1.1", 8),
            ("app.Map[...]", 16),
            ("app.Map[go.shape.string,go.shape.[]uint8]", 16),
            ("app.Map", 16),
            ("app.init.0", 18),
            ("app.init.1", 18),
            ("app.(*Worker[...]).Stop", 20),
            ("app.Worker.String", 25),
            ("app.glob..func1", 29),
            ("app.init.func1", 29),
        ],
    )
    def test_fits(self, function: str, start: int) -> None:
        assert mismatch(self.text, function, start, start) is None

    @pytest.mark.parametrize(
        ("function", "start", "says"),
        [
            ("example.com/team/app.(*Worker[...]).Run", 6, "line 6 does not declare Run (line 7 does)"),
            ("app.(*Worker[...]).Run", 4, "line 4 does not declare Run (line 7 does)"),
            ("app.Ma", 16, "line 16 does not declare Ma"),
            ("app.Worker.String", 24, "line 24 does not declare String"),
            ("app.Worker.Other", 25, "line 25 does not declare Other"),
            ("app.init.0", 16, "line 16 does not declare init (line 18 does)"),
            ("x/app.Worker[a/b].Run.func1", 14, "line 14 does not declare app.Worker.Run.func1"),
            ("app.func1", 16, "line 16 does not declare func1"),
            ("app.Gone", 16, "line 16 does not declare Gone"),
        ],
    )
    def test_says_that_another_line_is_there(self, function: str, start: int, says: str) -> None:
        assert mismatch(self.text, function, start, start) == f"not the source that was built: {says}"

    @pytest.mark.parametrize(("start", "last"), [(7, 30), (0, 30), (30, 0)])
    def test_says_that_the_file_is_too_short(self, start: int, last: int) -> None:
        says = "not the source that was built: it ends at line 29, the profile names line 30"
        assert mismatch(self.text, "app.(*Worker[...]).Run", start, last) == says

    @pytest.mark.parametrize(
        "function",
        [
            "app.init",
            "app.(*Worker).Run-fm",
            "type:.eq.app.Worker",
            "type..hash.app.Worker",
            "go:struct { app.Worker }.Run",
            "app._Cfunc_run",
            "app.map.init.0",
            "memeqbody",
            "",
            "app.",
            "app.[",
            "app.Gone" + "x" * 5000,
        ],
    )
    def test_cannot_tell_by_a_name_that_no_line_declares(self, function: str) -> None:
        assert mismatch(self.text, function, 2, 2) is None

    @pytest.mark.parametrize(("start", "last"), [(0, 29), (0, 0), (-5, -7)])
    def test_cannot_tell_without_a_start_line(self, start: int, last: int) -> None:
        assert mismatch(self.text, "app.Gone", start, last) is None

    def test_a_module_may_begin_as_compiler_names_do(self) -> None:
        assert mismatch(self.text, "go.uber.org/zap.Gone", 2, 2) is not None
        assert mismatch(self.text, "type.example/zap.Gone", 2, 2) is not None

    def test_knows_assembly_and_leaves_other_languages_to_their_length(self) -> None:
        lines = ("#include", "TEXT ·block(SB), NOSPLIT, $0", "CALLFN(·call16, 16)")
        assert mismatch(SourceText("/a/x.s", lines), "crypto/sha256.block", 2, 3) is None
        assert mismatch(SourceText("/a/x.s", lines), "reflect.call16.abi0", 3, 3) is None
        assert mismatch(SourceText("/a/x.s", lines), "crypto/sha256.block", 1, 3) is not None
        assert mismatch(SourceText("/a/x.c", lines), "block", 1, 3) is None
        assert mismatch(SourceText("/a/x.c", lines), "block", 1, 4) is not None

    @given(
        st.text("ab.[]()*/-·0", max_size=30) | st.text(max_size=30),
        st.integers(-(2**63), 2**63 - 1) | st.integers(0, 30),
        st.integers(-(2**63), 2**63 - 1),
        st.lists(st.text(max_size=20), max_size=30),
    )
    def test_never_raises(self, function: str, start: int, last: int, lines: list[str]) -> None:
        says = mismatch(SourceText("/x.go", tuple(lines)), function, start, last)
        assert says is None or says == clean(says)


@pytest.fixture(scope="module")
def installed() -> Path:
    """The GOROOT of the go command on PATH or in this environment."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    go = shutil.which("go", path=path)
    if go is None:
        pytest.skip("needs the go command")
    return Path(subprocess.run([go, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip())


class TestInstalledGo:
    @pytest.mark.parametrize("recorded", ["runtime/proc.go", "/nowhere/go1.20/src/runtime/proc.go"])
    def test_source_is_found(self, recorded: str, installed: Path) -> None:
        roots = SourceRoots.from_environment(environ={"GOROOT": str(installed)})
        text = SourceFinder(roots).find(recorded)
        assert text is not None
        assert text.path == str(installed / "src/runtime/proc.go")
        assert "package runtime" in text.lines

    @pytest.mark.parametrize(
        ("function", "recorded", "start"),
        # As recorded in sample-profiles.
        [
            ("compress/flate.(*compressor).init", "compress/flate/deflate.go", 718),
            ("context.WithCancelCause.func1", "context/context.go", 271),
            ("encoding/json/jsontext.init.func1", "encoding/json/jsontext/pools.go", 23),
            ("internal/poll.runtime_pollWait", "runtime/netpoll.go", 342),
            ("sync.runtime_notifyListWait", "runtime/sema.go", 588),
            ("net/http.(*Server).Serve.gowrap3", "net/http/server.go", 3604),
            ("slices.Grow[go.shape.[]uint8,go.shape.uint8]", "slices/slices.go", 422),
            ("runtime.globrunqgetbatch", "runtime/proc.go", 7344),
            (
                "crypto/internal/fips140/sha256.blockSHANI",
                "crypto/internal/fips140/sha256/sha256block_amd64.s",
                1291,
            ),
        ],
    )
    def test_is_what_was_built_and_a_line_off_is_not(
        self, function: str, recorded: str, start: int, installed: Path
    ) -> None:
        if GO_VERSION not in (installed / "VERSION").read_text():
            pytest.skip(f"the lines are those of {GO_VERSION}")
        text = SourceFinder(SourceRoots.from_environment(environ={"GOROOT": str(installed)})).find(recorded)
        assert text is not None
        assert mismatch(text, function, start, start) is None
        assert mismatch(text, function, start + 1, start + 1) is not None
