"""HTTP requests of connections made up, of which it is known what they served."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from analysis.requests import HTTP, RequestKind, request_types, requests, type_named
from tests.tracebuild import G, trace

SERVE = "net/http.(*conn).serve"
FD = "net.(*conn).Read;internal/poll.(*FD).Read"
PEEK = f"{SERVE};bufio.(*Reader).Peek;net/http.(*connReader).Read;{FD}"
HANDSHAKE = f"{SERVE};crypto/tls.(*Conn).HandshakeContext;{FD}"
HEADER = f"{SERVE};net/http.(*conn).readRequest;net/textproto.(*Reader).readMIMEHeader;bufio.(*Reader).Peek;{FD}"
DRAIN = f"{SERVE};net/http.(*response).finishRequest;net/http.(*body).Close;{FD}"
FLUSH = f"{SERVE};net/http.(*response).finishRequest;bufio.(*Writer).Flush;internal/poll.(*FD).Write"
ABORT = f"{SERVE};net/http.(*response).finishRequest;net/http.(*connReader).abortPendingRead;sync.(*Cond).Wait"
HANDLER = f"{SERVE};net/http.serverHandler.ServeHTTP;main.handle"
IN_HANDLER = (
    f"sleep @{HANDLER};time.Sleep",
    f"sync @{HANDLER};sync.(*Mutex).Lock",
    f"network @{HANDLER};io.ReadAll;bufio.(*Reader).Peek;{FD}",
)
IN_FINISH = (f"network @{DRAIN}", f"network @{FLUSH}", f"sync.(*Cond).Wait @{ABORT}")


@dataclass
class Connection:
    """What a connection's goroutine does, and the requests that it served: start, end and whether they are whole."""

    time: int = 0
    spans: list[str] = field(default_factory=list)
    served: list[tuple[int, int, bool]] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    begin: int = 0
    begun: bool = False
    seen: bool = False

    def say(self, what: str) -> int:
        self.time += 10 if self.spans else 0
        self.spans.append(f"{self.time} {what}")
        return self.time

    def wait(self, reason: str) -> int:
        """When it was woken; whoever did that has a stack of its own."""
        self.say(f"waiting:{reason}")
        woken = self.say(f"runnable by:0 @{HANDLER};main.notify")
        self.say("running")
        return woken

    def arrive(self, at: int, *, known: bool = True) -> None:
        """A request may begin."""
        self.begin, self.begun, self.seen = at, known, False

    def handle(self, reasons: list[str], *, reads: bool = False) -> None:
        """What has no body is read on in the background while it is handled."""
        if reads:
            self.reads.append(self.time + 5)
            self.seen = True
        for reason in reasons:
            self.wait(reason)
            self.seen = True

    def serve(self, end: int, *, ended: bool = True) -> None:
        self.served.append((self.begin, end, self.begun and ended))


@st.composite
def connections(draw: st.DrawFn) -> tuple[Connection, bool]:
    """A connection, and whether it was created in the trace."""
    made = Connection(time=draw(st.integers(0, 50)))
    found = draw(st.sampled_from(["", "idle", "untold", "untold, but by whom", "handling"]))
    if found:
        made.time = 0
    if not found:
        made.arrive(made.say("runnable by:0"))
        made.say("running")
        for reason in draw(st.sampled_from([(), (HANDSHAKE,), (HANDSHAKE, HANDSHAKE, HEADER), (HEADER,)])):
            made.arrive(made.wait(f"network @{reason}"))
    elif found == "handling":
        made.say(f"running @{HANDLER}")
        made.seen = True
    else:
        made.say(f"waiting @{PEEK}" if found == "idle" else "waiting")
        woken = made.say("runnable by:0" if found != "untold" else "runnable")
        made.arrive(0 if found == "untold, but by whom" else woken, known=found == "idle")
        made.say("running")
    for _ in range(draw(st.integers(0, 3))):
        in_handler, in_finish = (
            st.lists(st.sampled_from(IN_HANDLER), max_size=2),
            st.lists(st.sampled_from(IN_FINISH), max_size=2),
        )
        made.handle(draw(in_handler), reads=(reads := draw(st.booleans())))
        finished = [made.wait(reason) for reason in draw(in_finish)]
        while reads and draw(st.booleans()):
            # The next one is there at once.
            made.say("runnable")
            made.say("running")
            next_one = finished[-1] if finished else made.time + 5
            made.serve(next_one)
            made.arrive(next_one)
            made.handle(draw(in_handler), reads=True)
            finished = [made.wait(reason) for reason in draw(in_finish)]
        made.serve(made.time + 10)
        made.arrive(made.wait(f"network @{PEEK}"))
        if draw(st.booleans()):
            made.arrive(made.wait(f"network @{HEADER}"))
    match draw(st.sampled_from(["closed by the client", "closed by the handler", "idle", "handling"])):
        case "closed by the client":
            gone = made.say("gone")
            if made.seen:
                made.serve(gone)
        case "closed by the handler":
            made.handle(draw(st.sampled_from([[], [IN_HANDLER[0]]])), reads=(reads := draw(st.booleans())))
            gone = made.say("gone")
            if made.seen or reads:
                made.serve(gone)
        case "idle":
            made.serve(made.say(f"waiting:network @{PEEK}"))
        case "handling":
            if draw(st.booleans()):
                # The one before is over, and that it is the last but one nothing tells but its read.
                made.handle([], reads=True)
                made.say("runnable")
                made.say("running")
                made.serve(made.time + 5)
                made.arrive(made.time + 5)
                made.handle([], reads=True)
            made.say(f"waiting:{draw(st.sampled_from(IN_HANDLER))}")
            made.serve(-1, ended=False)
    return made, not found


@given(st.lists(connections(), min_size=1, max_size=4))
def test_requests_of_connections(made: list[tuple[Connection, bool]]) -> None:
    duration = 10 + max(each.time for each, _ in made)
    goroutines = [G(SERVE, each.spans, created) for each, created in made]
    background = [
        G("net/http.(*connReader).backgroundRead", [f"{time} runnable by:{row + 1}", f"{time + 1} running"])
        for row, (each, _) in enumerate(made)
        for time in each.reads
    ]
    # One of a connection from before the trace says nothing.
    background.append(G("net/http.(*connReader).backgroundRead", ["0 running"], created=False))
    built = trace(G("main.main", ["0 running"], created=False), *goroutines, *background, duration=duration)
    expected = [
        (start, duration if end < 0 else end, whole, row + 1)
        for row, (each, _) in enumerate(made)
        for start, end, whole in each.served
    ]
    http = [each for each in request_types(built) if each.kind is RequestKind.HTTP]
    if not expected:
        assert not http
        return
    found = requests(built, http[0])
    columns = (found.start, found.end, found.whole, found.first)
    assert list(zip(*(each.tolist() for each in columns), strict=True)) == sorted(
        expected, key=lambda each: (each[0], each[3])
    )
    assert found.first.tolist() == found.last.tolist()
    assert found.id.tolist() == (found.first + 1).tolist()
    whole = [end - start for start, end, whole, _ in expected if whole]
    assert (http[0].count, http[0].whole, http[0].spread.total) == (len(expected), len(whole), sum(whole))


def test_a_handler_of_http2_has_a_goroutine_of_its_own() -> None:
    built = trace(
        G("net/http.(*http2serverConn).runHandler", ["10 runnable by:3", "15 running", "40 gone"]),
        G("net/http/internal/http2.(*serverConn).runHandler", ["5 runnable by:3", "20 running", "70 waiting:sync"]),
        G("golang.org/x/net/http2.(*serverConn).runHandler", ["0 waiting", "50 gone"], created=False),
        G(SERVE, ["0 waiting:select @net/http.(*http2serverConn).serve"], created=False),
        G("main.(*serverConn).runHandler", ["0 running"], created=False),
        duration=100,
    )
    found = requests(built, type_named(built, HTTP))
    assert found.id.tolist() == [3, 2, 1]
    assert found.start.tolist() == [0, 5, 10]
    assert found.end.tolist() == [50, 100, 40]
    assert found.whole.tolist() == [False, False, True]
