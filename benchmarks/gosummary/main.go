// Command gosummary is the yardstick of `goscope goroutines`: Go's own streaming reader with Go's own summary, which
// is what `go tool trace` shows, without the server and without keeping the events.
//
// It prints a line per group of goroutines: how many, and their times in nanoseconds. An overlay builds it inside
// GOROOT/src/cmd, where internal/trace may be imported.
package main

import (
	"bufio"
	"fmt"
	"internal/trace"
	"io"
	"log"
	"os"
	"slices"
)

type group struct {
	name                                    string
	count                                   int
	total, exec, wait, block, call, blocked int64
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: gosummary TRACE")
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	summary, events, err := summarize(bufio.NewReaderSize(file, 1<<20))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("events", events)
	for _, g := range groups(summary) {
		fmt.Println(g.count, g.total, g.exec, g.wait, g.block, g.call, g.blocked, g.name)
	}
}

func summarize(file io.Reader) (*trace.Summary, int, error) {
	reader, err := trace.NewReader(file)
	if err != nil {
		return nil, 0, err
	}
	summarizer := trace.NewSummarizer()
	for events := 0; ; events++ {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			return summarizer.Finalize(), events, nil
		}
		if err != nil {
			return nil, events, err
		}
		summarizer.Event(&event)
	}
}

func groups(summary *trace.Summary) []*group {
	byName := map[string]*group{}
	var all []*group
	for _, g := range summary.Goroutines {
		sum := byName[g.Name]
		if sum == nil {
			sum = &group{name: g.Name}
			byName[g.Name] = sum
			all = append(all, sum)
		}
		sum.count++
		sum.total += int64(g.TotalTime)
		sum.exec += int64(g.ExecTime)
		sum.wait += int64(g.SchedWaitTime)
		for _, time := range g.BlockTimeByReason {
			sum.block += int64(time)
		}
		sum.call += int64(g.SyscallTime)
		sum.blocked += int64(g.SyscallBlockTime)
	}
	slices.SortFunc(all, func(a, b *group) int { return int(b.exec - a.exec) })
	return all
}
