// Package upstream stands in for the services behind the gateway: the shards of
// the index, the quota service and the settings service. Its waits are sleeps, so
// that it takes time and not the processor.
package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/pprof"
	"strconv"
	"time"
)

// Shards is how many parts the index has.
const Shards = 3

const (
	rowsPerShard  = 120
	quotaLatency  = 70 * time.Millisecond
	slowSettings  = 45 * time.Millisecond
	quickSettings = 3 * time.Millisecond
)

// Row is one hit.
type Row struct {
	ID    string   `json:"id"`
	Title string   `json:"title"`
	Score float64  `json:"score"`
	Tags  []string `json:"tags"`
}

// Server serves every upstream on one address.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// Start listens on addr and serves in the background.
func Start(addr string) (*Server, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /shard/{n}", labelled("shard", serveShard))
	mux.HandleFunc("GET /quota", labelled("quota", serveQuota))
	mux.HandleFunc("GET /settings/{tenant}", labelled("settings", serveSettings))
	s := &Server{listener, &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}}
	go s.http.Serve(listener)
	return s, nil
}

// URL is where the server is to be found.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close drops every connection.
func (s *Server) Close() error { return s.http.Close() }

func labelled(service string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		pprof.Do(r.Context(), pprof.Labels("upstream", service), func(ctx context.Context) {
			next(w, r.WithContext(ctx))
		})
	}
}

// serveShard answers within a few milliseconds, or that it is too busy: one
// request in a hundred.
func serveShard(w http.ResponseWriter, r *http.Request) {
	time.Sleep(time.Duration(2+rand.IntN(6)) * time.Millisecond)
	if rand.IntN(100) == 0 {
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	shard, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || shard < 0 || shard >= Shards {
		http.NotFound(w, r)
		return
	}
	writeJSON(w, rows(shard, r.FormValue("q")))
}

func rows(shard int, term string) []Row {
	found := make([]Row, rowsPerShard)
	for i := range found {
		found[i] = Row{
			ID:    fmt.Sprintf("s%d-%04d", shard, i),
			Title: fmt.Sprintf("%s, part %d of %d", term, i+1, rowsPerShard),
			Score: rand.Float64(),
			Tags:  []string{"shard" + strconv.Itoa(shard), term},
		}
	}
	return found
}

func serveQuota(w http.ResponseWriter, _ *http.Request) {
	time.Sleep(quotaLatency)
	writeJSON(w, map[string]int{"t1": 5000, "t2": 5000, "t3": 2000, "t4": 2000})
}

// serveSettings is quick, but for t4 one time in four it is not.
func serveSettings(w http.ResponseWriter, r *http.Request) {
	latency := quickSettings
	if r.PathValue("tenant") == "t4" && rand.IntN(4) == 0 {
		latency = slowSettings
	}
	time.Sleep(latency)
	writeJSON(w, map[string]int{"page": 25})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the gateway has gone: nobody to tell
}
