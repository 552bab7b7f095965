package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	refreshEvery = 600 * time.Millisecond
	window       = 10 * time.Second
)

var errOverQuota = errors.New("over quota")

// quotaTable counts the queries of each tenant in a sliding window.
type quotaTable struct {
	client *client

	mu        sync.Mutex
	limits    map[string]int
	refreshed time.Time
	taken     map[string][]time.Time
}

func newQuotaTable(c *client) *quotaTable {
	return &quotaTable{client: c, taken: make(map[string][]time.Time)}
}

// take charges one query to the tenant.
func (q *quotaTable) take(ctx context.Context, tenant string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if time.Since(q.refreshed) > refreshEvery {
		// The query that comes at the wrong moment waits on the network, and as it
		// holds the lock every query behind it waits as well: the long tail.
		if err := q.refresh(ctx); err != nil {
			return err
		}
	}
	now := time.Now()
	recent := within(q.taken[tenant], now)
	if len(recent) >= q.limits[tenant] {
		return errOverQuota
	}
	q.taken[tenant] = append(recent, now)
	return nil
}

func (q *quotaTable) refresh(ctx context.Context) error {
	limits, err := q.client.limits(ctx)
	if err != nil {
		return err
	}
	q.limits, q.refreshed = limits, time.Now()
	return nil
}

// within copies the times that are still in the window, under the lock.
func within(times []time.Time, now time.Time) []time.Time {
	recent := make([]time.Time, 0, len(times)+1)
	for _, t := range times {
		if now.Sub(t) < window {
			recent = append(recent, t)
		}
	}
	return recent
}

// janitor forgets tenants that stopped asking.
func (q *quotaTable) janitor(ctx context.Context) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			q.sweep(now)
		}
	}
}

func (q *quotaTable) sweep(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for tenant, times := range q.taken {
		if len(within(times, now)) == 0 {
			delete(q.taken, tenant)
		}
	}
}
