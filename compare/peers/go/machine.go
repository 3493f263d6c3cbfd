// What the kernel says of this process: memory, CPU time, the limit on descriptors.

package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// statusBytes sums fields of /proc/self/status, which are given there in kB.
func statusBytes(fields ...string) (uint64, error) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer file.Close()
	total := uint64(0)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		for _, field := range fields {
			if name == field {
				kibibytes := uint64(0)
				if _, err := fmt.Sscan(value, &kibibytes); err != nil {
					return 0, fmt.Errorf("reading %s of /proc/self/status: %w", field, err)
				}
				total += kibibytes * 1024
			}
		}
	}
	return total, nil
}

// memoryNow is what the process keeps from others: resident pages and page tables.
func memoryNow() (uint64, error) {
	return statusBytes("VmRSS", "VmPTE")
}

func processCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // Fails only for a wrong argument.
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// raiseDescriptorLimit lets a server have as many connections as the machine allows.
func raiseDescriptorLimit() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		limit.Cur = limit.Max
		// Where this fails, accepting the connection beyond the limit says so.
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
}
