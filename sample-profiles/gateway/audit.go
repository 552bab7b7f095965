package main

import (
	"context"
	"runtime/pprof"
	"strconv"
	"sync"
	"time"
)

const (
	auditWriters = 4
	auditQueue   = 8
	auditWrite   = 20 * time.Millisecond
	flushEvery   = 200
)

// entry is what the audit log says of one query.
type entry struct {
	tenant, term string
	rows         int
}

// auditLog hands entries to a few writers, and wakes a flusher now and then.
type auditLog struct {
	queue chan entry

	mu      sync.Mutex
	full    *sync.Cond
	written int
}

func newAuditLog() *auditLog {
	a := &auditLog{queue: make(chan entry, auditQueue)}
	a.full = sync.NewCond(&a.mu)
	return a
}

// start gives each writer labels of its own: they tell the goroutines of a pool
// apart in a goroutine profile.
func (a *auditLog) start(ctx context.Context) {
	for n := 0; n < auditWriters; n++ {
		labels := pprof.Labels("pool", "audit", "writer", strconv.Itoa(n))
		go pprof.Do(ctx, labels, a.write)
	}
	go a.flush()
}

// record blocks while the queue is full: queries wait for a slow audit log.
func (a *auditLog) record(e entry) { a.queue <- e }

func (a *auditLog) write(context.Context) {
	for range a.queue {
		time.Sleep(auditWrite) // the disk
		a.count()
	}
}

func (a *auditLog) count() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.written++
	if a.written%flushEvery == 0 {
		a.full.Signal()
	}
}

func (a *auditLog) flush() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		a.full.Wait()
		time.Sleep(auditWrite) // the disk again, and the writers wait for it
	}
}
