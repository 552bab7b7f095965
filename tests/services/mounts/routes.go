package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/pprof"
	"strings"
)

// named are the profiles that routers know by name: those of an older Go, so that
// the index tells of some that are answered with 404.
var named = []string{"allocs", "block", "goroutine", "heap", "mutex", "threadcreate"}

// mount routes requests as the style does.
func mount(style string) (http.Handler, error) {
	switch style {
	case "own":
		return own(), nil
	case "gin":
		return gin(*prefix), nil
	case "gozero":
		return gozero(), nil
	case "misrouted":
		return misrouted(*prefix), nil
	}
	return nil, fmt.Errorf("no style %q", style)
}

// own is net/http/pprof as it registers itself, on a port of its own.
func own() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	if *cmdline {
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	}
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	if *metrics {
		mux.HandleFunc("/metrics", serveMetrics)
	}
	return mux
}

// gin is a router that knows every path by itself, as gin-contrib/pprof registers
// them: a path with a slash too many or too few is redirected to the right one, and
// any other is answered with 404 in JSON.
func gin(prefix string) http.Handler {
	routes := map[string]http.Handler{
		prefix + "/":        http.HandlerFunc(pprof.Index),
		prefix + "/profile": http.HandlerFunc(pprof.Profile),
		prefix + "/symbol":  http.HandlerFunc(pprof.Symbol),
		prefix + "/trace":   http.HandlerFunc(pprof.Trace),
	}
	if *cmdline {
		routes[prefix+"/cmdline"] = http.HandlerFunc(pprof.Cmdline)
	}
	for _, name := range named {
		routes[prefix+"/"+name] = pprof.Handler(name)
	}
	if *metrics {
		routes["/metrics"] = http.HandlerFunc(serveMetrics)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if handler, ok := routes[path]; ok {
			handler.ServeHTTP(w, r)
			return
		}
		other, cut := strings.CutSuffix(path, "/")
		if !cut {
			other += "/"
		}
		if _, ok := routes[other]; ok {
			url := *r.URL
			url.Path = other
			http.Redirect(w, r, url.String(), http.StatusMovedPermanently)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": "PAGE_NOT_FOUND", "message": "Page not found"})
	})
}

// gozero is the server that go-zero starts beside a service: a list of its routes
// at every path that it does not know, health, metrics and pprof.
func gozero() http.Handler {
	mux := http.NewServeMux()
	var routes []string
	handle := func(pattern string, handler http.HandlerFunc) {
		mux.HandleFunc(pattern, handler)
		routes = append(routes, pattern)
	}
	handle("/", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(routes) })
	handle("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "OK") })
	if *metrics {
		handle("/metrics", serveMetrics)
	}
	handle("/debug/pprof/", pprof.Index)
	if *cmdline {
		handle("/debug/pprof/cmdline", pprof.Cmdline)
	}
	handle("/debug/pprof/profile", pprof.Profile)
	handle("/debug/pprof/symbol", pprof.Symbol)
	handle("/debug/pprof/trace", pprof.Trace)
	return mux
}

// misrouted mounts pprof.Index alone, and not at /debug/pprof/: it then knows no
// profile, and answers every path below with the index.
func misrouted(prefix string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(prefix+"/", pprof.Index)
	return mux
}
