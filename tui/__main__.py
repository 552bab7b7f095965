"""The command line: `goscope FILE...` opens the screen, `goscope COMMAND FILE...` prints.

It parses arguments and looks at the terminal, nothing more; Textual, NumPy and protobuf are imported only by what needs
them, so that `--help` answers at once.
"""

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn

from analysis.view import FilterKind
from capture.memory import parse_size
from capture.moments import nanoseconds, stretch
from tui.record_options import add_record_options, add_tls_options

GRANULARITIES = ("functions", "filefunctions", "files", "lines", "addresses")
# Those of analysis.derive, which needs NumPy.
PROFILES = ("cpu", "sched", "sync", "net", "syscall")
LANES = ("procs", "groups", "goroutines", "threads", "tasks")
PERS = ("second", "goroutine", "sum")
_OF_TRACES = ("goroutines", "timeline", "runtime", "tasks")
_OF_RUNTIME = ("runtime", "tasks")
# Those of analysis.utilisation, which needs NumPy.
FLAGS = ("stw", "mark", "assist", "sweep")
# Those of tui.runtime_commands.
PAGES = (
    "overview",
    "requests",
    "gc",
    "pauses",
    "utilisation",
    "load",
    "latency",
    "longest",
    "blocking",
    "regions",
)
_OF_SERIES = ("captures", "trend")
_OF_CALLS = ("peek", "callers")
# What some take before the files.
_FIRST = {"list": " REGEX", "peek": " REGEX", "export": " FORMAT"}
# Those of tui.exporting and tui.export_commands.
EXPORTS = ("proto", "parquet", "folded", "speedscope", "svg", "csv", "json", "md")
REPORTS = ("top", "tree", "callers", "peek", "list", "tags")
# The exit status of a process that SIGPIPE would have ended.
_BROKEN_PIPE = 141
# What there is to hear of a file or a terminal that standard output goes to.
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


class _Filter(argparse.Action):
    """Keeps a filter behind those that were given before: its kind and its text."""

    def __call__(
        self, parser: argparse.ArgumentParser, arguments: argparse.Namespace, text: object, *_: object
    ) -> None:
        arguments.filters = [*arguments.filters, (FilterKind(self.const), text)]


class _Version(argparse.Action):
    """Looks the version up only when asked: that alone takes longer than all other arguments."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"goscope {version('goscope')}")
        parser.exit()


def main(argv: Sequence[str] | None = None) -> int:
    """Run goscope; the result is the process's exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    commands = command_parsers()
    try:
        if arguments and arguments[0] in commands:
            command, parser = arguments[0], commands[arguments[0]]
            # Of a recording the directory may stand behind options, as in: record URL --every 60s DIR.
            parse = parser.parse_intermixed_args if command == "record" else parser.parse_args
            parsed = parse(_spelled(arguments))
            # A merge reads what is elsewhere where it is worked on, and a recording asks for itself.
            there = command in ("merge", "record")
            return _print(command, parsed) if there else _at_hand(parsed, partial(_print, command))
        return _at_hand(_screen(commands).parse_args(arguments), _show)
    except BrokenPipeError:
        # Whoever read has seen enough; what is still buffered must not fail once more at exit.
        _print_no_more()
        return _BROKEN_PIPE
    except OSError as error:
        if error.errno not in _UNWRITABLE or error.filename is not None:
            raise
        _print_no_more()
        print(f"goscope: standard output cannot be written: {(error.strerror or '').lower()}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _print_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _at_hand(arguments: argparse.Namespace, run: Callable[[argparse.Namespace], int]) -> int:
    """Run with copies, for as long as it takes, of the captures that are named by URLs."""
    # What may be an address has a colon; most names have none, and then nothing is imported.
    if not any(":" in name for name in _all_named(arguments)):
        return run(arguments)
    from capture.open import CaptureError
    from tui.elsewhere import copied

    try:
        with copied(arguments) as there:
            return run(there)
    except CaptureError as error:
        print(f"goscope: {error}", file=sys.stderr)
        return 1


def _all_named(arguments: argparse.Namespace) -> list[str]:
    names = [getattr(arguments, option, None) or [] for option in ("files", "diff_base", "base")]
    return [name for each in names for name in ([each] if isinstance(each, str) else each)]


def _spelled(arguments: list[str]) -> list[str]:
    """What follows the command; the format of an export may be written as an option, `--parquet`, anywhere."""
    rest = arguments[1:]
    if arguments[0] == "export":
        options = [each for each in rest if each.startswith("--") and each[2:] in EXPORTS]
        if len(options) == 1:
            rest.remove(options[0])
            rest.insert(0, options[0][2:])
    return rest


def _print(command: str, arguments: argparse.Namespace) -> int:
    from analysis.errors import ViewError
    from capture.open import CaptureError

    if command in _OF_RUNTIME:
        from tui.runtime_commands import RUN
    elif command in _OF_TRACES:
        from tui.trace_commands import RUN
    elif command in _OF_SERIES:
        from tui.series_commands import RUN
    elif command in _OF_CALLS:
        from tui.graph_commands import RUN
    elif command == "flame":
        from tui.flame_commands import RUN
    elif command == "merge":
        from tui.merge_commands import RUN
    elif command == "export":
        from tui.export_commands import RUN
    elif command == "record":
        from tui.record_command import RUN
    else:
        from tui.commands import RUN

    if sys.stdout is None:  # closed by who started it
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    status = 0

    def complain(sentence: str) -> None:
        nonlocal status
        status = 1
        print(f"goscope: {sentence}", file=sys.stderr)

    try:
        for line in RUN[command](arguments, complain):
            print(line)
        sys.stdout.flush()
    except (CaptureError, ViewError) as error:
        complain(str(error))
    except MemoryError:
        complain("there is not enough memory for this")
    return status


def _show(arguments: argparse.Namespace) -> int:
    from tui.terminal import keys_from_terminal, prepare, terminal_problem

    if "-" in arguments.files:
        keys_from_terminal()
    if problem := terminal_problem():
        print(f"goscope: {problem}; `goscope top FILE` prints", file=sys.stderr)
        return 2
    # Textual reads its environment when it is imported.
    prepare(ascii=arguments.ascii, lean=arguments.lean)
    from tui.app import run

    return run(arguments)


def _screen(commands: dict[str, _Parser]) -> _Parser:
    parser = _Parser(
        prog="goscope",
        description="Explore Go profiles and traces in the terminal, each in a tab. Press ? there for the keys.",
        epilog="printing commands:\n"
        + "\n".join(
            f"  goscope {name + _FIRST.get(name, ''):13} {each.description}" for name, each in commands.items()
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _files(parser, "profile, trace, directory or pattern; a process: http://localhost:6060, unix:/path.sock, host:6060")
    add_tls_options(parser)
    _view(parser)
    parser.add_argument("--diff-base", default="", metavar="FILE", help="show how captures differ from this one")
    parser.add_argument("--normalize", action="store_true", help="scale them to its total first")
    parser.add_argument("--view", default="", metavar="NAME", help="look at captures in the way saved as NAME")
    parser.add_argument("--poll", action="store_true", help="look for changes every other second, where none are told")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    parser.add_argument("--mouse", action="store_true", help="let the mouse choose rows (takes text selection away)")
    parser.add_argument(
        "--lean",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="spare a slow link (the default inside SSH)",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    return parser


def command_parsers() -> dict[str, _Parser]:
    def command(name: str, description: str) -> _Parser:
        parser = _Parser(prog=f"goscope {name}", description=description)
        if name in ("list", "peek"):
            parser.add_argument("regex", help="RE2 expression that function names are searched for")
        if name == "export":
            parser.add_argument(
                "format", choices=EXPORTS, metavar="FORMAT", help=f"{', '.join(EXPORTS)}; also as --svg, ..."
            )
        _files(parser, _named(name))
        if name not in ("timeline", "export", "merge"):
            parser.add_argument("--json", action="store_true", help="print one JSON object, with raw integers")
        return parser

    top = command("top", "functions by weight, as `go tool pprof -top`")
    tree = command("tree", "the call tree, heaviest branches first")
    listing = command("list", "source lines of matching functions with their weights, as `go tool pprof -list`")
    peek = command("peek", "callers and callees of matching functions, as `go tool pprof -peek`")
    callers = command("callers", "every function with its callers and callees, as `go tool pprof -tree`")
    tags = command("tags", "labels and what they weigh, as `go tool pprof -tags`")
    info = command("info", "what a capture is: kind, program, time, totals, missing parts")
    goroutines = command("goroutines", "where the goroutines of a trace spent their time, by entry function and each")
    timeline = command("timeline", "what ran when in a trace, as lanes of text")
    runtime = command("runtime", "why a trace's program was slow: GC, pauses, scheduler latency, waits, requests")
    tasks = command("tasks", "requests of a trace: user tasks, HTTP requests, goroutines; what held the slowest up")
    series = command(
        "captures", "the series in directories: kind, program, newest, total over time; what is unreadable"
    )
    trend = command("trend", "what grows over a series of captures: first, last, slope per hour, steady or not")
    export = command("export", "a profile or a report as a file for other tools: SVG, folded, speedscope, pprof…")
    merge = command("merge", "one profile of thousands of captures, on all cores or on a cluster")
    record = _Parser(
        prog="goscope record",
        description="captures of processes that run, on a schedule or when a metric says so, into a directory",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_record_options(record)
    flame = command("flame", "all stacks at once as an icicle of text, or as SVG or folded stacks")
    for parser in (top, tree, listing, peek, callers, tags, flame, export):
        _view(parser)
        _base(parser)
    callers.add_argument(
        "-n", type=_count, default=80, metavar="ROWS", help="at most so many functions, 0 for all (default: 80)"
    )
    for parser in (top, tree):
        parser.add_argument("-n", type=_count, default=0, metavar="ROWS", help="at most so many rows (default: all)")
    for parser in (top, tree, callers):
        parser.add_argument(
            "--node-fraction",
            type=float,
            default=0.005,
            metavar="F",
            help="leave out what weighs less (default: 0.005)",
        )
        parser.add_argument("--no-trim", action="store_true", help="leave nothing out")
    for parser in (top, callers):
        parser.add_argument("--sort", choices=("flat", "cum"), default="flat", help="what to sort by (default: flat)")
    tags.add_argument("--tagshow", default="", metavar="REGEX", help="only keys that this RE2 expression finds")
    tags.add_argument("--taghide", default="", metavar="REGEX", help="without the keys that it finds")
    tree.add_argument("--invert", action="store_true", help="from the leaves to their callers")
    tree.add_argument("--depth", type=_count, default=0, metavar="N", help="at most so many levels (default: all)")
    _goroutines(goroutines)
    _timeline(timeline)
    _runtime(runtime)
    _tasks(tasks)
    _ascii(series)
    _trend(trend)
    _export(export)
    _flame(flame)
    _merge(merge)
    return {
        "top": top,
        "tree": tree,
        "list": listing,
        "peek": peek,
        "callers": callers,
        "tags": tags,
        "flame": flame,
        "export": export,
        "merge": merge,
        "info": info,
        "goroutines": goroutines,
        "timeline": timeline,
        "runtime": runtime,
        "tasks": tasks,
        "captures": series,
        "trend": trend,
        "record": record,
    }


def _named(command: str) -> str:
    """What a command's files may be."""
    if command == "merge":
        return "profile, directory, pattern, or a URL of one: s3://bucket/prefix/"
    if command in _OF_SERIES:
        return "directory, profile, trace or pattern"
    return f"{'trace' if command in _OF_TRACES else 'profile, trace, directory, pattern'}, or - for standard input"


def _goroutines(parser: _Parser) -> None:
    parser.add_argument("--groups", action="store_true", help="entry functions alone")
    parser.add_argument(
        "--sort",
        default="exec",
        metavar="FIGURE",
        help="what to sort by: name, count, total, exec, sched_wait, blocked, syscall, syscall_block, assist, sweep, "
        "stw, a reason such as “chan receive”; functions also by total:p95, :median, :max or :min (default: exec)",
    )
    parser.add_argument(
        "-n",
        type=_count,
        default=None,
        metavar="ROWS",
        help="at most so many goroutines, or functions with --groups or --diff-base; 0 for all (default: 20 "
        "goroutines, in JSON all)",
    )
    parser.add_argument("--name", default="", metavar="REGEX", help="only functions that this RE2 expression finds")
    parser.add_argument(
        "--diff-base", default="", metavar="TRACE", help="compare with this trace, entry functions alone"
    )
    parser.add_argument(
        "--per",
        choices=PERS,
        default=None,
        help="compare times per second of the trace, per goroutine, or as they are (default: second)",
    )
    parser.add_argument("--base-window", type=_stretch, metavar="TIME..TIME", help="only this stretch of the base")
    _compat(parser)
    _window(parser)


def _timeline(parser: _Parser) -> None:
    parser.add_argument("--lanes", choices=LANES, default="procs", help="what a lane is (default: procs)")
    parser.add_argument(
        "--width", type=_count, default=0, metavar="N", help="characters in a line (default: the terminal's)"
    )
    parser.add_argument(
        "-n", type=_count, default=40, metavar="LANES", help="at most so many lanes, 0 for all (default: 40)"
    )
    parser.add_argument("--name", default="", metavar="REGEX", help="only lanes that this RE2 expression finds")
    _ascii(parser)
    _compat(parser)
    _window(parser)


def _runtime(parser: _Parser) -> None:
    parser.add_argument(
        "--page", choices=PAGES, default="", help="which page of the Runtime pane (default: overview; in JSON all)"
    )
    parser.add_argument(
        "--flags",
        type=_flags,
        default=("stw", "mark", "assist"),
        metavar="FLAGS",
        help=f"what utilisation takes off: {', '.join(FLAGS)}, with commas between (default: stw,mark,assist)",
    )
    _rows_of(parser)


def _tasks(parser: _Parser) -> None:
    parser.add_argument("--name", default="", metavar="REGEX", help="the first type that this RE2 expression finds")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--group", default="", metavar="FUNCTION", help="the lives of goroutines that run this function")
    kinds.add_argument("--http", action="store_true", help="what net/http's connections read and answer")
    parser.add_argument("--task", type=_count, default=None, metavar="ID", help="the task, or goroutine, with this id")
    _rows_of(parser)


def _rows_of(parser: _Parser) -> None:
    parser.add_argument(
        "-n", type=_count, default=None, metavar="ROWS", help="at most so many rows, 0: all (default: 20, in JSON all)"
    )
    _ascii(parser)
    _compat(parser)
    _window(parser)


def _trend(parser: _Parser) -> None:
    parser.add_argument("--kind", default="", help="of several series that of this kind: heap, goroutine, cpu…")
    parser.add_argument(
        "--program", default="", metavar="NAME", help="of several series that of this program, or of this build id"
    )
    _shape(parser)
    parser.add_argument("--by", choices=("flat", "cum"), default="flat", help="which weight (default: flat)")
    parser.add_argument(
        "--sort",
        choices=("growth", "slope", "last", "name"),
        default="growth",
        help="what to sort by (default: growth, which is the slope as far as it is steady)",
    )
    parser.add_argument(
        "-n",
        type=_count,
        default=None,
        metavar="ROWS",
        help="at most so many rows, 0 for all (default: 20, in JSON all)",
    )
    _ascii(parser)


def _export(parser: _Parser) -> None:
    parser.add_argument("-o", dest="output", default="", metavar="OUT", help="file to write (default: print)")
    parser.add_argument("--force", action="store_true", help="replace a file that exists")
    parser.add_argument(
        "--report", choices=REPORTS, default="top", help="of csv, json and md: which report's rows (default: top)"
    )
    parser.add_argument("--regex", default="", help="of --report list and peek: which functions")
    parser.add_argument(
        "--sort", choices=("flat", "cum"), default="flat", help="of --report top and callers (default: flat)"
    )
    parser.add_argument(
        "-n", type=_count, default=0, metavar="ROWS", help="at most so many rows (default: all, in md 30)"
    )


def _flame(parser: _Parser) -> None:
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--svg", action="store_true", help="as `goscope export svg`")
    forms.add_argument("--folded", action="store_true", help="as `goscope export folded`")
    parser.add_argument("-o", dest="output", default="", metavar="OUT", help="with either: file to write")
    parser.add_argument("--force", action="store_true", help="with -o: replace a file that exists")
    parser.add_argument("--invert", action="store_true", help="from the leaves to their callers")
    parser.add_argument("--merged", action="store_true", help="direct recursion as one box")
    parser.add_argument("--pivot", default="", metavar="NAME", help="callers above this function, callees below")
    parser.add_argument("--depth", type=_count, default=0, metavar="N", help="at most so many levels (default: all)")
    parser.add_argument(
        "--node-fraction", type=float, default=0.0, metavar="F", help="leave out what weighs less (default: nothing)"
    )
    parser.add_argument(
        "--width", type=_count, default=0, metavar="N", help="characters in a line (default: the terminal's)"
    )
    _ascii(parser)


def _merge(parser: _Parser) -> None:
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="file to write, a pprof profile")
    parser.add_argument("--force", action="store_true", help="replace a file that exists")
    parser.add_argument("-j", "--jobs", type=_count, default=0, metavar="N", help="processes (default: all cores)")
    parser.add_argument("--dask", default="", metavar="ADDRESS", help="work on the dask cluster at this address")


def _ascii(parser: _Parser) -> None:
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")


def _compat(parser: _Parser, of: str = "") -> None:
    parser.add_argument("--compat", action="store_true", help=f"{of}the figures of Go's own tools")


def _window(parser: _Parser, of: str = "") -> None:
    parser.add_argument(
        "--from", dest="begin", type=_moment, metavar="TIME", help=f"{of}begin so long after its start: 10ms"
    )
    parser.add_argument("--to", dest="end", type=_moment, metavar="TIME", help=f"{of}end so long after its start: 1.5s")
    parser.add_argument("--window", type=_stretch, metavar="TIME..TIME", help=f"{of}both: 10ms..20ms")


def _files(parser: _Parser, what: str) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help=what)
    parser.add_argument("-r", "--recursive", action="store_true", help="look for profiles below directories too")
    parser.add_argument(
        "--max-memory",
        type=_size,
        default=None,
        metavar="SIZE",
        help="memory to take (default: half of what is free)",
    )


def _base(parser: _Parser) -> None:
    bases = parser.add_mutually_exclusive_group()
    bases.add_argument(
        "--diff-base",
        action="append",
        default=[],
        metavar="BASE",
        help="subtract this capture, or directory or pattern of captures; percentages are of it; may be repeated",
    )
    bases.add_argument(
        "--base", action="append", default=[], metavar="BASE", help="the same, with percentages of what is left"
    )
    parser.add_argument("--normalize", action="store_true", help="first scale the rest to add up to what the base does")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of rows or levels")
    return int(text)


def _size(text: str) -> int:
    try:
        return parse_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _moment(text: str) -> int:
    try:
        return nanoseconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _flags(text: str) -> tuple[str, ...]:
    flags = tuple(dict.fromkeys(text.split(",")))
    if unknown := [flag for flag in flags if flag not in FLAGS]:
        raise argparse.ArgumentTypeError(f"“{unknown[0]}” is none of {', '.join(FLAGS)}")
    return flags


def _stretch(text: str) -> tuple[int, int]:
    try:
        return stretch(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _shape(parser: _Parser) -> None:
    parser.add_argument(
        "--sample", default="", metavar="TYPE", help="sample type, by name or index (default: the profile's)"
    )
    parser.add_argument("--granularity", choices=GRANULARITIES, default="functions", help="what a row stands for")
    parser.add_argument("--no-inlines", action="store_true", help="book inlined calls on their callers")
    parser.add_argument("--mine", action="store_true", help="fold everything outside the main module into its callers")
    parser.add_argument(
        "--unit", default="minimum", help="unit to print in: ms, s, MB, auto… (default: one that fits all)"
    )


def _view(parser: _Parser) -> None:
    _shape(parser)
    parser.add_argument(
        "--profile", choices=PROFILES, default="", help="of a trace: which (default: cpu if it has samples, or sched)"
    )
    _window(parser, "of a trace: ")
    _compat(parser, "of a trace: ")
    _filters(parser)
    parser.add_argument("--source-path", default="", metavar="DIRS", help="where sources lie, separated by colons")
    parser.add_argument("--trim-path", default="", metavar="DIRS", help="prefixes to take off recorded paths")


_FILTERS = {
    FilterKind.FOCUS: ("REGEX", "only samples with a function, file or binary that this RE2 expression finds"),
    FilterKind.IGNORE: ("REGEX", "no samples with one"),
    FilterKind.HIDE: ("REGEX", "without such frames; what they weigh goes to their callers"),
    FilterKind.SHOW: ("REGEX", "only such frames"),
    FilterKind.SHOW_FROM: ("REGEX", "without what calls the outermost such frame"),
    FilterKind.PRUNE_FROM: ("REGEX", "without what such a frame calls"),
    FilterKind.TAGFOCUS: ("[KEY=]VALUE", "only samples with this label: expressions, or a range such as bytes=4kb:1mb"),
    FilterKind.TAGIGNORE: ("[KEY=]VALUE", "no samples with it"),
    FilterKind.TAGROOT: ("KEYS", "the values of these labels, with commas between, as callers of all"),
    FilterKind.TAGLEAF: ("KEYS", "the values of these labels as callees of all"),
}


def _filters(parser: _Parser) -> None:
    """Filters by the names that pprof has for them; each may be repeated, and takes more away."""
    parser.set_defaults(filters=[])
    for kind, (what, does) in _FILTERS.items():
        parser.add_argument(
            f"--{kind.replace('_', '-')}", action=_Filter, const=kind, dest="filters", metavar=what, help=does
        )
    parser.add_argument("--relative-percentages", action="store_true", help="percentages of what the filters leave")


if __name__ == "__main__":
    sys.exit(main())
