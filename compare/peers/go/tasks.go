// `yield` and `spawn_join`: goroutines that do next to nothing.

package main

import (
	"runtime"
	"sync"
	"time"
)

func runYield(p params) (result, error) {
	tasks, yields := p["tasks"], p["yields"]
	gate := make(chan struct{})
	cameBack := make([]int64, tasks)
	var atGate, done sync.WaitGroup
	atGate.Add(int(tasks))
	done.Add(int(tasks))
	for i := int64(0); i < tasks; i++ {
		go func(slot *int64) {
			defer done.Done()
			atGate.Done()
			<-gate
			n := int64(0)
			for n < yields {
				runtime.Gosched()
				n++
			}
			*slot = n
		}(&cameBack[i])
	}
	atGate.Wait()

	start := time.Now()
	close(gate)
	done.Wait()
	elapsed := time.Since(start)
	total := int64(0)
	for _, n := range cameBack {
		total += n
	}
	ops := tasks * yields
	return result{
		metrics:  []metric{nsPerOp(float64(elapsed), ops)},
		checksum: uint64(total),
		expected: uint64(ops),
		ops:      ops,
	}, nil
}

// spawnBatch starts a goroutine for each answer; it returns its index, counted from first.
func spawnBatch(answers []int64, first int64) {
	var done sync.WaitGroup
	done.Add(len(answers))
	for i := range answers {
		go func(slot *int64, index int64) {
			*slot = index
			done.Done()
		}(&answers[i], first+int64(i))
	}
	done.Wait()
}

func runSpawnJoin(p params) (result, error) {
	batch, rounds := p["batch"], p["rounds"]
	answers := make([]int64, batch)
	spawnBatch(answers, 0) // A round that does not count: it is mostly page faults.

	sum := uint64(0)
	start := time.Now()
	for round := int64(0); round < rounds; round++ {
		spawnBatch(answers, round*batch)
		for _, index := range answers {
			sum += uint64(index)
		}
	}
	elapsed := time.Since(start)
	ops := batch * rounds
	return result{
		metrics:  []metric{nsPerOp(float64(elapsed), ops)},
		checksum: sum,
		expected: sumBelow(ops),
		ops:      ops,
	}, nil
}
