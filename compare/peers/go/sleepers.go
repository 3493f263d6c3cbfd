// `sleepers`: what a goroutine costs that only waits.

package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// commonInstant is when all wake. The starting goroutine moves it on while it has not yet got all
// to sleep, so a sleeper looks again when it wakes.
type commonInstant struct {
	start time.Time
	delay atomic.Int64
}

func (c *commonInstant) left() time.Duration {
	return time.Duration(c.delay.Load()) - time.Since(c.start)
}

func (c *commonInstant) postponeIfEarly() {
	if delay := c.delay.Load(); int64(time.Since(c.start)) > delay/4*3 {
		c.delay.Store(delay * 2)
	}
}

type dormitory struct {
	instant commonInstant
	asleep  atomic.Int64
	joined  sync.WaitGroup
}

func (d *dormitory) sleeper(slot *int64, index int64) {
	defer d.joined.Done()
	d.asleep.Add(1)
	for left := d.instant.left(); left > 0; left = d.instant.left() {
		time.Sleep(left)
	}
	*slot = index
}

// putToSleep returns when all sleep. It lets them run after each batch, for they are awake until
// they first have.
func (d *dormitory) putToSleep(answers []int64) {
	const batch = 256
	d.joined.Add(len(answers))
	for i := range answers {
		go d.sleeper(&answers[i], int64(i))
		if i%batch == 0 {
			d.instant.postponeIfEarly()
			runtime.Gosched()
		}
	}
	for d.asleep.Load() < int64(len(answers)) {
		d.instant.postponeIfEarly()
		runtime.Gosched()
	}
}

func runSleepers(p params) (result, error) {
	tasks := p["tasks"]
	before, err := memoryNow()
	if err != nil {
		return result{}, err
	}
	cpuAtStart := processCPU()
	d := dormitory{instant: commonInstant{start: time.Now()}}
	d.instant.delay.Store(p["sleep_ms"] * int64(time.Millisecond))
	answers := make([]int64, tasks)
	d.putToSleep(answers)
	allAsleep, err := memoryNow()
	if err != nil {
		return result{}, err
	}
	d.joined.Wait()
	cpu := processCPU() - cpuAtStart
	sum := uint64(0)
	for _, index := range answers {
		sum += uint64(index)
	}
	grown := float64(allAsleep) - float64(before)
	return result{
		metrics: []metric{
			{"bytes_per_task", "B", grown / float64(tasks)},
			nsPerOp(float64(cpu), tasks),
		},
		checksum: sum,
		expected: sumBelow(tasks),
		ops:      tasks,
	}, nil
}
