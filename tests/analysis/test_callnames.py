"""Names of what goroutines do, out of their stacks: on a real trace and on stacks as Go 1.22 to 1.27 write them."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from analysis.callnames import call_name, call_names
from analysis.callrules import RULES
from analysis.framenames import frames, function
from parsers.trace import read_trace
from parsers.trace.model import State, Trace
from tests.tracebuild import G, trace

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
_SERVE = "net/http.(*conn).serve"
_HANDLER = f"{_SERVE};net/http.serverHandler.ServeHTTP;net/http.HandlerFunc.ServeHTTP;main.handle"
_READ = "net.(*conn).Read;net.(*netFD).Read;internal/poll.(*FD).Read"
_WRITE = "net.(*conn).Write;net.(*netFD).Write;internal/poll.(*FD).Write"
_TLS_READ = f"crypto/tls.(*Conn).Read;crypto/tls.(*Conn).readRecord;crypto/tls.(*Conn).readFromUntil;{_READ}"
_DO = (
    "net/http.(*Client).Do;net/http.(*Client).do;net/http.(*Client).send;net/http.send;net/http.(*Transport).RoundTrip;"
    "net/http.(*Transport).roundTrip"
)
_QUERY = "database/sql.(*DB).QueryContext;database/sql.(*DB).retry;database/sql.(*DB).QueryContext.func1"
_GRPC = "google.golang.org/grpc.(*ClientConn).Invoke;google.golang.org/grpc.invoke"


def _named(*stacks: str) -> list[str]:
    """The names of stacks, each given root first."""
    made = trace(
        G("main.main", [f"{time} waiting:sync @{stack}" for time, stack in enumerate(stacks)]), duration=len(stacks)
    )
    return [call_name(made, row) for row in made.spans.stack.tolist()]


@pytest.mark.parametrize(
    ("stack", "name"),
    [
        # The two sides of HTTP/1.
        (f"{_SERVE};bufio.(*Reader).Peek;bufio.(*Reader).fill;net/http.(*connReader).Read;{_READ}", "idle connection"),
        (f"{_SERVE};net/http.(*conn).readRequest;net/http.readRequest;bufio.(*Reader).Peek;{_READ}", "read request"),
        (f"net/http.(*connReader).backgroundRead;{_READ}", "watch for the client's end"),
        (f"{_HANDLER};net/http.(*body).Read;net/http.(*body).readLocked;{_READ}", "read request body"),
        (f"{_HANDLER};net/http.(*response).Write;bufio.(*Writer).Flush;{_WRITE}", "write response"),
        (f"{_SERVE};net/http.(*response).finishRequest;bufio.(*Writer).Flush;{_WRITE}", "write response"),
        (f"main.main;net/http.(*Server).Serve;{_READ.replace('Read', 'Accept')}", "accept"),
        (_HANDLER, "handler"),
        (f"{_HANDLER};main.work;runtime.chanrecv1", "handler"),
    ],
)
def test_what_an_http_server_does(stack: str, name: str) -> None:
    assert _named(stack) == [f"HTTP server: {name}"]


@pytest.mark.parametrize(
    ("stack", "name"),
    [
        (f"main.get;{_DO};net/http.(*Transport).getConn;runtime.selectgo", "wait for a connection"),
        (f"main.get;{_DO};net/http.(*persistConn).roundTrip;runtime.selectgo", "wait for the response"),
        (f"{_HANDLER};{_DO};net/http.(*persistConn).roundTrip;runtime.selectgo", "wait for the response"),
        (
            "net/http.(*persistConn).readLoop;bufio.(*Reader).Peek;bufio.(*Reader).fill;net/http.(*persistConn).Read;"
            + _TLS_READ,
            "connection idle or before a response",
        ),
        ("net/http.(*persistConn).readLoop;runtime.selectgo", "connection's read loop"),
        (f"net/http.(*persistConn).readLoop;net/http.(*persistConn).readResponse;{_READ}", "read response head"),
        ("net/http.(*persistConn).writeLoop;runtime.selectgo", "connection's write loop"),
        (f"net/http.(*persistConn).writeLoop;bufio.(*Writer).Flush;{_WRITE}", "write request"),
        (
            f"main.get;net/http.(*bodyEOFSignal).Read;net/http.(*body).Read;net/http.(*persistConn).Read;{_READ}",
            "read response body",
        ),
        # The reader waits for a function of the loop's, in its own goroutine.
        (
            "main.get;net/http.(*bodyEOFSignal).Read;net/http.(*bodyEOFSignal).condfn;"
            "net/http.(*persistConn).readLoop.func4;runtime.chanrecv1",
            "read response body",
        ),
        (
            "net/http.(*Transport).startDialConnForLocked.func1;net/http.(*Transport).dialConnFor;"
            "net/http.(*Transport).dialConn;net/http.(*Transport).dial;net.(*Dialer).DialContext",
            "connect",
        ),
    ],
)
def test_what_an_http_client_does(stack: str, name: str) -> None:
    assert _named(stack) == [f"HTTP client: {name}"]


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("(*ClientConn).roundTrip", "HTTP client: wait for the response"),
        ("(*ClientConn).readLoop", "HTTP/2 client: read loop"),
        ("transportResponseBody.Read", "HTTP client: read response body"),
        ("(*clientStream).doRequest", "HTTP/2 client: stream"),
        ("(*serverConn).serve", "HTTP/2 server: connection's loop"),
        ("(*serverConn).readFrames", "HTTP/2 server: read loop"),
        ("(*serverConn).writeDataFromHandler", "HTTP server: write response"),
        ("(*requestBody).Read", "HTTP server: read request body"),
        ("(*serverConn).runHandler", "HTTP server: handler"),
    ],
)
def test_http2_is_the_same_by_each_of_its_names(spelling: str, name: str) -> None:
    """Bundled until Go 1.26, a package of net/http since, and golang.org/x/net's own, vendored or not."""
    star, _, rest = spelling.rpartition("(*")
    bundled = f"net/http.{star}(*http2{rest}" if "(*" in spelling else f"net/http.http2{spelling}"
    stacks = [
        bundled,
        f"net/http/internal/http2.{spelling}",
        f"golang.org/x/net/http2.{spelling}",
        f"acme.org/app/vendor/golang.org/x/net/http2.{spelling}",
        f"vendor/golang.org/x/net/http2.{spelling}.func1;runtime.selectgo",
    ]
    assert _named(*stacks) == [name] * len(stacks)


@pytest.mark.parametrize(
    ("stack", "name"),
    [
        (
            f"{_HANDLER};{_QUERY};database/sql.(*DB).query;database/sql.(*DB).conn;runtime.selectgo",
            "wait for a connection",
        ),
        (
            f"{_QUERY};database/sql.(*DB).query;database/sql.(*DB).conn;database/sql.dsnConnector.Connect;"
            "net.(*Dialer).DialContext",
            "connect",
        ),
        (f"{_HANDLER};{_QUERY};database/sql.(*DB).query;database/sql.(*DB).queryDC;{_TLS_READ}", "query"),
        (f"main.f;database/sql.(*Stmt).QueryRow;database/sql.(*Stmt).QueryContext;{_READ}", "query"),
        (
            f"main.f;database/sql.(*Tx).ExecContext;database/sql.(*DB).execDC;database/sql.ctxDriverPrepare;{_READ}",
            "prepare",
        ),
        (f"main.f;database/sql.(*Tx).Exec;database/sql.(*Tx).ExecContext;database/sql.(*DB).execDC;{_READ}", "exec"),
        (f"main.f;database/sql.(*DB).Begin;database/sql.(*DB).BeginTx;database/sql.(*DB).begin;{_READ}", "begin"),
        (f"main.f;database/sql.(*Tx).Commit;database/sql.withLock;database/sql.(*Tx).Commit.func1;{_READ}", "commit"),
        (f"database/sql.(*Tx).awaitDone;database/sql.(*Tx).rollback;{_READ}", "rollback"),
        (f"main.f;database/sql.(*Rows).Next;database/sql.(*Rows).nextLocked;{_READ}", "read rows"),
        (
            "main.f;github.com/jackc/pgx/v5/pgxpool.(*Pool).Query;github.com/jackc/pgx/v5/pgxpool.(*Pool).Acquire;"
            "github.com/jackc/puddle/v2.(*Pool[...]).Acquire;golang.org/x/sync/semaphore.(*Weighted).Acquire",
            "wait for a connection",
        ),
        (
            f"main.f;github.com/jackc/pgx/v4.(*Conn).Query;github.com/jackc/pgconn.(*PgConn).peekMessage;{_READ}",
            "query",
        ),
    ],
)
def test_what_sql_does(stack: str, name: str) -> None:
    assert _named(stack) == [f"SQL: {name}"]


@pytest.mark.parametrize(
    ("stack", "name"),
    [
        (f"main.f;net.LookupHost;net.(*Resolver).lookupHost;net.(*Resolver).exchange;{_READ}", "DNS lookup"),
        ("main.f;net.Dial;net.(*Dialer).DialContext;net.(*Resolver).lookupIPAddr;runtime.selectgo", "DNS lookup"),
        ("net.doBlockingWithCtx[...].func1;net._C_getaddrinfo", "DNS lookup"),
        ("main.f;net.Dial;net.(*Dialer).DialContext;net.(*sysDialer).dialTCP;net.(*netFD).connect", "net: dial"),
        (
            "net/http.(*persistConn).addTLS.func2;crypto/tls.(*Conn).HandshakeContext;crypto/tls.(*Conn).clientHandshake;"
            + _READ,
            "TLS: handshake",
        ),
        (f"main.f;{_TLS_READ}", "TLS: read"),
        ("main.f;net.(*TCPListener).Accept;net.(*netFD).accept;internal/poll.(*FD).Accept", "net: accept"),
        (f"main.f;{_READ}", "net: read"),
        ("main.f;net.(*UDPConn).ReadFrom;net.(*netFD).readFromInet4", "net: read"),
        (f"main.f;fmt.Fprintf;{_WRITE}", "net: write"),
        (f"{_GRPC};google.golang.org/grpc.(*clientStream).RecvMsg;runtime.selectgo", "gRPC client: wait for a message"),
        (
            f"{_GRPC};google.golang.org/grpc.(*pickerWrapper).pick;runtime.selectgo",
            "gRPC client: wait for a connection",
        ),
        ("google.golang.org/grpc/internal/transport.(*loopyWriter).run;runtime.selectgo", "gRPC: write loop"),
        (
            f"google.golang.org/grpc.(*Server).handleStream;google.golang.org/grpc.(*Server).processUnaryRPC;{_QUERY}",
            "SQL: query",
        ),
        ("google.golang.org/grpc.(*Server).processUnaryRPC;main.f;runtime.chanrecv1", "gRPC server: handler"),
        (f"main.f;github.com/redis/go-redis/v9.(*Client).Process;{_READ}", "Redis: command"),
        (
            "main.f;github.com/go-redis/redis/v8.(*baseClient)._process;"
            "github.com/go-redis/redis/v8/internal/pool.(*ConnPool).Get;runtime.selectgo",
            "Redis: wait for a connection",
        ),
        ("github.com/nats-io/nats%2ego.(*Conn).waitForMsgs;sync.(*Cond).Wait", "NATS: wait for a message"),
        ("main.f;os.ReadFile;os.Open;os.OpenFile;syscall.openat", "file: open"),
        (f"{_HANDLER};net/http.(*response).ReadFrom;io.copyBuffer;os.(*File).Read", "file: read"),
        ("main.f;os.(*File).Sync;internal/poll.(*FD).Fsync", "file: sync"),
        ("main.f;os/exec.(*Cmd).Run;os/exec.(*Cmd).Wait;os.(*Process).Wait", "exec: wait for a process"),
        ("os/exec.(*Cmd).Start.func2;os/exec.(*Cmd).writerDescriptor.func1;os.(*File).Read", "exec: read output"),
        ("main.f;log.Printf;log.(*Logger).output;os.(*File).Write", "log: write"),
        (f"{_HANDLER};runtime.mallocgc;runtime.gcAssistAlloc;runtime.gcParkAssist", "GC: mark assist"),
        (f"{_HANDLER};golang.org/x/sync/errgroup.(*Group).Wait;sync.(*WaitGroup).Wait", "errgroup: wait"),
        ("main.main;main.run;sync.(*WaitGroup).Wait", "WaitGroup: wait"),
        (
            "main.f;golang.org/x/sync/singleflight.(*Group).Do;sync.(*WaitGroup).Wait",
            "singleflight: wait for another's call",
        ),
        ("main.f;golang.org/x/sync/singleflight.(*Group).Do;golang.org/x/sync/singleflight.(*Group).doCall;main.g", ""),
        ("runtime.gcBgMarkWorker;runtime.gopark", "GC: mark worker"),
        (f"runtime.runFinalizers;main.(*pool).close;{_WRITE}", "net: write"),
        ("runtime.runfinq;runtime.gopark", "finalizers and cleanups"),
        ("main.main;main.work", ""),
        ("", ""),
    ],
)
def test_the_more_telling_name_wins(stack: str, name: str) -> None:
    assert _named(stack) == [name]


def test_functions_that_only_begin_like_those_of_a_rule_have_no_name() -> None:
    assert (
        _named(
            "main.f;database/sql.(*DB).connector",
            "main.f;net/http.(*conn).server",
            "acme.org/net/http.(*conn).serve",
            "main.(*conn).serve",
        )
        == [""] * 4
    )


def test_a_caller_counts_only_for_what_it_calls_itself() -> None:
    """The leaf of one stack does not call the root of the stack before it."""
    assert _named("main.f;bufio.(*Reader).Peek", _SERVE, f"{_SERVE};main.f;bufio.(*Reader).Peek") == [
        "",
        "HTTP server: connection",
        "HTTP server: connection",
    ]


def test_names_are_told_apart_and_fit_their_column() -> None:
    names = [name for name, _ in RULES]
    assert not [name for name, times in Counter(names).items() if times > 1]
    assert "" not in names and len(names) < 255


@pytest.fixture(scope="module")
def gateway() -> Trace:
    return read_trace((SAMPLES / "gateway.trace").read_bytes())


def test_every_stack_has_the_name_of_its_first_rule(gateway: Trace) -> None:
    """As a slow reading of the rules has it, of a program of one module without vendored packages, by Go 1.27."""
    named = call_names(gateway)
    places = {pattern: rank for rank, (_, patterns) in reversed(list(enumerate(RULES))) for pattern in patterns.split()}

    def slow(stack: int) -> str:
        names = [function(gateway, frame) for frame in frames(gateway, stack).tolist()]
        names = [name.partition(".func")[0].replace("net/http/internal/http2.", "http2.") for name in names]
        found = [places[name] for name in names if name in places]
        found += [places[f"{callee}<{caller}"] for callee, caller in pairwise(names) if f"{callee}<{caller}" in places]
        found += [
            rank
            for pattern, rank in places.items()
            if pattern.endswith("*") and any(name.startswith(pattern[:-1]) for name in names)
        ]
        return RULES[min(found)][0] if found else ""

    assert named.of_stack.dtype == np.uint8
    assert [named.names[row] for row in named.of_stack.tolist()] == [slow(row) for row in range(len(gateway.stacks))]


def test_waits_for_the_network_of_a_real_program_all_have_names(gateway: Trace) -> None:
    """A gateway that serves HTTP and asks three services: all it ever waits for on the network is net/http's."""
    network = gateway.reasons.index("network")
    waits = (gateway.spans.state == State.WAITING) & (gateway.spans.reason == network)
    times = Counter(call_name(gateway, row) for row in gateway.spans.stack[waits].tolist())
    assert set(times) == {
        "HTTP server: idle connection",
        "HTTP server: watch for the client's end",
        "HTTP client: connection idle or before a response",
        "HTTP client: drain a response",
        "HTTP client: read response body",
    }
    # Why they wait that waited already when the trace began, nobody knows; their stacks say it.
    waits = gateway.spans.state == State.WAITING
    names = {call_name(gateway, row) for row in gateway.spans.stack[waits].tolist()}
    assert {"HTTP server: accept", "HTTP server: handler", "HTTP client: wait for the response"} <= names
    assert {"Mutex: lock", "WaitGroup: wait", "GC: mark assist"} <= names
