// `deep_await`: in Go an async call is a call; what depth costs is a stack that grows by copying.

package main

import (
	"runtime"
	"time"
)

func descend(depth int64, suspend bool) int64 {
	if depth <= 1 {
		if suspend {
			runtime.Gosched()
		}
		return 1
	}
	return descend(depth-1, suspend) + 1
}

func runDeepAwait(p params) (result, error) {
	depth, repeats, suspend := p["depth"], p["repeats"], p["suspend"] != 0
	answer := make(chan uint64)
	start := time.Now()
	go func() {
		sum := int64(0)
		for i := int64(0); i < repeats; i++ {
			sum += descend(depth, suspend)
		}
		answer <- uint64(sum)
	}()
	sum := <-answer
	elapsed := time.Since(start)
	ops := depth * repeats
	return result{
		metrics:  []metric{nsPerOp(float64(elapsed), ops)},
		checksum: sum,
		expected: uint64(ops),
		ops:      ops,
	}, nil
}
