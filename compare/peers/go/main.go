// The Go peer: the comparison's workloads on goroutines, written as a Go programmer would.
//
// Obeys docs/design/measurement-protocol.md. This file holds the command line; output.go the lines
// that are printed, machine.go what is read from the kernel, the other files the workloads.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"twofold/peers/catalogue"
)

type entry struct {
	Name  string             `json:"name"`
	Quick []map[string]int64 `json:"quick"`
}

var workloads = map[string]func(params) (result, error){
	"yield":             runYield,
	"spawn_join":        runSpawnJoin,
	"ping_pong":         runPingPong,
	"ring":              runRing,
	"spawn_many":        runSpawnMany,
	"yield_many":        runYieldMany,
	"oneshot_ping_pong": runOneshotPingPong,
	"chained_spawn":     runChainedSpawn,
	"skynet":            runSkynet,
	"deep_await":        runDeepAwait,
	"sleepers":          runSleepers,
	"echo":              runEcho,
	"read_to_end":       runReadToEnd,
	"http_plaintext":    runHTTPPlaintext,
	"open_loop_latency": runEcho,
	"idle_connections":  runIdleConnections,

	"stack_growth":    runStackGrowth,
	"owning_sleepers": runOwningSleepers,
}

// params are the values of a point; a run without --param uses the first quick point.
type params map[string]int64

func (p params) assign(keyValue string) error {
	key, value, found := strings.Cut(keyValue, "=")
	if !found {
		return fmt.Errorf("a parameter is given as KEY=VALUE, not '%s'", keyValue)
	}
	if _, known := p[key]; !known {
		return fmt.Errorf("unknown parameter '%s'", key)
	}
	number, err := parseCount(value, key)
	p[key] = number
	return err
}

func parseCount(text, what string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 {
		return 0, fmt.Errorf("the value of %s must be an integer of at least 0, not '%s'", what, text)
	}
	return number, nil
}

func defaultsOf(workload string) (params, error) {
	var entries []entry
	if err := json.Unmarshal(catalogue.All(), &entries); err != nil {
		return nil, fmt.Errorf("reading the catalogue: %w", err)
	}
	for _, e := range entries {
		if e.Name == workload {
			return e.Quick[0], nil
		}
	}
	return nil, fmt.Errorf("unknown workload '%s'; 'list' names those there are", workload)
}

// parseOptions takes what follows `run WORKLOAD`: "--option VALUE" or "--option=VALUE". The
// workloads need no seed: none of them draws anything at random on this side.
func parseOptions(p params, arguments []string) (workers int64, err error) {
	workers = 1
	for i := 0; i < len(arguments) && err == nil; i++ {
		option, value, joined := strings.Cut(arguments[i], "=")
		if !joined {
			if i++; i == len(arguments) {
				return 0, fmt.Errorf("'%s' is unknown or lacks its value", option)
			}
			value = arguments[i]
		}
		switch option {
		case "--param":
			err = p.assign(value)
		case "--workers":
			workers, err = parseCount(value, option)
			if err == nil && workers < 1 {
				err = errors.New("--workers must be at least 1")
			}
		case "--seed":
			_, err = parseCount(value, option)
		default:
			err = fmt.Errorf("unknown option '%s'", option)
		}
	}
	return workers, err
}

func printList() {
	var line bytes.Buffer
	if err := json.Compact(&line, catalogue.All()); err != nil {
		failUsage(err)
	}
	fmt.Println(line.String())
}

func failUsage(err error) {
	program := os.Args[0]
	fmt.Fprintf(os.Stderr, "%s: %v\nusage: %s list\n"+
		"       %s run WORKLOAD [--param KEY=VALUE]... [--workers N] [--seed S]\n",
		program, err, program, program)
	os.Exit(exitUsage)
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "list" {
		printList()
		return
	}
	if len(os.Args) < 3 || os.Args[1] != "run" {
		failUsage(errors.New("expected 'list' or 'run WORKLOAD'"))
	}
	run, known := workloads[os.Args[2]]
	if !known {
		failUsage(fmt.Errorf("unknown workload '%s'; 'list' names those there are", os.Args[2]))
	}
	point, err := defaultsOf(os.Args[2])
	if err != nil {
		failUsage(err)
	}
	workers, err := parseOptions(point, os.Args[3:])
	if err != nil {
		failUsage(err)
	}
	runtime.GOMAXPROCS(int(workers))
	finish(run(point))
}
