// `spawn_many`, `yield_many`, `oneshot_ping_pong`, `chained_spawn`: the benchmarks of Tokio's scheduler,
// by their definitions.

package main

import (
	"runtime"
	"sync/atomic"
	"time"
)

// benchmark measures run(), which returns how many operations it did; all of them are expected.
func benchmark(ops int64, run func() uint64) (result, error) {
	start := time.Now()
	done := run()
	elapsed := time.Since(start)
	return result{
		metrics:  []metric{nsPerOp(float64(elapsed), ops)},
		checksum: done,
		expected: uint64(ops),
		ops:      ops,
	}, nil
}

func runSpawnMany(p params) (result, error) {
	tasks, rounds := p["tasks"], p["rounds"]
	return benchmark(tasks*rounds, func() uint64 {
		told := make(chan struct{}, 1)
		var left atomic.Int64
		done := int64(0)
		for round := int64(0); round < rounds; round++ {
			left.Store(tasks)
			for i := int64(0); i < tasks; i++ {
				go func() {
					if left.Add(-1) == 0 {
						told <- struct{}{}
					}
				}()
			}
			<-told
			done += tasks - left.Load()
		}
		return uint64(done)
	})
}

func runYieldMany(p params) (result, error) {
	tasks, yields := p["tasks"], p["yields"]
	return benchmark(tasks*yields, func() uint64 {
		told := make(chan int64, tasks)
		for i := int64(0); i < tasks; i++ {
			go func() {
				cameBack := int64(0)
				for ; cameBack < yields; cameBack++ {
					runtime.Gosched()
				}
				told <- cameBack
			}()
		}
		sum := int64(0)
		for i := int64(0); i < tasks; i++ {
			sum += <-told
		}
		return uint64(sum)
	})
}

func runOneshotPingPong(p params) (result, error) {
	pings, rounds := p["pings"], p["rounds"]
	return benchmark(pings*rounds, func() uint64 {
		told := make(chan struct{}, 1)
		var left, answered atomic.Int64
		// What a oneshot channel is in Go: one that is made for one value.
		ping := func() {
			there, back := make(chan int64, 1), make(chan int64, 1)
			go func() { back <- <-there }()
			there <- 1
			answered.Add(<-back)
			if left.Add(-1) == 0 {
				told <- struct{}{}
			}
		}
		for round := int64(0); round < rounds; round++ {
			left.Store(pings)
			go func() {
				for i := int64(0); i < pings; i++ {
					go ping()
				}
			}()
			<-told
		}
		return uint64(answered.Load())
	})
}

func spawnNext(left, ran int64, told chan<- int64) {
	if left == 1 {
		told <- ran + 1
		return
	}
	go spawnNext(left-1, ran+1, told)
}

func runChainedSpawn(p params) (result, error) {
	tasks, rounds := p["tasks"], p["rounds"]
	return benchmark(tasks*rounds, func() uint64 {
		told := make(chan int64, 1)
		sum := int64(0)
		for round := int64(0); round < rounds; round++ {
			go spawnNext(tasks, 0, told)
			sum += <-told
		}
		return uint64(sum)
	})
}
