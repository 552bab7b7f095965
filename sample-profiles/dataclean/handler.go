package main

import (
	"context"
	"encoding/json"
	"net/http"
	_ "net/http/pprof" // registers /debug/pprof/ on the default mux
	"runtime/pprof"
)

const maxBody = 4 << 20

func newHandler(cleaner *Cleaner) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/clean", labelled("/v1/clean", cleaner.serveClean))
	mux.HandleFunc("POST /v1/validate", labelled("/v1/validate", cleaner.serveValidate))
	mux.Handle("/", http.DefaultServeMux)
	return mux
}

// labelled puts the tenant and the endpoint on every CPU sample taken in next:
// a profile then answers "whose records?" as well as "which function?".
func labelled(endpoint string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		labels := pprof.Labels("tenant", tenantOf(r), "endpoint", endpoint)
		pprof.Do(r.Context(), labels, func(ctx context.Context) {
			next(w, r.WithContext(ctx))
		})
	}
}

// tenantOf maps anything unexpected to one value: clients must not be able to
// make new label values.
func tenantOf(r *http.Request) string {
	switch tenant := r.Header.Get("X-Tenant"); tenant {
	case "t1", "t2", "t3", "t4":
		return tenant
	default:
		return "other"
	}
}

func (c *Cleaner) serveClean(w http.ResponseWriter, r *http.Request) {
	records, err := readRecords(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	writeJSON(w, c.Clean(records))
}

func (c *Cleaner) serveValidate(w http.ResponseWriter, r *http.Request) {
	records, err := readRecords(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	writeJSON(w, map[string]int{"records": len(records), "valid": len(c.Valid(records))})
}

func readRecords(w http.ResponseWriter, r *http.Request) ([]Record, error) {
	var records []Record
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&records)
	return records, err
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone: nobody to tell
}
