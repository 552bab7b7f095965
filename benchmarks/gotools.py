"""The Go tools that goscope is compared with, and small Go programs of the benchmarks' own."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

HERE = Path(__file__).parent


@cache
def go() -> tuple[str, dict[str, str]] | None:
    """The go command of this environment, and variables that keep it from the network."""
    command = Path(sys.executable).with_name("go")
    if not command.exists():
        print("no go beside this Python: comparisons with Go's tools are left out")
        return None
    quiet = {"GOTOOLCHAIN": "local", "GOTELEMETRY": "off", "GOPROXY": "off", "GOFLAGS": "", "CGO_ENABLED": "0"}
    return str(command), {**os.environ, **quiet}


def build(name: str, folder: Path) -> Path:
    """Build the program in benchmarks/NAME into `folder`."""
    command, environment = _needed()
    subprocess.run([command, "build", "-o", folder / name, "."], cwd=HERE / name, env=environment, check=True)
    return folder / name


def build_inside(name: str, folder: Path) -> Path:
    """Build benchmarks/NAME/main.go as a command of the Go distribution, whose internal packages it may then import."""
    command, environment = _needed()
    root = subprocess.run([command, "env", "GOROOT"], env=environment, check=True, capture_output=True, text=True)
    place = Path(root.stdout.strip()) / "src" / "cmd"
    with NamedTemporaryFile("w", suffix=".json") as overlay:
        json.dump({"Replace": {str(place / name / "main.go"): str(HERE / name / "main.go")}}, overlay)
        overlay.flush()
        arguments = [command, "build", "-overlay", overlay.name, "-o", str(folder / name), f"cmd/{name}"]
        subprocess.run(arguments, cwd=place, env={**environment, "GOROOT": str(place.parents[1])}, check=True)
    return folder / name


def _needed() -> tuple[str, dict[str, str]]:
    found = go()
    assert found, "no go beside this Python"
    return found
