package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	_ "net/http/pprof" // registers /debug/pprof/ on the default mux
	"sync"
)

const (
	maxBody       = 256 << 10
	workspaceSize = 1 << 20
)

// Order is what a buyer sends.
type Order struct {
	ID    string `json:"id"`
	Buyer string `json:"buyer"`
	Lines []Line `json:"lines"`
}

// Line asks for a number of pieces of one article.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Cents    int    `json:"cents"`
}

// workspaces keeps what every order was priced from, so that support can replay
// an order that a buyer complains about. It was meant to hold the last hour.
var workspaces = struct {
	sync.Mutex
	byOrder map[string][]byte
}{byOrder: make(map[string][]byte)}

func newHandler(catalogue *Catalogue) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/orders", func(w http.ResponseWriter, r *http.Request) {
		takeOrder(w, r, catalogue)
	})
	mux.HandleFunc("GET /v1/orders/{id}/replay", replayOrder)
	mux.Handle("/", http.DefaultServeMux)
	return mux
}

func takeOrder(w http.ResponseWriter, r *http.Request, catalogue *Catalogue) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var order Order
	if err := json.Unmarshal(payload, &order); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	keepWorkspace(order.ID, payload)
	total, err := price(&order, catalogue)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"order": order, "total": total})
}

// keepWorkspace sets aside a workspace as large as the largest replay needs,
// under the order's own number. Nothing ever deletes one.
func keepWorkspace(id string, payload []byte) {
	workspaces.Lock()
	defer workspaces.Unlock()
	workspaces.byOrder[id] = append(make([]byte, 0, workspaceSize), payload...)
}

func price(order *Order, catalogue *Catalogue) (int, error) {
	total := 0
	for i := range order.Lines {
		line := &order.Lines[i]
		cents, ok := catalogue.Quote(line.SKU, line.Quantity)
		if !ok {
			return 0, fmt.Errorf("order %s: no article %q", order.ID, line.SKU)
		}
		line.Cents = cents
		total += cents
	}
	return total, nil
}

func replayOrder(w http.ResponseWriter, r *http.Request) {
	workspaces.Lock()
	payload, ok := workspaces.byOrder[r.PathValue("id")]
	workspaces.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(payload)
}
