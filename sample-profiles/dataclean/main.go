// Dataclean is an HTTP service that normalises customer records and
// fingerprints them, so that the import behind it can drop duplicates.
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
	"syscall"
	"time"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8081", "address to listen on")
	rounds := flag.Int("rounds", 110, "rounds of the record fingerprint")
	fixed := flag.Bool("fixed", false, "one hash per record, no regular expressions")
	flag.Parse()

	if err := run(*addr, &Cleaner{rounds: *rounds, fixed: *fixed}); err != nil {
		log.Fatal(err)
	}
}

// run serves until the process is asked to stop.
func run(addr string, cleaner *Cleaner) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s\n", listener.Addr())

	server := &http.Server{Handler: counted(newHandler(cleaner)), ReadHeaderTimeout: 5 * time.Second}
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
