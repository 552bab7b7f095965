"""Where source is found, and what is never read."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from capture import gopaths, sources
from capture.sources import SourceFinder, SourceRoots, SourceText
from parsers.text import clean


def write(path: Path, text: str = "") -> Path:
    """Make a file that says where it lies, or has `text`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or f"// {path}\n")
    return path


def finder(
    *,
    source_path: Iterable[Path] = (),
    trim_path: Iterable[str] = (),
    goroot: Iterable[Path] = (),
    gomodcache: Iterable[Path] = (),
    beside: Iterable[Path] = (),
    explicit: bool = False,
) -> SourceFinder:
    """Make a finder with these roots and no others."""
    return SourceFinder(
        SourceRoots(tuple(source_path), tuple(trim_path), tuple(goroot), tuple(gomodcache), tuple(beside), explicit)
    )


def found(where: SourceFinder, recorded: str) -> Path | None:
    """Return the path of what was found, after checking that it has that path's text."""
    text = where.find(recorded)
    if text is None:
        return None
    assert text.lines == (f"// {text.path}",)
    return Path(text.path)


@contextmanager
def watched(function: str) -> Iterator[list[str]]:
    """Record the paths that `os.stat` or `os.open` is called with."""
    paths: list[str] = []
    real = getattr(os, function)

    def record(path: Any, *args: Any, **options: Any) -> Any:
        paths.append(str(path))
        return real(path, *args, **options)

    with mock.patch.object(os, function, record):
        yield paths


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A checkout of example.com/team/app, in a folder of another name, with a vendored dependency."""
    root = tmp_path / "work" / "checkout"
    write(root / "go.mod", "// the service\nmodule example.com/team/app // v1\n\ngo 1.22\n")
    for name in ("main.go", "internal/db/q.go", "errors/errors.go", "vendor/github.com/BurntSushi/toml/decode.go"):
        write(root / name)
    return root


@pytest.fixture
def goroot(tmp_path: Path) -> Path:
    """A GOROOT with five files."""
    root = tmp_path / "sdk" / "go1.27.3"
    for name in ("runtime/proc.go", "errors/errors.go", "net/http/server.go", "runtime/asm_amd64.s"):
        write(root / "src" / name)
    write(root / "src/vendor/golang.org/x/net/http/httpguts/guts.go")
    return root


@pytest.fixture
def gomodcache(tmp_path: Path) -> Path:
    """A module cache, upper case escaped as the go command does it."""
    root = tmp_path / "cache" / "mod"
    write(root / "github.com/!burnt!sushi/toml@v1.2.0/internal/tz.go")
    write(root / "github.com/!burnt!sushi/toml@v1.2.0/internal/Upper.go")
    write(root / "rsc.io/quote/v3@v3.1.0-!r!c1/quote.go")
    write(root / "golang.org/toolchain@v0.0.1-go1.22.1.linux-amd64/src/runtime/proc.go")
    return root


class TestRecordedPath:
    def test_is_read_where_it_says(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a" / "x.go")
        assert found(finder(), str(path)) == path

    def test_comes_before_a_guess(self, tmp_path: Path, app: Path) -> None:
        path = write(tmp_path / "else" / "checkout" / "main.go")
        assert found(finder(source_path=[app]), str(path)) == path

    def test_may_be_a_link_within_its_folder_and_have_linked_folders(self, tmp_path: Path) -> None:
        write(tmp_path / "real" / "x_linux.go", "package x\n")
        (tmp_path / "real" / "x.go").symlink_to("x_linux.go")
        (tmp_path / "linked").symlink_to("real")
        text = finder().find(str(tmp_path / "linked" / "x.go"))
        assert text == SourceText(str(tmp_path / "linked" / "x.go"), ("package x",))

    def test_is_what_remains_absolute_after_a_trimmed_prefix(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a" / "x.go")
        assert found(finder(), f"/proc/self/cwd/{path}") == path


@pytest.mark.parametrize(
    ("recorded", "trim_path", "source_path", "trimmed"),
    [
        ("/ci/app/db/q.go", "", "/w/app", "db/q.go"),
        ("/ci/app/x/app/q.go", "", "/w/app", "x/app/q.go"),
        ("/ci/app/db/q.go", "", "/w/other:/w/db", "q.go"),
        ("/ci/app/db/q.go", "", "/w/ap", "/ci/app/db/q.go"),
        ("app/db/q.go", "", "/w/app", "app/db/q.go"),
        ("/ci//q.go", "", "/", "/ci//q.go"),
        ("/ci/app/db/q.go", "/ci", "/w/app", "app/db/q.go"),
        ("/ci/app/db/q.go", "/ci/", "/w/app", "app/db/q.go"),
        ("/ci/app/db/q.go", "/x:/ci/app:/ci", "", "db/q.go"),
        ("/cinema/q.go", "/ci", "", "/cinema/q.go"),
        ("/ci/app/db/q.go", "/nowhere", "/w/app", "/ci/app/db/q.go"),
        ("/proc/self/cwd/./db/q.go", "", "", "db/q.go"),
        ("/proc/self/cwd/db/q.go", "/ci", "", "db/q.go"),
        ("<autogenerated>", "/ci", "/w/app", "<autogenerated>"),
    ],
)
def test_trim_is_that_of_pprof(recorded: str, trim_path: str, source_path: str, trimmed: str) -> None:
    roots = SourceRoots.from_environment(source_path=source_path, trim_path=trim_path, environ={})
    assert SourceFinder(roots).trim(recorded) == trimmed


def test_reports_are_not_trimmed_by_a_working_directory_nobody_named(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(app)
    roots = SourceRoots.from_environment(environ={})
    assert roots.source_path == (app,)
    assert SourceFinder(roots).trim("/ci/checkout/main.go") == "/ci/checkout/main.go"


class TestSourcePath:
    @pytest.mark.parametrize("explicit", [True, False])
    def test_is_searched_upwards_entry_by_entry(self, explicit: bool, tmp_path: Path) -> None:
        above = write(tmp_path / "one" / "lib" / "x.go")
        second = write(tmp_path / "two" / "lib" / "x.go")
        entries = [tmp_path / "one" / "deep" / "er", tmp_path / "two"]
        where = finder(source_path=entries, explicit=explicit)
        assert found(where, "lib/x.go") == above
        above.unlink()
        again = finder(source_path=entries, explicit=explicit)
        assert found(again, "lib/x.go") == second

    def test_takes_what_remains_after_a_trimmed_prefix(self, app: Path) -> None:
        where = finder(source_path=[app], trim_path=["/ci/build/x"])
        assert found(where, "/ci/build/x/internal/db/q.go") == app / "internal/db/q.go"

    def test_named_by_the_user_comes_before_the_recorded_path(self, tmp_path: Path, app: Path) -> None:
        built = write(tmp_path / "ci" / "checkout" / "main.go")
        assert found(finder(source_path=[app], explicit=True), str(built)) == app / "main.go"

    def test_named_by_the_user_comes_before_goroot(self, app: Path, goroot: Path) -> None:
        where = finder(source_path=[app], goroot=[goroot], explicit=True)
        assert found(where, "errors/errors.go") == app / "errors/errors.go"

    def test_may_be_a_goroot(self, goroot: Path, tmp_path: Path) -> None:
        older = write(tmp_path / "older" / "src" / "runtime" / "proc.go")
        where = finder(source_path=[tmp_path / "older"], goroot=[goroot], explicit=True)
        assert found(where, "/usr/nowhere/go/src/runtime/proc.go") == older
        assert found(where, "net/http/server.go") == goroot / "src/net/http/server.go"


class TestGoroot:
    @pytest.mark.parametrize(
        "prefix",
        [
            "",
            "/nowhere/local/go/src/",
            "/nowhere/lib/go-1.22/src/",
            "/home/ci/sdk/go1.22.3/src/",
            "/opt/hostedtoolcache/go/1.22.3/x64/src/",
            "/opt/nowhere/Cellar/go/1.22.3/libexec/src/",
            "/home/ci/.asdf/installs/golang/1.22.3/go/src/",
            "/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.1.linux-arm64/src/",
            "external/go_sdk/src/",
            "GOROOT/src/",
            "$GOROOT/src/",
            "C:/Program Files/Go/../go/src/",
            "C:\\sdk\\go\\src\\",
        ],
    )
    @pytest.mark.parametrize("name", ["net/http/server.go", "runtime/asm_amd64.s"])
    def test_of_another_machine_is_ours(self, prefix: str, name: str, goroot: Path, app: Path) -> None:
        where = finder(source_path=[app], goroot=[goroot])
        assert found(where, prefix + name) == goroot / "src" / name

    def test_has_its_own_vendor(self, goroot: Path) -> None:
        name = "vendor/golang.org/x/net/http/httpguts/guts.go"
        assert found(finder(goroot=[goroot]), name) == goroot / "src" / name

    def test_is_tried_in_order(self, goroot: Path, tmp_path: Path) -> None:
        first = write(tmp_path / "first" / "src" / "net" / "http" / "server.go")
        where = finder(goroot=[tmp_path / "first", goroot])
        assert found(where, "net/http/server.go") == first
        assert found(where, "runtime/proc.go") == goroot / "src/runtime/proc.go"

    def test_comes_before_a_package_of_the_same_name_in_the_working_directory(self, goroot: Path, app: Path) -> None:
        where = finder(source_path=[app], goroot=[goroot])
        assert found(where, "errors/errors.go") == goroot / "src/errors/errors.go"

    def test_missing_is_not_made_up_for_by_the_programs_own_package(self, app: Path) -> None:
        assert finder(source_path=[app]).find("/usr/nowhere/go/src/errors/errors.go") is None

    def test_is_not_any_folder_with_src(self, goroot: Path, app: Path) -> None:
        where = finder(source_path=[app], goroot=[goroot])
        assert found(where, "/home/ci/app/src/errors/errors.go") == app / "errors/errors.go"
        assert found(where, "/go/src/app/internal/db/q.go") == app / "internal/db/q.go"


class TestGomodcache:
    @pytest.mark.parametrize(
        ("recorded", "below"),
        [
            ("/nowhere/go/pkg/mod/github.com/!burnt!sushi/toml@v1.2.0/internal/tz.go", None),
            ("/cache.d/m/github.com/!burnt!sushi/toml@v1.2.0/internal/tz.go", None),
            ("C:\\Users\\ci\\go\\pkg\\mod\\github.com\\!burnt!sushi\\toml@v1.2.0\\internal\\tz.go", None),
            ("github.com/BurntSushi/toml@v1.2.0/internal/tz.go", None),
            (
                "github.com/BurntSushi/toml@v1.2.0/internal/Upper.go",
                "github.com/!burnt!sushi/toml@v1.2.0/internal/Upper.go",
            ),
            ("rsc.io/quote/v3@v3.1.0-RC1/quote.go", "rsc.io/quote/v3@v3.1.0-!r!c1/quote.go"),
            (
                "/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.1.linux-amd64/src/runtime/proc.go",
                "golang.org/toolchain@v0.0.1-go1.22.1.linux-amd64/src/runtime/proc.go",
            ),
        ],
    )
    def test_of_another_machine_is_ours(self, recorded: str, below: str | None, gomodcache: Path, goroot: Path) -> None:
        expected = gomodcache / (below or "github.com/!burnt!sushi/toml@v1.2.0/internal/tz.go")
        assert found(finder(gomodcache=[gomodcache], goroot=[goroot]), recorded) == expected

    def test_has_versions_that_are_not_mixed_up(self, gomodcache: Path) -> None:
        assert finder(gomodcache=[gomodcache]).find("github.com/BurntSushi/toml@v1.3.0/internal/tz.go") is None


class TestVendor:
    @pytest.mark.parametrize(
        "recorded",
        [
            "github.com/BurntSushi/toml@v1.2.0/decode.go",
            "/root/go/pkg/mod/github.com/!burnt!sushi/toml@v1.2.0/decode.go",
            "github.com/BurntSushi/toml/decode.go",
            "vendor/github.com/BurntSushi/toml/decode.go",
            "example.com/team/app/vendor/github.com/BurntSushi/toml/decode.go",
            "/home/ci/build/app/vendor/github.com/BurntSushi/toml/decode.go",
        ],
    )
    def test_is_searched_below_each_root_and_its_modules(self, recorded: str, app: Path) -> None:
        expected = app / "vendor/github.com/BurntSushi/toml/decode.go"
        assert found(finder(source_path=[app]), recorded) == expected
        assert found(finder(beside=[app.parent]), recorded) == expected


class TestModule:
    @pytest.mark.parametrize("recorded", ["example.com/team/app/main.go", "example.com/team/app@v1.4.0/main.go"])
    @pytest.mark.parametrize("place", ["itself", "above", "below", "far below", "beside", "above beside"])
    def test_is_known_by_its_go_mod(self, recorded: str, place: str, app: Path) -> None:
        where = {
            "itself": finder(source_path=[app]),
            "above": finder(source_path=[app.parent]),
            "below": finder(source_path=[app / "internal"]),
            "far below": finder(source_path=[app / "internal" / "db"]),
            "beside": finder(beside=[app]),
            "above beside": finder(beside=[app.parent]),
        }[place]
        assert found(where, recorded) == app / "main.go"

    def test_is_not_known_by_the_beginning_of_its_path(self, app: Path) -> None:
        assert finder(source_path=[app]).find("example.com/team/application/main.go") is None

    def test_is_known_below_another_machines_gopath(self, app: Path) -> None:
        where = finder(source_path=[app.parent])
        assert found(where, "/go/src/example.com/team/app/main.go") == app / "main.go"

    def test_can_lie_beside_the_capture_by_its_path(self, tmp_path: Path) -> None:
        path = write(tmp_path / "captures" / "dataclean" / "cleaner.go")
        assert found(finder(beside=[tmp_path / "captures"]), "dataclean/cleaner.go") == path

    def test_without_go_mod_is_found_by_the_end_of_the_name(self, app: Path) -> None:
        (app / "go.mod").unlink()
        where = finder(source_path=[app])
        assert found(where, "example.com/team/app/internal/db/q.go") == app / "internal/db/q.go"

    @pytest.mark.parametrize("damage", ["", "modul x", "module", "\x00\xff"])
    def test_damaged_go_mod_is_none(self, damage: str, app: Path) -> None:
        (app / "go.mod").write_text(damage)
        assert finder(source_path=[app]).find("example.com/team/app/main.go") is None


class TestSuffix:
    @pytest.mark.parametrize(
        "recorded", ["/home/ci/build/app/internal/db/q.go", "/db/q.go/internal/db/q.go", "C:\\ci\\internal\\db\\q.go"]
    )
    def test_is_the_longest_that_a_root_has(self, recorded: str, app: Path) -> None:
        write(app / "db" / "q.go")
        assert found(finder(source_path=[app]), recorded) == app / "internal/db/q.go"
        assert found(finder(beside=[app]), recorded) == app / "internal/db/q.go"

    def test_needs_more_than_the_files_name(self, app: Path) -> None:
        assert finder(source_path=[app]).find("/home/ci/other/main.go") is None

    def test_of_one_part_goes_with_the_folders_or_the_modules_name(self, app: Path) -> None:
        where = finder(source_path=[app])
        assert found(where, "/home/ci/checkout/main.go") == app / "main.go"
        assert found(where, "/home/ci/app/main.go") == app / "main.go"

    @pytest.mark.parametrize(
        "recorded",
        [
            "/root/go/pkg/mod/github.com/x/y@v1.0.0/internal/db/q.go",
            "github.com/x/y@v1.0.0/internal/db/q.go",
            "/home/ci/other/vendor/github.com/x/y/internal/db/q.go",
            "/root/go/pkg/mod/github.com/x/y@v1.0.0/app/main.go",
            "github.com/x/y@v1.0.0/app/main.go",
            "/home/ci/other/vendor/github.com/x/app/main.go",
            "std/internal/db/q.go",
        ],
    )
    def test_never_takes_a_dependencys_file_for_the_programs(self, recorded: str, app: Path) -> None:
        assert finder(source_path=[app]).find(recorded) is None


class TestHostileNames:
    @pytest.fixture
    def secret(self, tmp_path: Path) -> Path:
        return write(tmp_path / "outside" / "secret.go", "package secret\n")

    @pytest.mark.parametrize(
        "recorded",
        [
            "/etc/shadow",
            "/etc/passwd",
            "../../../etc/passwd",
            "~/.ssh/id_rsa",
            "/etc/passwd\0.go",
            "/" + "a/" * (1 << 19) + "x.go",
            "/" + "a" * 300 + ".go",
            "\udc80.go",
            "\ud800/x.go",
            "",
            "/",
            ".go",
            "/.go",
            "..",
            "@v1/etc/x.go",
            "@v/.go",
            "vendor/x.go",
            "C:",
            "C:\\x.go",
            "<autogenerated>",
            "<unknown>",
        ],
    )
    def test_find_nothing_and_raise_nothing(self, recorded: str, app: Path, goroot: Path, gomodcache: Path) -> None:
        where = finder(source_path=[app], goroot=[goroot], gomodcache=[gomodcache], beside=[app], explicit=True)
        assert where.find(recorded) is None
        assert all(place == clean(place) for place in where.tried(recorded))

    @pytest.mark.parametrize("name", ["go.mod", "notes.txt", "key", "x.go.bak", "x.GO"])
    def test_only_source_is_read(self, name: str, app: Path) -> None:
        write(app / name)
        assert finder(source_path=[app]).find(str(app / name)) is None

    def test_recorded_path_with_dots_is_not_followed(self, secret: Path) -> None:
        recorded = f"{secret.parent}/../outside/secret.go"
        assert Path(recorded).read_text() == "package secret\n"
        assert finder().find(recorded) is None

    def test_dots_do_not_leave_a_root(self, app: Path, secret: Path) -> None:
        assert (app / "../../outside/secret.go").samefile(secret)
        where = finder(beside=[app], goroot=[app], gomodcache=[app])
        assert where.find("../../outside/secret.go") is None
        assert where.find("x@v1/../../../outside/secret.go") is None

    def test_link_out_of_a_root_is_not_followed(self, app: Path, secret: Path) -> None:
        (app / "internal" / "link.go").symlink_to(secret)
        (app / "linked").symlink_to(secret.parent)
        where = finder(source_path=[app])
        assert (app / "linked" / "secret.go").samefile(app / "internal" / "link.go")
        assert where.find("/home/ci/internal/link.go") is None
        assert where.find("/home/ci/linked/secret.go") is None
        assert where.find(str(app / "internal" / "link.go")) is None
        assert f"{app}/internal/link.go (a link out of {app})" in where.tried("/home/ci/internal/link.go")

    def test_link_out_of_its_directory_is_not_followed_where_no_root_was_named(self, app: Path) -> None:
        (app / "internal" / "link.go").symlink_to("db/q.go")
        assert finder(source_path=[app]).find("/home/ci/internal/link.go") is not None
        assert finder().find(str(app / "internal" / "link.go")) is None
        above = finder(source_path=[app / "internal" / "db"], explicit=True)
        assert above.find("internal/link.go") is None
        assert above.find("internal/db/q.go") is not None

    def test_link_within_a_root_is(self, app: Path) -> None:
        (app / "linked").symlink_to(app / "internal")
        text = finder(source_path=[app]).find("/home/ci/linked/db/q.go")
        assert text is not None
        assert text.lines == (f"// {app}/internal/db/q.go",)

    def test_link_to_a_file_that_is_no_source_is_not_followed(self, app: Path) -> None:
        write(app / "internal" / "key", "secret\n")
        (app / "internal" / "key.go").symlink_to("key")
        assert finder(source_path=[app]).find(str(app / "internal" / "key.go")) is None

    def test_sibling_whose_name_begins_as_the_roots_is_outside(self, app: Path) -> None:
        other = write(app.parent / "checkout-secret" / "x.go")
        (app / "internal" / "x.go").symlink_to(other)
        assert finder(source_path=[app]).find("/home/ci/internal/x.go") is None

    def test_go_mod_that_leads_out_declares_nothing(self, app: Path, tmp_path: Path) -> None:
        (app / "go.mod").rename(tmp_path / "go.mod")
        (app / "go.mod").symlink_to(tmp_path / "go.mod")
        assert finder(beside=[app]).find("example.com/team/app/main.go") is None

    @pytest.mark.parametrize("name", ["pipe.go", "folder.go", "zero.go", "loop.go"])
    def test_pipes_devices_and_folders_are_not_opened(self, name: str, app: Path) -> None:
        os.mkfifo(app / "internal" / "pipe.go")
        (app / "internal" / "folder.go").mkdir()
        (app / "internal" / "zero.go").symlink_to("/dev/zero")
        (app / "internal" / "loop.go").symlink_to("loop.go")
        where = finder(source_path=[app])
        with watched("open") as opened:
            assert where.find(f"/ci/internal/{name}") is None
            assert where.find(str(app / "internal" / name)) is None
        assert {Path(path).name for path in opened} <= {"go.mod"}

    @pytest.mark.parametrize("recorded", ["/proc/self/root/x.go", "/dev/fd/0.go", "/net/evil.example/x.go"])
    def test_folders_where_a_look_acts_are_left_alone(self, recorded: str) -> None:
        where = finder(source_path=[Path("/nowhere/me")], explicit=True)
        with watched("stat") as looked:
            assert where.find(recorded) is None
            assert where.find(recorded[1:]) is None
        assert any(path.startswith("/nowhere/") for path in looked)
        assert not [path for path in looked if path.startswith(("/proc/", "/dev/", "/net/"))]

    @pytest.mark.parametrize("recorded", ["@v1/nowhere/x.go", "/a/" * (1 << 19) + "x.go"])
    def test_some_are_not_even_looked_for_outside(self, recorded: str, app: Path) -> None:
        where = finder(source_path=[app], gomodcache=[app], explicit=True)
        with watched("stat") as looked:
            assert where.find(recorded) is None
        assert not [path for path in looked if path.startswith("/nowhere") or len(path) > 5000]

    def test_size_is_bounded(self, app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sources, "MOST_BYTES", 1 << 20)
        large = write(app / "large.go", "\n" * (1 << 20))
        larger = write(app / "larger.go", "\n" * ((1 << 20) + 1))
        where = finder()
        text = where.find(str(large))
        assert text is not None
        assert len(text.lines) == 1 << 20
        assert where.find(str(larger)) is None
        assert where.tried(str(larger)) == (f"{larger} (larger than 1 MB)",)

    def test_unreadable_is_not_found(self, app: Path) -> None:
        with mock.patch.object(os, "open", side_effect=PermissionError):
            assert finder().find(str(app / "main.go")) is None
        assert finder().find(str(app / "main.go")) is not None

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
    @given(
        st.one_of(
            st.text(max_size=50).map(lambda text: text + ".go"),
            st.lists(
                st.sampled_from(
                    (  # noqa: SIM905 - a line each otherwise
                        "/ .. . // main.go outside secret.go internal db q.go vendor pkg mod src go checkout x@v1 @v1 "
                        "@ linked link.go example.com team app C:\\ \\ ~ \0 \x1b[2J \u202e \ud800 proc self cwd"
                    ).split()
                ),
                max_size=9,
            ).map("/".join),
        )
    )
    @example("@v1/@v1/main.go")
    @example("linked/secret.go")
    def test_never_raise_and_never_leave_the_roots(
        self, app: Path, goroot: Path, gomodcache: Path, secret: Path, recorded: str
    ) -> None:
        for link, target in ((app / "linked", secret.parent), (app / "internal" / "link.go", secret)):
            if not link.is_symlink():
                link.symlink_to(target)
        # Not as source path: pprof searches the folders above that as well.
        where = finder(goroot=[goroot, app], gomodcache=[gomodcache, app], beside=[app], trim_path=["/src"])
        text = where.find(recorded)
        assert isinstance(where.trim(recorded), str)
        assert all(place == clean(place) for place in where.tried(recorded))
        if text is not None:
            assert text.path == where.tried(recorded)[-1]
            assert any(Path(text.path).resolve().is_relative_to(root) for root in (app, goroot, gomodcache))


class TestText:
    @pytest.mark.parametrize(
        ("data", "lines"),
        [
            (b"", ()),
            (b"\n", ("",)),
            (b"a", ("a",)),
            (b"a\n\nb\n", ("a", "", "b")),
            (b"a\r\nb\r\n", ("a", "b")),
            (b"\xef\xbb\xbfpackage x\n", ("package x",)),
            (b"\tif x {\t// y\n", ("\tif x {\t// y",)),
            (b"\xff\xfe\n", ("\ufffd\ufffd",)),
            (b"a\x0cb\xe2\x80\xa8c\x85\n", ("a\\x0cb\\u2028c\ufffd",)),
            (b'\tx := "\x1b[2J"\n\tok\n', ('\tx := "\\x1b[2J"', "\tok")),
            ("\t/* \u202e } \u2066 */ \r x\n".encode(), ("\t/* \\u202e } \\u2066 */ \\r x",)),
        ],
    )
    def test_has_its_lines_and_nothing_that_acts_on_a_terminal(
        self, data: bytes, lines: tuple[str, ...], tmp_path: Path
    ) -> None:
        path = tmp_path / "x.go"
        path.write_bytes(data)
        text = finder().find(str(path))
        assert text is not None
        assert text.lines == lines

    def test_has_a_path_that_can_be_shown(self, tmp_path: Path) -> None:
        root = tmp_path / "a\x1b[2Jb"
        write(root / "db" / "q.go", "package db\n")
        text = finder(beside=[root]).find("/ci/db/q.go")
        assert text is not None
        assert text.path == f"{tmp_path}/a\\x1b[2Jb/db/q.go"


class TestMemory:
    def test_a_found_file_is_read_once(self, app: Path) -> None:
        where = finder()
        text = where.find(str(app / "main.go"))
        assert text is not None
        (app / "main.go").unlink()
        assert where.find(str(app / "main.go")) is text
        assert finder().find(str(app / "main.go")) is None

    def test_a_missing_file_is_looked_for_once(self, app: Path) -> None:
        where = finder()
        assert where.find(str(app / "late.go")) is None
        write(app / "late.go")
        assert where.find(str(app / "late.go")) is None
        assert finder().find(str(app / "late.go")) is not None

    def test_a_name_costs_a_bounded_number_of_looks(self, app: Path) -> None:
        where = finder(source_path=[app], goroot=[app], gomodcache=[app], beside=[app.parent], explicit=True)
        where.find("/warm/up.go")
        for recorded in ("/a.b" * 900 + "/c@v1/x.go", "/a.b/c" * 600 + "/x.go", "/go/src" * 300 + "/x.go"):
            with watched("stat") as looked:
                assert where.find(recorded) is None
            assert 0 < len(looked) < 100


class TestTried:
    def test_names_the_places_in_order_and_once(self, goroot: Path, app: Path) -> None:
        where = finder(source_path=[app], goroot=[goroot, goroot])
        assert where.tried("/nowhere/go/src/fmt/print.go") == (
            "/nowhere/go/src/fmt/print.go",
            f"{goroot}/src/fmt/print.go",
        )
        assert where.tried("/ci/a/b.go") == ("/ci/a/b.go", f"{app}/ci/a/b.go", f"{app}/a/b.go")

    def test_is_empty_for_what_is_no_file(self, app: Path) -> None:
        assert finder(source_path=[app]).tried("<autogenerated>") == ()
        assert finder(source_path=[app]).tried("/etc/shadow") == ()


class TestFromEnvironment:
    @pytest.fixture(autouse=True)
    def no_installed_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gopaths, "SYSTEM_GOROOTS", ())

    def test_splits_the_lists_and_makes_them_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        roots = SourceRoots.from_environment(
            source_path="a:/b/../c::a/", trim_path="/ci:", beside=[Path("d")], environ={}
        )
        assert roots == SourceRoots((tmp_path / "a", Path("/c")), ("/ci",), (), (), (tmp_path / "d",), explicit=True)

    def test_does_without_a_working_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        gone = tmp_path / "gone"
        gone.mkdir()
        monkeypatch.chdir(gone)
        gone.rmdir()
        assert SourceRoots.from_environment(environ={}).source_path == ()

    def test_finds_goroot_in_the_environment_then_by_the_go_on_path(self, tmp_path: Path, goroot: Path) -> None:
        named = write(tmp_path / "named/src/runtime/proc.go").parents[2]
        (tmp_path / "bin").mkdir()
        write(goroot / "bin" / "go")
        (tmp_path / "bin" / "go").symlink_to(goroot / "bin" / "go")
        environ = {"GOROOT": str(named), "PATH": f"relative:{tmp_path}/none:{tmp_path}/bin"}
        assert SourceRoots.from_environment(environ=environ).goroot == (named, goroot)

    def test_leaves_out_a_goroot_without_source(self, tmp_path: Path) -> None:
        write(tmp_path / "go" / "bin" / "go")
        environ = {"GOROOT": str(tmp_path / "go"), "PATH": f"{tmp_path}/go/bin"}
        assert SourceRoots.from_environment(environ=environ).goroot == ()

    def test_finds_the_newest_of_the_systems_and_the_users(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("lib/go-1.9", "lib/go-1.22", "lib/golang", "home/sdk/go1.27.3", "home/sdk/go1.27.10"):
            write(tmp_path / name / "src" / "runtime" / "proc.go")
        monkeypatch.setattr(gopaths, "SYSTEM_GOROOTS", (f"{tmp_path}/lib/go*", f"{tmp_path}/none/go*"))
        goroots = SourceRoots.from_environment(environ={"HOME": f"{tmp_path}/home"}).goroot
        assert [str(root.relative_to(tmp_path)) for root in goroots] == [
            "lib/go-1.22",
            "lib/go-1.9",
            "lib/golang",
            "home/sdk/go1.27.10",
            "home/sdk/go1.27.3",
        ]

    def test_finds_the_toolchains_in_the_module_cache(self, gomodcache: Path) -> None:
        goroots = SourceRoots.from_environment(environ={"GOMODCACHE": str(gomodcache)}).goroot
        assert goroots == (gomodcache / "golang.org/toolchain@v0.0.1-go1.22.1.linux-amd64",)

    def test_finds_module_caches(self) -> None:
        environ = {"GOMODCACHE": "/m", "GOPATH": "/p:/q", "HOME": "/home/me"}
        assert [str(path) for path in SourceRoots.from_environment(environ=environ).gomodcache] == [
            "/m",
            "/p/pkg/mod",
            "/q/pkg/mod",
            "/home/me/go/pkg/mod",
        ]
        assert SourceRoots.from_environment(environ={}).gomodcache == ()
