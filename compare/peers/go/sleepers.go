// `sleepers` and `owning_sleepers`: what a goroutine costs that only waits, and one that owns something
// meanwhile.

package main

import (
	"runtime"
	"strings"
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

func (d *dormitory) sleep() {
	d.asleep.Add(1)
	for left := d.instant.left(); left > 0; left = d.instant.left() {
		time.Sleep(left)
	}
}

func (d *dormitory) sleeper(slot *int64, index int64) {
	defer d.joined.Done()
	d.sleep()
	*slot = index
}

const (
	textBytes   = 48
	numberCount = 8
)

func letterOf(index int64) byte {
	return byte(1 + index%9)
}

// owner holds a string and a slice of its own across the sleep, and recovers from what panics there.
func (d *dormitory) owner(slot *int64, index int64) {
	defer d.joined.Done()
	text := strings.Repeat(string(rune(letterOf(index))), textBytes)
	numbers := make([]int64, numberCount)
	for i := range numbers {
		numbers[i] = index
	}
	func() {
		defer func() {
			if recover() != nil {
				numbers = nil
			}
		}()
		d.sleep()
	}()
	sum := int64(0)
	for i := range text {
		sum += int64(text[i])
	}
	for _, number := range numbers {
		sum += number
	}
	*slot = sum
}

// putToSleep returns when all sleep. It lets them run after each batch, for they are awake until
// they first have.
func (d *dormitory) putToSleep(answers []int64, sleeper func(*int64, int64)) {
	const batch = 256
	d.joined.Add(len(answers))
	for i := range answers {
		go sleeper(&answers[i], int64(i))
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
	return sleepAll(p, (*dormitory).sleeper, sumBelow(p["tasks"]))
}

func runOwningSleepers(p params) (result, error) {
	expected := numberCount * sumBelow(p["tasks"])
	for i := int64(0); i < p["tasks"]; i++ {
		expected += textBytes * uint64(letterOf(i))
	}
	return sleepAll(p, (*dormitory).owner, expected)
}

func sleepAll(p params, sleeper func(*dormitory, *int64, int64), expected uint64) (result, error) {
	tasks := p["tasks"]
	before, err := memoryNow()
	if err != nil {
		return result{}, err
	}
	cpuAtStart := processCPU()
	d := dormitory{instant: commonInstant{start: time.Now()}}
	d.instant.delay.Store(p["sleep_ms"] * int64(time.Millisecond))
	answers := make([]int64, tasks)
	d.putToSleep(answers, func(slot *int64, index int64) { sleeper(&d, slot, index) })
	allAsleep, err := memoryNow()
	if err != nil {
		return result{}, err
	}
	d.joined.Wait()
	cpu := processCPU() - cpuAtStart
	sum := uint64(0)
	for _, answer := range answers {
		sum += uint64(answer)
	}
	grown := float64(allAsleep) - float64(before)
	return result{
		metrics: []metric{
			{"bytes_per_task", "B", grown / float64(tasks)},
			nsPerOp(float64(cpu), tasks),
		},
		checksum: sum,
		expected: expected,
		ops:      tasks,
	}, nil
}
