// Gateway is the front of a search service: it answers a query by asking every
// shard of its upstream, within a quota per tenant. The upstream runs in the same
// process, on loopback, so that the gateway can be tried alone.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"gateway/internal/upstream"
)

// Sampling cheap enough to leave on: one contention in five, and one blocking
// event for every 10 µs blocked.
const (
	mutexFraction = 5
	blockRate     = 10_000
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8083", "address to listen on")
	flag.Parse()

	runtime.SetMutexProfileFraction(mutexFraction)
	runtime.SetBlockProfileRate(blockRate)
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

// run serves until the process is asked to stop.
func run(addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	shards, err := upstream.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer shards.Close()

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s\n", listener.Addr())

	gateway := NewGateway(ctx, shards.URL())
	server := &http.Server{Handler: counted(gateway.Handler()), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(deadline); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close() // a client that will not hang up does not keep us alive
}
