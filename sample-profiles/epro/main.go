// Epro is the order intake of a procurement system: it prices orders against a
// catalogue and answers questions about the orders it took.
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
	addr := flag.String("addr", "127.0.0.1:8082", "address to listen on")
	articles := flag.Int("articles", 30000, "articles in the catalogue")
	flag.Parse()

	if err := run(*addr, NewCatalogue(*articles)); err != nil {
		log.Fatal(err)
	}
}

// run serves until the process is asked to stop.
func run(addr string, catalogue *Catalogue) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s\n", listener.Addr())

	server := &http.Server{Handler: counted(newHandler(catalogue)), ReadHeaderTimeout: 5 * time.Second}
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
