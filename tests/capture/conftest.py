"""Folders that the tests of the source finder share: a checkout, a GOROOT, a module cache."""

from pathlib import Path

import pytest

from tests.capture.trees import write


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
