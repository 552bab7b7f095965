package main

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// guarded asks for credentials, where there are any to ask for.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if *basic != "" && !same(user+":"+password, *basic) {
			w.Header().Set("WWW-Authenticate", `Basic realm="mounts"`)
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		if *bearer != "" && !same(r.Header.Get("Authorization"), "Bearer "+*bearer) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="mounts"`)
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func same(given, wanted string) bool {
	return subtle.ConstantTimeCompare([]byte(given), []byte(wanted)) == 1
}

// limited treats the server's WriteTimeout in one of three ways. An old Go refuses
// what takes longer. A new one puts the deadline off: it finds the connection
// through the writer. Where middleware hides that, the answer breaks off.
func limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if *timeout > 0 && *deadline == "old" && duration(r) >= *timeout {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("X-Go-Pprof", "1")
			http.Error(w, "profile duration exceeds server's WriteTimeout", http.StatusBadRequest)
			return
		}
		if *deadline == "hidden" {
			w = struct{ http.ResponseWriter }{w}
		}
		next.ServeHTTP(w, r)
	})
}

// duration is how long a profile takes, by what net/http/pprof takes for granted.
func duration(r *http.Request) time.Duration {
	seconds, err := strconv.ParseFloat(r.FormValue("seconds"), 64)
	if err == nil && seconds > 0 {
		return time.Duration(seconds * float64(time.Second))
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/profile"):
		return 30 * time.Second
	case strings.HasSuffix(r.URL.Path, "/trace"):
		return time.Second
	}
	return 0
}
