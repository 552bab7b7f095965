package main

import (
	"fmt"
	"strings"
)

// dictionary widens a query by the other words for what it asks. It is what the
// gateway has to hold all the time, and what every garbage collection walks.
type dictionary map[string][]string

func newDictionary(words int) dictionary {
	d := make(dictionary, words)
	for i := 0; i < words; i++ {
		word := fmt.Sprintf("part %05d", i)
		d[word] = []string{word + " metric", word + " imperial", strings.ToUpper(word)}
	}
	return d
}

// widen returns the query for term and its synonyms.
func (d dictionary) widen(term string) string {
	return strings.Join(append([]string{term}, d[term]...), " OR ")
}
