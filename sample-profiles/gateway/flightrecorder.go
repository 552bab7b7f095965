//go:build go1.25

package main

import (
	"bytes"
	"log"
	"net/http"
	"runtime/trace"
	"time"
)

// flight keeps the last seconds of an execution trace in memory: whoever notices
// an incident can still have what led to it.
var flight = trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: 5 * time.Second, MaxBytes: 8 << 20})

func init() {
	if err := flight.Start(); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /debug/flightrecorder", serveFlight)
}

func serveFlight(w http.ResponseWriter, _ *http.Request) {
	var dump bytes.Buffer
	if _, err := flight.WriteTo(&dump); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="trace"`)
	_, _ = dump.WriteTo(w)
}
