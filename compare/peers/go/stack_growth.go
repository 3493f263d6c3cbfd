// `stack_growth`: in Go a fresh goroutine starts on 2 KiB and grows by copying.

package main

import (
	"sync"
	"time"
)

func descendTo(depth int64, landing *sync.WaitGroup) int64 {
	if depth <= 1 {
		landing.Done()
		landing.Wait()
		return 1
	}
	return descendTo(depth-1, landing) + 1
}

func runStackGrowth(p params) (result, error) {
	depth, tasks, together := p["depth"], p["tasks"], p["together"]
	answers := make([]int64, together)
	sum := uint64(0)
	start := time.Now()
	for started := int64(0); started < tasks; started += together {
		var landing, done sync.WaitGroup
		landing.Add(int(together))
		done.Add(int(together))
		for i := range answers {
			go func(answer *int64) {
				defer done.Done()
				*answer = descendTo(depth, &landing)
			}(&answers[i])
		}
		done.Wait()
		for _, answer := range answers {
			sum += uint64(answer)
		}
	}
	elapsed := time.Since(start)
	ops := depth * tasks
	return result{
		metrics:  []metric{nsPerOp(float64(elapsed), ops)},
		checksum: sum,
		expected: uint64(ops),
		ops:      ops,
	}, nil
}
