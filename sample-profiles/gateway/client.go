package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/trace"
	"sync"
	"time"

	"gateway/internal/upstream"
)

const (
	attempts = 4
	backoff  = 120 * time.Millisecond
)

var errBusy = errors.New("upstream is busy")

// client asks the upstream services.
type client struct {
	base string
	http *http.Client
}

func newClient(base string) *client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}
	return &client{base, &http.Client{Transport: transport, Timeout: upstreamTimeout}}
}

// search asks all shards at once, and is as slow as the slowest of them.
func (c *client) search(ctx context.Context, term string) ([]upstream.Row, error) {
	var (
		group sync.WaitGroup
		found [upstream.Shards][]upstream.Row
		errs  [upstream.Shards]error
	)
	for n := range found {
		group.Add(1)
		go func() {
			defer group.Done()
			defer trace.StartRegion(ctx, "shard").End()
			found[n], errs[n] = c.shard(ctx, n, term)
		}()
	}
	group.Wait()

	var rows []upstream.Row
	for n := range found {
		rows = append(rows, found[n]...)
	}
	return rows, errors.Join(errs[:]...)
}

// shard tries again when the shard is busy, each time after a longer pause.
func (c *client) shard(ctx context.Context, n int, term string) ([]upstream.Row, error) {
	path := fmt.Sprintf("/shard/%d?q=%s", n, url.QueryEscape(term))
	pause := backoff
	for attempt := 1; ; attempt++ {
		var rows []upstream.Row
		err := c.get(ctx, path, &rows)
		if !errors.Is(err, errBusy) || attempt == attempts {
			return rows, err
		}
		trace.Logf(ctx, "busy", "shard %d, attempt %d: pausing %v", n, attempt, pause)
		trace.WithRegion(ctx, "backoff", func() { time.Sleep(pause) })
		pause *= 2
	}
}

// limits returns the quota of every tenant.
func (c *client) limits(ctx context.Context) (map[string]int, error) {
	var limits map[string]int
	err := c.get(ctx, "/quota", &limits)
	return limits, err
}

// pageSize returns how many rows the tenant wants to see.
func (c *client) pageSize(ctx context.Context, tenant string) int {
	var settings struct{ Page int }
	if err := c.get(ctx, "/settings/"+url.PathEscape(tenant), &settings); err != nil {
		return defaultPage
	}
	return settings.Page
}

func (c *client) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return json.NewDecoder(response.Body).Decode(into)
	case http.StatusServiceUnavailable:
		return errBusy
	default:
		return fmt.Errorf("upstream %s: %s", path, response.Status)
	}
}
