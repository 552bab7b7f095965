"""The rules by which stacks are named after what is done in them: names of functions, and what they mean.

Where several rules are about a stack, the first counts: what a library is asked for before what it does for that, and
what is waited for inside a handler before the handler. The functions are those of Go 1.22 to 1.27 and of the libraries
most in use. How names are spelt alike, `analysis.callnames` says: without major versions and closures, and with
`http2.` for every copy of that package.
"""

# A name, and which functions it is of: each stands for itself and the closures in it, with a * behind it for all that
# begin so; `callee<caller` is the caller where it called the callee itself.
RULES: tuple[tuple[str, str], ...] = (
    # The runtime, in whose service a goroutine is stopped wherever it is.
    ("GC: runtime.GC", "runtime.GC"),
    ("GC: start a cycle", "runtime.gcStart"),
    ("GC: finish marking", "runtime.gcMarkDone"),
    ("GC: mark assist", "runtime.gcAssistAlloc runtime.gcAssistAlloc1 runtime.gcParkAssist"),
    ("trace: start or stop", "runtime.StartTrace runtime.StopTrace runtime.traceAdvance runtime.traceStartReadCPU"),
    (
        "trace: write",
        "runtime/trace.Start runtime/trace.(*traceMultiplexer)* runtime/trace.(*FlightRecorder)* "
        "runtime.(*traceAdvancerState)*",
    ),
    ("CPU profile: write", "runtime/pprof.profileWriter runtime/pprof.StopCPUProfile"),
    ("stop the world", "runtime.stopTheWorld runtime.stopTheWorldGC"),
    # What opening a connection takes, whoever opens it.
    (
        "DNS lookup",
        "net.(*Resolver).lookup* net.(*Resolver).Lookup* net.(*Resolver).goLookup* net.(*Resolver).exchange "
        "net.(*Resolver).tryOneName net.cgoLookup* net._C_getaddrinfo net.doBlockingWithCtx* net.resSearch",
    ),
    (
        "TLS: handshake",
        "crypto/tls.(*Conn).Handshake crypto/tls.(*Conn).HandshakeContext crypto/tls.(*Conn).handshakeContext "
        "crypto/tls.(*Conn).clientHandshake crypto/tls.(*Conn).serverHandshake net/http.(*persistConn).addTLS",
    ),
    # Databases.
    (
        "SQL: connect",
        "database/sql.dsnConnector.Connect database/sql.(*DB).openNewConnection "
        "github.com/go-sql-driver/mysql.(*connector).Connect github.com/lib/pq.(*Connector).Connect "
        "github.com/jackc/pgx.ConnectConfig github.com/jackc/pgx.connect github.com/jackc/pgx/pgconn.ConnectConfig "
        "github.com/jackc/pgconn.ConnectConfig github.com/jackc/pgx/stdlib.(*connector).Connect "
        "github.com/jackc/pgx/stdlib.connector.Connect github.com/microsoft/go-mssqldb.(*Connector).Connect",
    ),
    (
        "SQL: wait for a connection",
        "database/sql.(*DB).conn github.com/jackc/pgx/pgxpool.(*Pool).Acquire* github.com/jackc/puddle*",
    ),
    ("SQL: connection opener", "database/sql.(*DB).connectionOpener"),
    (
        "SQL: pool's upkeep",
        "database/sql.(*DB).connectionCleaner github.com/jackc/pgx/pgxpool.(*Pool).backgroundHealthCheck",
    ),
    ("SQL: ping", "database/sql.(*DB).Ping* database/sql.(*DB).pingDC github.com/jackc/pgx.(*Conn).Ping"),
    (
        "SQL: prepare",
        "database/sql.ctxDriverPrepare database/sql.(*DB).Prepare* database/sql.(*DB).prepare* "
        "database/sql.(*Tx).Prepare* github.com/jackc/pgx.(*Conn).Prepare "
        "github.com/jackc/pgx/pgconn.(*PgConn).Prepare",
    ),
    (
        "SQL: begin",
        "database/sql.(*DB).begin database/sql.(*DB).beginDC database/sql.(*DB).Begin* database/sql.ctxDriverBegin "
        "github.com/jackc/pgx.(*Conn).Begin* github.com/jackc/pgx/pgxpool.(*Pool).Begin*",
    ),
    ("SQL: commit", "database/sql.(*Tx).Commit github.com/jackc/pgx.(*dbTx).Commit"),
    ("SQL: rollback", "database/sql.(*Tx).Rollback database/sql.(*Tx).rollback github.com/jackc/pgx.(*dbTx).Rollback"),
    ("SQL: watch the context", "database/sql.(*Tx).awaitDone database/sql.(*Rows).awaitDone"),
    (
        "SQL: read rows",
        "database/sql.(*Rows).Next* database/sql.(*Rows).Close database/sql.(*Rows).close "
        "github.com/jackc/pgx.(*baseRows).Next github.com/jackc/pgx.(*baseRows).Close",
    ),
    (
        "SQL: exec",
        "database/sql.(*DB).Exec* database/sql.(*DB).exec* database/sql.(*Tx).Exec* database/sql.(*Stmt).Exec* "
        "database/sql.(*Conn).Exec* database/sql.ctxDriverExec database/sql.ctxDriverStmtExec "
        "github.com/jackc/pgx.(*Conn).Exec github.com/jackc/pgx.(*Conn).exec github.com/jackc/pgx.(*dbTx).Exec "
        "github.com/jackc/pgx/pgxpool.(*Pool).Exec",
    ),
    (
        "SQL: query",
        "database/sql.(*DB).Query* database/sql.(*DB).query* database/sql.(*Tx).Query* database/sql.(*Stmt).Query* "
        "database/sql.(*Conn).Query* database/sql.ctxDriverQuery database/sql.ctxDriverStmtQuery "
        "github.com/jackc/pgx.(*Conn).Query* github.com/jackc/pgx.(*dbTx).Query* "
        "github.com/jackc/pgx/pgxpool.(*Pool).Query* github.com/jackc/pgx.(*Conn).SendBatch "
        "github.com/jackc/pgx/pgconn.(*PgConn).ReceiveResults github.com/jackc/pgx.(*connRow).Scan",
    ),
    ("SQL: wait for a notification", "github.com/jackc/pgx.(*Conn).WaitForNotification github.com/lib/pq.(*Listener)*"),
    (
        "Redis: wait for a connection",
        "github.com/redis/go-redis/internal/pool.(*ConnPool).Get github.com/redis/go-redis.(*baseClient)._getConn "
        "github.com/go-redis/redis/internal/pool.(*ConnPool).Get github.com/go-redis/redis.(*baseClient)._getConn "
        "github.com/gomodule/redigo/redis.(*Pool).Get* github.com/gomodule/redigo/redis.(*Pool).waitVacantConn",
    ),
    (
        "Redis: wait for a message",
        "github.com/redis/go-redis.(*PubSub)* github.com/redis/go-redis.(*channel)* "
        "github.com/go-redis/redis.(*PubSub)* "
        "github.com/go-redis/redis.(*channel)* github.com/gomodule/redigo/redis.(*conn).Receive* "
        "github.com/gomodule/redigo/redis.PubSubConn.Receive*",
    ),
    (
        "Redis: command",
        "github.com/redis/go-redis.(*baseClient)* github.com/redis/go-redis.(*Client).Process "
        "github.com/redis/go-redis.(*ClusterClient)* github.com/redis/go-redis.(*Pipeline).Exec "
        "github.com/go-redis/redis.(*baseClient)* github.com/go-redis/redis.(*Client).Process "
        "github.com/go-redis/redis.(*ClusterClient)* github.com/go-redis/redis.(*Pipeline).Exec "
        "github.com/gomodule/redigo/redis.(*conn)* github.com/gomodule/redigo/redis.(*activeConn).Do* "
        "github.com/redis/rueidis.(*singleClient).Do* github.com/redis/rueidis.(*clusterClient).Do*",
    ),
    ("Redis: connection loop", "github.com/redis/rueidis.(*pipe)*"),
    ("MongoDB: wait for a connection", "go.mongodb.org/mongo-driver/x/mongo/driver/topology.(*pool).checkOut"),
    (
        "MongoDB: monitor",
        "go.mongodb.org/mongo-driver/x/mongo/driver/topology.(*Server).update "
        "go.mongodb.org/mongo-driver/x/mongo/driver/topology.(*Server).check "
        "go.mongodb.org/mongo-driver/x/mongo/driver/topology.(*rttMonitor)* "
        "go.mongodb.org/mongo-driver/x/mongo/driver/topology.(*pool)*",
    ),
    ("MongoDB: command", "go.mongodb.org/mongo-driver/mongo.* go.mongodb.org/mongo-driver/x/mongo/driver.Operation*"),
    ("memcached: command", "github.com/bradfitz/gomemcache/memcache.(*Client)*"),
    # Messages.
    (
        "Kafka: wait for a message",
        "github.com/segmentio/kafka-go.(*Reader).FetchMessage github.com/segmentio/kafka-go.(*Reader).ReadMessage "
        "github.com/twmb/franz-go/pkg/kgo.(*Client).PollFetches github.com/twmb/franz-go/pkg/kgo.(*Client).PollRecords",
    ),
    (
        "Kafka: write",
        "github.com/segmentio/kafka-go.(*Writer).WriteMessages github.com/twmb/franz-go/pkg/kgo.(*Client).ProduceSync",
    ),
    (
        "Kafka: client's loop",
        "github.com/segmentio/kafka-go.* github.com/twmb/franz-go/pkg/kgo.* github.com/IBM/sarama.* "
        "github.com/Shopify/sarama.*",
    ),
    (
        "NATS: request",
        "github.com/nats-io/nats%2ego.(*Conn).Request* github.com/nats-io/nats%2ego.(*Conn).request* "
        "github.com/nats-io/nats%2ego.(*Conn).Flush*",
    ),
    (
        "NATS: wait for a message",
        "github.com/nats-io/nats%2ego.(*Conn).waitForMsgs github.com/nats-io/nats%2ego.(*Subscription)*",
    ),
    (
        "NATS: connection loop",
        "github.com/nats-io/nats%2ego.(*Conn).readLoop github.com/nats-io/nats%2ego.(*Conn).flusher",
    ),
    (
        "AMQP: call",
        "github.com/rabbitmq/amqp091-go.(*Channel)* github.com/rabbitmq/amqp091-go.(*Connection).call",
    ),
    (
        "AMQP: connection loop",
        "github.com/rabbitmq/amqp091-go.(*Connection).reader github.com/rabbitmq/amqp091-go.(*Connection).heartbeater "
        "github.com/rabbitmq/amqp091-go.(*consumers)*",
    ),
    # Remote procedure calls.
    ("gRPC client: wait for a connection", "google.golang.org/grpc.(*pickerWrapper).pick"),
    ("gRPC client: open a stream", "google.golang.org/grpc/internal/transport.(*http2Client).NewStream"),
    ("gRPC client: wait for a message", "google.golang.org/grpc.(*clientStream).RecvMsg"),
    (
        "gRPC client: send",
        "google.golang.org/grpc.(*clientStream).SendMsg google.golang.org/grpc.(*clientStream).CloseSend",
    ),
    (
        "gRPC client: call",
        "google.golang.org/grpc.invoke google.golang.org/grpc.Invoke google.golang.org/grpc.(*ClientConn).Invoke "
        "google.golang.org/grpc.newClientStream* google.golang.org/grpc.(*ClientConn).NewStream",
    ),
    (
        "gRPC client: connect",
        "google.golang.org/grpc.(*addrConn)* google.golang.org/grpc/internal/transport.NewHTTP2Client",
    ),
    ("gRPC client: read loop", "google.golang.org/grpc/internal/transport.(*http2Client).reader"),
    ("gRPC: write loop", "google.golang.org/grpc/internal/transport.(*loopyWriter).run"),
    (
        "gRPC: keepalive",
        "google.golang.org/grpc/internal/transport.(*http2Client).keepalive "
        "google.golang.org/grpc/internal/transport.(*http2Server).keepalive",
    ),
    (
        "gRPC client: upkeep",
        "google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run "
        "google.golang.org/grpc.(*ccBalancerWrapper).watcher google.golang.org/grpc/internal/resolver/dns.*",
    ),
    ("gRPC server: wait for a message", "google.golang.org/grpc.(*serverStream).RecvMsg"),
    (
        "gRPC server: send",
        "google.golang.org/grpc.(*serverStream).SendMsg google.golang.org/grpc.(*Server).sendResponse",
    ),
    ("gRPC server: read loop", "google.golang.org/grpc/internal/transport.(*http2Server).HandleStreams"),
    (
        "RPC client: wait for the response",
        "net/rpc.(*Client).Call",
    ),
    ("RPC client: read loop", "net/rpc.(*Client).input"),
    ("RPC server: read request", "net/rpc.(*Server).readRequest net/rpc.(*Server).readRequestHeader"),
    ("RPC server: write response", "net/rpc.(*Server).sendResponse"),
    ("SMTP", "net/smtp.*"),
    (
        "SSH: wait for a command",
        "golang.org/x/crypto/ssh.(*Session).Wait golang.org/x/crypto/ssh.(*Session).Run",
    ),
    (
        "SSH: connection loop",
        "golang.org/x/crypto/ssh.(*mux).loop golang.org/x/crypto/ssh.(*handshakeTransport).readLoop "
        "golang.org/x/crypto/ssh.(*handshakeTransport).kexLoop",
    ),
    (
        "WebSocket: read",
        "github.com/gorilla/websocket.(*Conn).NextReader github.com/gorilla/websocket.(*Conn).ReadMessage "
        "github.com/gorilla/websocket.(*Conn).ReadJSON github.com/gorilla/websocket.(*messageReader).Read "
        "github.com/coder/websocket.(*Conn).Read* nhooyr.io/websocket.(*Conn).Read* "
        "golang.org/x/net/websocket.(*Conn).Read golang.org/x/net/websocket.Codec.Receive",
    ),
    (
        "WebSocket: write",
        "github.com/gorilla/websocket.(*Conn).write github.com/gorilla/websocket.(*Conn).WriteControl "
        "github.com/gorilla/websocket.(*Conn).WriteMessage github.com/gorilla/websocket.(*messageWriter)* "
        "github.com/coder/websocket.(*Conn).Write nhooyr.io/websocket.(*Conn).Write "
        "golang.org/x/net/websocket.(*Conn).Write golang.org/x/net/websocket.Codec.Send",
    ),
    # Telemetry that runs beside the program, and its log.
    (
        "OpenTelemetry: export",
        "go.opentelemetry.io/otel/sdk/trace.(*batchSpanProcessor).exportSpans "
        "go.opentelemetry.io/otel/sdk/metric.(*PeriodicReader).export go.opentelemetry.io/otel/exporters/otlp/*",
    ),
    (
        "OpenTelemetry: wait for spans or a tick",
        "go.opentelemetry.io/otel/sdk/trace.(*batchSpanProcessor).processQueue "
        "go.opentelemetry.io/otel/sdk/metric.(*PeriodicReader).run",
    ),
    (
        "log: write",
        "log.(*Logger).output log.(*Logger).Output log/slog.(*commonHandler).handle "
        "log/slog.(*defaultHandler).Handle go.uber.org/zap/zapcore.(*ioCore).Write "
        "go.uber.org/zap/zapcore.(*lockedWriteSyncer).Write github.com/sirupsen/logrus.(*Entry).write "
        "github.com/rs/zerolog.(*Event).write k8s.io/klog.(*loggingT).output github.com/golang/glog.*",
    ),
    ("log: flush", "k8s.io/klog.(*flushDaemon)* go.uber.org/zap/zapcore.(*BufferedWriteSyncer)*"),
    # Processes, files, pipes.
    ("exec: read output", "os/exec.(*Cmd).writerDescriptor"),
    ("exec: write input", "os/exec.(*Cmd).childStdin"),
    ("exec: watch the context", "os/exec.(*Cmd).watchCtx"),
    ("exec: wait for a process", "os/exec.(*Cmd).Wait os.(*Process).Wait os.(*Process).wait"),
    ("exec: start a process", "os/exec.(*Cmd).Start os.StartProcess"),
    ("signals: wait", "os/signal.loop os/signal.signal_recv os/signal.NotifyContext"),
    ("files: wait for changes", "github.com/fsnotify/fsnotify.*"),
    ("io.Pipe: read", "io.(*pipe).read"),
    ("io.Pipe: write", "io.(*pipe).write"),
    ("file: open", "os.OpenFile os.Open os.Create os.openFileNolog os.CreateTemp os.openDirNolog"),
    ("file: read a directory", "os.(*File).readdir os.ReadDir"),
    ("file: read", "os.(*File).Read os.(*File).ReadAt os.ReadFile"),
    ("file: seek", "os.(*File).Seek"),
    ("file: sync", "os.(*File).Sync"),
    ("file: write", "os.(*File).Write os.(*File).WriteAt os.(*File).WriteString os.WriteFile os.(*File).Truncate"),
    ("file: copy", "os.(*File).copyFileRange os.(*File).spliceToFile"),
    ("file: close", "os.(*File).Close"),
    ("file: stat", "os.Stat os.Lstat os.(*File).Stat"),
    (
        "file: change a directory",
        "os.Remove os.RemoveAll os.removeAll* os.Rename os.rename os.Mkdir os.MkdirAll os.Link os.Symlink os.MkdirTemp",
    ),
    ("file: lock", "syscall.Flock golang.org/x/sys/unix.Flock"),
    # HTTP: the client's side of a request, of a connection, then the server's.
    ("HTTP server: wait for the profile's time", "net/http/pprof.sleep"),
    (
        "HTTP client: read response body",
        "net/http.(*bodyEOFSignal)* net/http.(*cancelTimerBody)* http2.transportResponseBody*",
    ),
    (
        "HTTP client: connect",
        "net/http.(*Transport).dialConn* net/http.(*Transport).startDialConn* http2.(*dialCall).dial "
        "http2.(*addConnCall).run http2.(*clientConnPool).addConnIfNeeded "
        "github.com/valyala/fasthttp.(*HostClient).dial*",
    ),
    (
        "HTTP client: wait for a connection",
        "net/http.(*Transport).getConn http2.(*clientConnPool).getClientConn "
        "http2.(*ClientConn).awaitOpenSlotForStreamLocked github.com/valyala/fasthttp.(*HostClient).acquireConn",
    ),
    ("HTTP client: drain a response", "net/http.maybeDrainBody"),
    ("HTTP client: read response head", "net/http.(*persistConn).readResponse"),
    ("HTTP client: connection idle or before a response", "bufio.(*Reader).Peek<net/http.(*persistConn).readLoop"),
    (
        "HTTP server: read request body",
        "net/http.(*body)* net/http.(*maxBytesReader).Read net/http.(*expectContinueReader).Read http2.(*requestBody)*",
    ),
    (
        "HTTP client: wait for the response",
        "net/http.(*persistConn).roundTrip http2.(*ClientConn).roundTrip http2.(*ClientConn).RoundTrip",
    ),
    (
        "HTTP client: write request",
        "net/http.(*Request).write net/http.(*Request).Write net/http.persistConnWriter* "
        "bufio.(*Writer).Flush<net/http.(*persistConn).writeLoop http2.(*clientStream).writeRequestBody "
        "http2.(*clientStream).encodeAndWriteHeaders",
    ),
    ("HTTP client: connection's read loop", "net/http.(*persistConn).readLoop"),
    ("HTTP client: connection's write loop", "net/http.(*persistConn).writeLoop"),
    ("HTTP/2 client: stream", "http2.(*clientStream).doRequest"),
    ("HTTP/2 client: read loop", "http2.(*ClientConn).readLoop"),
    ("HTTP/2 client: ping", "http2.(*ClientConn).healthCheck http2.(*ClientConn).Ping"),
    (
        "HTTP client: request",
        "net/http.(*Client).do net/http.(*Client).Do net/http.(*Transport).roundTrip http2.(*Transport).RoundTrip* "
        "github.com/valyala/fasthttp.(*HostClient).Do* github.com/valyala/fasthttp.(*HostClient).do*",
    ),
    ("HTTP server: watch for the client's end", "net/http.(*connReader).backgroundRead"),
    ("HTTP server: idle connection", "bufio.(*Reader).Peek<net/http.(*conn).serve"),
    ("HTTP server: read request", "net/http.(*conn).readRequest github.com/valyala/fasthttp.(*RequestHeader)*"),
    (
        "HTTP server: write response",
        "net/http.(*response).Write net/http.(*response).WriteString net/http.(*response).write "
        "net/http.(*response).ReadFrom net/http.(*response).Flush* net/http.(*response).finishRequest "
        "net/http.checkConnErrorWriter* net/http.(*chunkWriter)* net/http.(*conn).finalFlush "
        "http2.(*responseWriter)* http2.(*serverConn).writeDataFromHandler http2.(*serverConn).writeHeaders",
    ),
    ("HTTP server: close a connection", "net/http.(*conn).close net/http.(*conn).closeWriteAndWait"),
    ("HTTP/2 server: read loop", "http2.(*serverConn).readFrames http2.(*serverConn).readPreface"),
    ("HTTP/2 server: write a frame", "http2.(*serverConn).writeFrameAsync"),
    ("HTTP/2 server: connection's loop", "http2.(*serverConn).serve"),
    ("HTTP server: shut down", "net/http.(*Server).Shutdown net/http.(*Server).Close"),
    (
        "HTTP server: accept",
        "net/http.(*Server).Serve github.com/valyala/fasthttp.acceptConn",
    ),
    ("gRPC server: accept", "google.golang.org/grpc.(*Server).Serve"),
    ("gRPC server: shut down", "google.golang.org/grpc.(*Server).Stop google.golang.org/grpc.(*Server).GracefulStop"),
    # The network itself.
    ("TLS: read", "crypto/tls.(*Conn).Read"),
    ("TLS: write", "crypto/tls.(*Conn).Write"),
    ("TLS: close", "crypto/tls.(*Conn).Close crypto/tls.(*Conn).CloseWrite"),
    ("net: accept", "net.(*netFD).accept net.(*TCPListener)* net.(*UnixListener)* net/rpc.(*Server).Accept"),
    (
        "net: dial",
        "net.(*Dialer).DialContext net.(*Dialer).Dial net.(*Dialer).DialTCP net.DialTCP net.DialUDP net.DialUnix "
        "net.(*sysDialer)* net.(*netFD).connect",
    ),
    ("net: listen", "net.(*ListenConfig)*"),
    ("net: send a file", "net.sendFile net.spliceFrom net.spliceTo internal/poll.SendFile internal/poll.Splice"),
    ("net: read", "net.(*netFD).Read net.(*netFD).read* net.(*conn).Read net.(*pipe).Read net.(*pipe).read"),
    (
        "net: write",
        "net.(*netFD).Write net.(*netFD).write* net.(*conn).Write net.(*pipe).Write net.(*pipe).write net.(*Buffers)*",
    ),
    ("net: close", "net.(*conn).Close net.(*netFD).Close"),
    # Other goroutines.
    ("errgroup: wait", "golang.org/x/sync/errgroup.(*Group).Wait"),
    ("errgroup: wait for a place", "golang.org/x/sync/errgroup.(*Group).Go"),
    ("singleflight: wait for another's call", "sync.(*WaitGroup).Wait<golang.org/x/sync/singleflight.(*Group).Do"),
    ("semaphore: acquire", "golang.org/x/sync/semaphore.(*Weighted).Acquire"),
    ("rate limiter: wait", "golang.org/x/time/rate.(*Limiter).Wait golang.org/x/time/rate.(*Limiter).WaitN"),
    ("WaitGroup: wait", "sync.(*WaitGroup).Wait"),
    ("Cond: wait", "sync.(*Cond).Wait"),
    (
        "RWMutex: lock",
        "sync.(*RWMutex).Lock",
    ),
    ("RWMutex: read lock", "sync.(*RWMutex).RLock"),
    ("Mutex: lock", "sync.(*Mutex).Lock internal/sync.(*Mutex).Lock"),
    ("testing: wait for a parallel test's turn", "testing.(*T).Parallel testing.(*testState).waitParallel"),
    ("testing: wait for a test", "testing.(*T).Run testing.(*B).Run testing.(*B).run"),
    # All that is known is in whose service it is.
    ("RPC server: handler", "net/rpc.(*service).call"),
    (
        "gRPC server: handler",
        "google.golang.org/grpc.(*Server).handleStream google.golang.org/grpc.(*Server).processUnaryRPC "
        "google.golang.org/grpc.(*Server).processStreamingRPC",
    ),
    ("gRPC server: idle worker", "google.golang.org/grpc.(*Server).serverWorker"),
    (
        "HTTP server: handler",
        "net/http.serverHandler.ServeHTTP http2.(*serverConn).runHandler "
        "github.com/valyala/fasthttp.(*Server).serveConn",
    ),
    ("GC: mark worker", "runtime.gcBgMarkWorker"),
    ("GC: sweeper", "runtime.bgsweep"),
    ("GC: scavenger", "runtime.bgscavenge"),
    ("GC: start that is due", "runtime.forcegchelper"),
    ("finalizers and cleanups", "runtime.runfinq runtime.runFinalizers runtime.runCleanups"),
    ("watch for another GOMAXPROCS", "runtime.updateMaxProcsGoroutine"),
    ("HTTP server: connection", "net/http.(*conn).serve github.com/valyala/fasthttp.(*workerPool).workerFunc"),
)
