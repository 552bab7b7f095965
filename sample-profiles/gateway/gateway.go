package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	_ "net/http/pprof" // registers /debug/pprof/ on the default mux
	"runtime/pprof"
	"runtime/trace"
	"slices"
	"strings"
	"time"

	"gateway/internal/upstream"
)

const (
	words           = 40_000
	defaultPage     = 25
	upstreamTimeout = 2 * time.Second
	settingsTimeout = 25 * time.Millisecond
)

// Gateway answers queries.
type Gateway struct {
	client *client
	words  dictionary
	quota  *quotaTable
	audit  *auditLog
}

// NewGateway makes a gateway before the upstream at url. Its janitor lasts until
// ctx ends, its audit writers as long as the process.
func NewGateway(ctx context.Context, url string) *Gateway {
	c := newClient(url)
	g := &Gateway{
		client: c,
		words:  newDictionary(words),
		quota:  newQuotaTable(c),
		audit:  newAuditLog(),
	}
	g.audit.start(ctx)
	go g.quota.janitor(ctx)
	return g
}

// Handler routes the gateway's requests.
func (g *Gateway) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /query", g.serveQuery)
	mux.Handle("/", http.DefaultServeMux)
	return mux
}

// serveQuery makes a trace task of every query, and labels its goroutine.
func (g *Gateway) serveQuery(w http.ResponseWriter, r *http.Request) {
	tenant, term := r.FormValue("tenant"), r.FormValue("q")
	labels := pprof.Labels("tenant", tenant, "endpoint", "/query")
	pprof.Do(r.Context(), labels, func(ctx context.Context) {
		ctx, task := trace.NewTask(ctx, "query")
		defer task.End()
		trace.Log(ctx, "tenant", tenant)

		page, err := g.query(ctx, tenant, term)
		switch {
		case errors.Is(err, errOverQuota):
			http.Error(w, err.Error(), http.StatusTooManyRequests)
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadGateway)
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(page)
		}
	})
}

func (g *Gateway) query(ctx context.Context, tenant, term string) (page []byte, err error) {
	trace.WithRegion(ctx, "quota", func() { err = g.quota.take(ctx, tenant) })
	if err != nil {
		return nil, err
	}
	size := 0
	trace.WithRegion(ctx, "settings", func() { size = g.pageSize(ctx, tenant) })
	var rows []upstream.Row
	trace.WithRegion(ctx, "search", func() { rows, err = g.client.search(ctx, g.words.widen(term)) })
	if err != nil {
		return nil, err
	}
	trace.Logf(ctx, "rows", "%d", len(rows))
	trace.WithRegion(ctx, "render", func() { page, err = render(rows, size) })
	trace.WithRegion(ctx, "audit", func() {
		g.audit.record(entry{tenant, term, len(rows)})
	})
	return page, err
}

// pageSize asks for the tenant's setting, but never waits long for it. When the
// timeout wins nobody is left to receive, and the goroutine stays for ever: the
// channel wants room for one value.
func (g *Gateway) pageSize(ctx context.Context, tenant string) int {
	found := make(chan int)
	go func() { found <- g.client.pageSize(ctx, tenant) }()
	select {
	case size := <-found:
		return size
	case <-time.After(settingsTimeout):
		trace.Log(ctx, "settings", "timed out")
		return defaultPage
	}
}

// render sorts the rows and writes the first of them. Every row is turned into
// text to be compared, and again for every comparison: garbage, all of it.
func render(rows []upstream.Row, size int) ([]byte, error) {
	slices.SortFunc(rows, func(a, b upstream.Row) int {
		return strings.Compare(sortKey(b), sortKey(a))
	})
	var page bytes.Buffer
	err := json.NewEncoder(&page).Encode(rows[:min(size, len(rows))])
	return page.Bytes(), err
}

func sortKey(r upstream.Row) string {
	return fmt.Sprintf("%.6f %s %s", r.Score, r.ID, strings.Join(r.Tags, ","))
}
