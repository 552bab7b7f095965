// Command dense records an execution trace as dense as a Go program gets: it writes to a file until that has
// the wanted size.
//
//	dense OUT BYTES
//
// Clients send requests over channels that hold nothing; each request is a goroutine of its own, which waits for a
// lock, makes some garbage, now and then writes to a log, and answers. So nearly every event is one of the scheduler's.
package main

import (
	"fmt"
	"log"
	"os"
	"runtime/trace"
	"strconv"
	"sync"
	"time"
)

const (
	clients = 16
	logged  = 20 // one request in so many
	longest = 5 * time.Minute
	check   = 20 * time.Millisecond
)

type request struct {
	number int
	answer chan string
}

// store is what the requests wait for.
type store struct {
	sync.Mutex
	hits map[int]int
	log  *os.File
}

func (s *store) hit(number int) int {
	s.Lock()
	defer s.Unlock()
	s.hits[number%100]++
	return s.hits[number%100]
}

func handle(r request, s *store) {
	if r.number%logged == 0 {
		fmt.Fprintln(s.log, "request", r.number)
	}
	r.answer <- fmt.Sprintf("%d: %d", r.number, s.hit(r.number))
}

func serve(requests <-chan request, s *store) {
	for r := range requests {
		go handle(r, s)
	}
}

func client(requests chan<- request, done <-chan struct{}) {
	answer := make(chan string)
	for number := 0; ; number++ {
		select {
		case requests <- request{number, answer}:
			<-answer
		case <-done:
			return
		}
	}
}

func run(file, out *os.File, size int64) {
	requests, done := make(chan request), make(chan struct{})
	s := &store{hits: map[int]int{}, log: out}
	var running sync.WaitGroup
	for range clients {
		go serve(requests, s)
		running.Add(1)
		go func() {
			defer running.Done()
			client(requests, done)
		}()
	}
	for stop := time.Now().Add(longest); time.Now().Before(stop); time.Sleep(check) {
		if info, err := file.Stat(); err != nil || info.Size() >= size {
			break
		}
	}
	close(done)
	running.Wait()
	close(requests)
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: dense OUT BYTES")
	}
	size, err := strconv.ParseInt(os.Args[2], 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	file, err := os.Create(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		log.Fatal(err)
	}
	if err := trace.Start(file); err != nil {
		log.Fatal(err)
	}
	run(file, out, size)
	trace.Stop()
	if err := file.Close(); err != nil {
		log.Fatal(err)
	}
}
