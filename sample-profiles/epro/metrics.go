package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"time"
)

// started is when the process did, near enough.
var started = time.Now()

// requests counts what was answered, by status and method.
var requests = struct {
	sync.Mutex
	answered map[by]int
}{answered: make(map[by]int)}

type by struct {
	code   int
	method string
}

func init() { http.HandleFunc("GET /metrics", serveMetrics) }

// counted counts what next answers.
func counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &answer{w, http.StatusOK}
		next.ServeHTTP(answer, r)
		requests.Lock()
		defer requests.Unlock()
		requests.answered[by{answer.code, methodOf(r)}]++
	})
}

// methodOf maps anything unusual to one value: clients must not be able to make
// new label values.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return strings.ToLower(r.Method)
	default:
		return "other"
	}
}

// answer remembers the status. What it wraps is found by http.ResponseController.
type answer struct {
	http.ResponseWriter
	code int
}

func (a *answer) WriteHeader(code int) {
	a.code = code
	a.ResponseWriter.WriteHeader(code)
}

func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// serveMetrics answers in Prometheus' text format, by the names of client_golang.
func serveMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	writeRuntime(w)
	writeProcess(w)
	requests.Lock()
	defer requests.Unlock()
	head(w, "http_requests_total", "counter", "Requests answered, by status and method.")
	for by, count := range requests.answered {
		fmt.Fprintf(w, "http_requests_total{code=\"%d\",method=%q} %d\n", by.code, by.method, count)
	}
}

func writeRuntime(w io.Writer) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	one(w, "go_goroutines", "gauge", "Number of goroutines that currently exist.", runtime.NumGoroutine())
	one(w, "go_threads", "gauge", "Number of OS threads created.", pprof.Lookup("threadcreate").Count())
	one(w, "go_memstats_alloc_bytes_total", "counter", "Bytes allocated in heap until now, even if freed.", memory.TotalAlloc)
	one(w, "go_memstats_heap_alloc_bytes", "gauge", "Heap bytes allocated and currently in use.", memory.HeapAlloc)
	one(w, "go_memstats_heap_inuse_bytes", "gauge", "Heap bytes that are in use.", memory.HeapInuse)

	collections := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
	debug.ReadGCStats(&collections)
	head(w, "go_gc_duration_seconds", "summary", "The pauses of garbage collections.")
	for quarter, pause := range collections.PauseQuantiles {
		fmt.Fprintf(w, "go_gc_duration_seconds{quantile=\"%v\"} %v\n", float64(quarter)/4, pause.Seconds())
	}
	fmt.Fprintf(w, "go_gc_duration_seconds_sum %v\n", collections.PauseTotal.Seconds())
	fmt.Fprintf(w, "go_gc_duration_seconds_count %d\n", collections.NumGC)
	head(w, "go_info", "gauge", "Information about the Go environment.")
	fmt.Fprintf(w, "go_info{version=%q} 1\n", runtime.Version())
}

func writeProcess(w io.Writer) {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		one(w, "process_cpu_seconds_total", "counter", "User and system CPU time spent, in seconds.", cpu.Seconds())
	}
	one(w, "process_start_time_seconds", "gauge", "Start time since the Unix epoch, in seconds.", float64(started.UnixMilli())/1000)
	var size, resident int
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		_, _ = fmt.Sscan(string(text), &size, &resident)
		resident *= os.Getpagesize()
		one(w, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", resident)
	}
}

func one(w io.Writer, name, kind, help string, value any) {
	head(w, name, kind, help)
	fmt.Fprintln(w, name, value)
}

func head(w io.Writer, name, kind, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}
