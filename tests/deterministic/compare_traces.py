#!/usr/bin/env python3
"""Runs the programs of many seeds on two runtimes and compares what they saw.

    compare_traces.py TRACE-PROGRAM TRACE-PROGRAM SEEDS [FIRST]

Each runtime is the other's oracle. Where they differ, the first line that does is shown, and how to repeat it.
"""
import subprocess
import sys


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def main():
    programs, seeds = sys.argv[1:3], int(sys.argv[3])
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    digests = [output(program, str(first), str(first + seeds)) for program in programs]
    if len(digests[0]) != seeds:
        sys.exit(f"{programs[0]} gave {len(digests[0])} digests for {seeds} seeds")
    differing = [a.split()[0] for a, b in zip(*digests) if a != b]
    if differing:
        traces = [output(program, differing[0]) for program in programs]
        for number, (a, b) in enumerate(zip(*traces)):
            if a != b:
                print(f"seed {differing[0]}, line {number + 1}:\n  {programs[0]}: {a}\n  {programs[1]}: {b}")
                break
        for program in programs:
            print(f"replay: {program} {differing[0]}")
        sys.exit(f"{len(differing)} of {seeds} seeds differ")
    distinct = len({line.split()[1] for line in digests[0]})
    events = sum(int(line.split()[2]) for line in digests[0])
    if distinct < seeds * 9 // 10:
        sys.exit(f"only {distinct} of {seeds} traces are unlike the others: the seed decides too little")
    print(f"{seeds} seeds, {events} events: equal traces on both runtimes, {distinct} distinct")


if __name__ == "__main__":
    main()
