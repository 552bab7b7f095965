// Mounts is a process to take profiles from: it serves net/http/pprof in the ways
// that frameworks do, behind what they put in front of it, and grows when told to.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"time"
)

var (
	addr     = flag.String("addr", "127.0.0.1:0", "address to listen on")
	unix     = flag.String("unix", "", "listen on a socket at this path instead")
	style    = flag.String("style", "own", "how pprof is mounted: own, gin, gozero or misrouted")
	prefix   = flag.String("prefix", "/internal/debug/pprof", "where gin and misrouted mount it")
	cmdline  = flag.Bool("cmdline", true, "mount cmdline, which some leave out")
	metrics  = flag.Bool("metrics", false, "serve /metrics, and take values for it at POST /set")
	cert     = flag.String("cert", "", "serve HTTPS with the certificate chain in this file")
	key      = flag.String("key", "", "and the private key in this one")
	basic    = flag.String("basic", "", "ask for this user:password")
	bearer   = flag.String("bearer", "", "ask for this token")
	timeout  = flag.Duration("write-timeout", 0, "the server's WriteTimeout")
	deadline = flag.String("deadline", "old", "what is too long for it: old refuses, new waits, hidden breaks off")
)

func main() {
	flag.Parse()
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	go contend()
	go contend()
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	routes, err := mount(*style)
	if err != nil {
		return err
	}
	control := http.NewServeMux()
	control.HandleFunc("POST /grow", serveGrow)
	if *metrics {
		control.HandleFunc("POST /set", serveSet)
	}
	control.Handle("/", guarded(limited(routes)))

	network, place := "tcp", *addr
	if *unix != "" {
		network, place = "unix", *unix
		_ = os.Remove(place) // left behind by one that was killed
	}
	listener, err := net.Listen(network, place)
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	server := &http.Server{Handler: control, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: *timeout}
	if *cert != "" {
		return server.ServeTLS(listener, *cert, *key)
	}
	return server.Serve(listener)
}
