// What the program prints: a JSON object a line, the check line last, and the exit status.

package main

import (
	"encoding/json"
	"fmt"
	"os"
)

const (
	exitUsage  = 2
	exitFailed = 3
)

type metric struct {
	Metric string  `json:"metric"`
	Unit   string  `json:"unit"`
	Value  float64 `json:"value"`
}

// result is what a workload measured and computed. Only a checked answer gets its figures printed.
type result struct {
	metrics  []metric
	checksum uint64
	expected uint64
	ops      int64
}

type checkOk struct {
	Check    string `json:"check"`
	Checksum string `json:"checksum"`
	Ops      int64  `json:"ops"`
}

type checkOther struct {
	Check  string `json:"check"`
	Detail string `json:"detail"`
}

func printLine(object any) {
	line, err := json.Marshal(object)
	if err != nil {
		fmt.Fprintln(os.Stderr, "writing a line of output:", err)
		os.Exit(exitFailed)
	}
	fmt.Println(string(line))
}

func finish(r result, err error) {
	if err == nil && r.checksum != r.expected {
		err = fmt.Errorf("the checksum is %d, expected %d", r.checksum, r.expected)
	}
	if err != nil {
		printLine(checkOther{"failed", err.Error()})
		os.Exit(exitFailed)
	}
	for _, m := range r.metrics {
		printLine(m)
	}
	printLine(checkOk{"ok", fmt.Sprintf("%016x", r.checksum), r.ops})
}

func nsPerOp(elapsedNs float64, ops int64) metric {
	return metric{"ns_per_op", "ns", elapsedNs / float64(ops)}
}

// sumBelow is 0 + 1 + ... + (n - 1): what workloads expect that sum up indexes.
func sumBelow(n int64) uint64 {
	return uint64(n) * uint64(n-1) / 2
}
