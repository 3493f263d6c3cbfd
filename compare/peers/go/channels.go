// `ping_pong`, `ring` and `skynet`: goroutines that talk over channels.

package main

import (
	"sync"
	"time"
)

func runPingPong(p params) (result, error) {
	roundTrips := p["round_trips"]
	requests, replies := make(chan uint64, 1), make(chan uint64, 1)
	go func() {
		for value := range requests {
			replies <- value + 1
		}
		close(replies)
	}()
	sum := uint64(0)
	start := time.Now()
	for i := int64(0); i < roundTrips; i++ {
		requests <- uint64(i)
		sum += <-replies
	}
	close(requests)
	<-replies // Closed by the peer when it ends.
	elapsed := time.Since(start)
	return result{
		metrics:  []metric{nsPerOp(float64(elapsed), roundTrips)},
		checksum: sum,
		expected: sumBelow(roundTrips + 1),
		ops:      roundTrips,
	}, nil
}

// passOn hands the token round until the last hop, whose token goes to last; then the ring ends,
// each task when the one before it has.
func passOn(in <-chan uint64, out chan<- uint64, hops uint64, last chan<- uint64) {
	defer close(out)
	for token := range in {
		token++
		if token == hops {
			last <- token
			return
		}
		out <- token
	}
}

func runRing(p params) (result, error) {
	tasks, hops := p["tasks"], p["hops"]
	links := make([]chan uint64, tasks)
	for i := range links {
		links[i] = make(chan uint64, 1)
	}
	last := make(chan uint64, 1)
	var started, done sync.WaitGroup
	started.Add(int(tasks))
	done.Add(int(tasks))
	for i := range links {
		go func(in <-chan uint64, out chan<- uint64) {
			defer done.Done()
			started.Done()
			passOn(in, out, uint64(hops), last)
		}(links[i], links[(i+1)%len(links)])
	}
	started.Wait()

	start := time.Now()
	links[0] <- 0
	token := <-last
	elapsed := time.Since(start)
	done.Wait()
	return result{
		metrics:  []metric{nsPerOp(float64(elapsed), hops)},
		checksum: token,
		expected: uint64(hops),
		ops:      hops,
	}, nil
}

const fanOut = 10

// skynet sends the sum of the size leaves from first on. The channel holds a node's ten answers, so
// that no child waits for its parent to be at hand.
func skynet(answer chan<- uint64, first, size uint64) {
	if size == 1 {
		answer <- first
		return
	}
	answers := make(chan uint64, fanOut)
	part := size / fanOut
	for i := uint64(0); i < fanOut; i++ {
		go skynet(answers, first+i*part, part)
	}
	sum := uint64(0)
	for i := 0; i < fanOut; i++ {
		sum += <-answers
	}
	answer <- sum
}

func runSkynet(p params) (result, error) {
	leaves := int64(1)
	for i := int64(0); i < p["depth"]; i++ {
		leaves *= fanOut
	}
	answer := make(chan uint64, 1)
	start := time.Now()
	go skynet(answer, 0, uint64(leaves))
	sum := <-answer
	elapsed := time.Since(start)
	peak, err := statusBytes("VmHWM")
	return result{
		metrics: []metric{
			nsPerOp(float64(elapsed), leaves),
			{"rss_bytes", "B", float64(peak)},
		},
		checksum: sum,
		expected: sumBelow(leaves),
		ops:      leaves,
	}, err
}
