package main

import (
	"fmt"
	"sync"
)

// Article is one thing that can be ordered.
type Article struct {
	SKU   string
	Title string
	Cents int
}

// Catalogue holds every article, and the quotes that were asked for lately.
type Catalogue struct {
	articles map[string]*Article

	mu     sync.Mutex
	quotes map[string]int // at most maxQuotes of them
}

const maxQuotes = 4096

// NewCatalogue makes a catalogue with n articles.
func NewCatalogue(n int) *Catalogue {
	c := &Catalogue{articles: make(map[string]*Article, n), quotes: make(map[string]int)}
	for i := 0; i < n; i++ {
		sku := fmt.Sprintf("A-%06d", i)
		title := fmt.Sprintf("Hexagon bolt, zinc plated, M%d x %d, box of 100", 4+i%20, 10+i%190)
		c.articles[sku] = &Article{SKU: sku, Title: title, Cents: 150 + i*7%9000}
	}
	return c
}

// Quote returns the price of quantity pieces, or false for an unknown article.
func (c *Catalogue) Quote(sku string, quantity int) (int, bool) {
	key := fmt.Sprintf("%s x %d", sku, quantity)
	c.mu.Lock()
	defer c.mu.Unlock()
	if cents, ok := c.quotes[key]; ok {
		return cents, true
	}
	article, ok := c.articles[sku]
	if !ok {
		return 0, false
	}
	if len(c.quotes) >= maxQuotes {
		clear(c.quotes) // cheap to make again, so forgetting all of them will do
	}
	cents := article.Cents * quantity * discount(quantity) / 100
	c.quotes[key] = cents
	return cents, true
}

// discount is the percentage of the list price that is left.
func discount(quantity int) int {
	return max(70, 100-quantity/10)
}
