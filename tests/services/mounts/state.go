package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// state is what tests make of the process.
var state = struct {
	sync.Mutex
	heap   [][]byte
	series map[string]float64
}{series: make(map[string]float64)}

// contended is the lock that makes something to see in every kind of profile.
var contended sync.Mutex

func contend() {
	for {
		contended.Lock()
		for began := time.Now(); time.Since(began) < time.Millisecond; {
		}
		contended.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
}

// serveGrow adds goroutines that wait for ever, and bytes to the heap.
func serveGrow(w http.ResponseWriter, r *http.Request) {
	goroutines, _ := strconv.Atoi(r.FormValue("goroutines"))
	bytes, _ := strconv.Atoi(r.FormValue("heap"))
	for range goroutines {
		go wait()
	}
	state.Lock()
	defer state.Unlock()
	state.heap = append(state.heap, hold(bytes))
}

func wait() { select {} }

func hold(bytes int) []byte { return make([]byte, bytes) }

// serveSet sets what /metrics tells: `?series=requests_total{code="500"}&value=7`.
func serveSet(w http.ResponseWriter, r *http.Request) {
	value, err := strconv.ParseFloat(r.FormValue("value"), 64)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	state.Lock()
	defer state.Unlock()
	state.series[r.FormValue("series")] = value
}

// serveMetrics answers in Prometheus' text format. What ends in _total is a counter.
func serveMetrics(w http.ResponseWriter, _ *http.Request) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	state.Lock()
	defer state.Unlock()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	fmt.Fprintf(w, "# TYPE go_goroutines gauge\ngo_goroutines %d\n", runtime.NumGoroutine())
	fmt.Fprintf(w, "# TYPE go_memstats_heap_inuse_bytes gauge\ngo_memstats_heap_inuse_bytes %d\n", memory.HeapInuse)
	described := ""
	for _, series := range sorted(state.series) {
		name, _, _ := strings.Cut(series, "{")
		if name != described {
			kind := "gauge"
			if strings.HasSuffix(name, "_total") {
				kind = "counter"
			}
			fmt.Fprintf(w, "# TYPE %s %s\n", name, kind)
			described = name
		}
		fmt.Fprintf(w, "%s %v\n", series, state.series[series])
	}
}

// sorted keeps the series of one name together.
func sorted(series map[string]float64) []string {
	return slices.SortedFunc(maps.Keys(series), func(a, b string) int {
		one, _, _ := strings.Cut(a, "{")
		other, _, _ := strings.Cut(b, "{")
		return cmp.Or(strings.Compare(one, other), strings.Compare(a, b))
	})
}
