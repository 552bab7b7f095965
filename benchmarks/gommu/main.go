// Command gommu is the yardstick of mutator utilisation: what `go tool trace` plots and lists of it, without the server.
//
// It prints a line per figure: `step` of the utilisation and `mmu`, `mut` and `worst` of windows. An overlay builds it
// inside GOROOT/src/cmd, where internal/trace may be imported.
package main

import (
	"bufio"
	"fmt"
	"internal/trace"
	"io"
	"log"
	"os"
	"strings"
	"time"
)

var names = map[string]trace.UtilFlags{
	"stw": trace.UtilSTW, "mark": trace.UtilBackground, "assist": trace.UtilAssist, "sweep": trace.UtilSweep,
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: gommu TRACE FLAG,... WINDOW...")
	}
	var flags trace.UtilFlags
	for name := range strings.SplitSeq(os.Args[2], ",") {
		flags |= names[name]
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	events, err := read(bufio.NewReaderSize(file, 1<<20))
	if err != nil {
		log.Fatal(err)
	}
	first := int64(events[0].Time())
	steps := trace.MutatorUtilizationV2(events, flags)
	if len(steps) == 0 {
		return
	}
	for _, step := range steps[0] {
		fmt.Println("step", step.Time-first, step.Util)
	}
	curve := trace.NewMMUCurve(steps)
	for _, text := range os.Args[3:] {
		window, err := time.ParseDuration(text)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("mmu", int64(window), curve.MMU(window))
		shares := []float64{0, 0.001, 0.01, 0.05, 0.5}
		for i, least := range curve.MUD(window, shares) {
			fmt.Println("mut", int64(window), shares[i], least)
		}
		for _, found := range curve.Examples(window, 10) {
			fmt.Println("worst", int64(window), found.Time-first, found.MutatorUtil)
		}
	}
}

func read(file io.Reader) ([]trace.Event, error) {
	reader, err := trace.NewReader(file)
	if err != nil {
		return nil, err
	}
	for events := []trace.Event(nil); ; {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, event)
	}
}
