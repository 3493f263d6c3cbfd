#!/usr/bin/env python3
"""Counts the instructions of the hot paths and compares them with those on record.

    count_instructions.py --record FILE --compiler NAME [--accept] RUNTIME=PROGRAM...

PROGRAM is hot_paths.cpp, built for RUNTIME. Counts are callgrind's, so they are the same whatever
else the machine does; they depend on the compiler, so that with another than the one on record
nothing is compared (status 77: skipped). Fails when a path has grown by more than 5 %. --accept
writes what was counted to FILE instead: say in the commit why a path costs more.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

MOST_GROWTH = 1.05
SKIPPED = 77


def count(program):
    """Instructions of each path of `program`, an operation."""
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder) / "dump"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={base}", program]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        if done.returncode != 0:
            sys.exit(f"{program} failed under callgrind:\n{done.stdout}")
        for dump in base.parent.glob("dump.*"):
            text = dump.read_text()
            # The client's request names the path and how many operations it made.
            trigger = re.search(r"^desc: Trigger: Client Request: (\w+)/(\d+)$", text, re.MULTILINE)
            total = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
            if trigger and total:
                counts[trigger[1]] = round(int(total[1]) / int(trigger[2]), 1)
    if not counts:
        sys.exit(f"{program} wrote no counts; was it built with valgrind's headers?")
    return counts


def compare(runtime, counted, recorded):
    """Prints a table; gives what has grown too much."""
    grown = []
    print(f"{runtime:<16}{'on record':>12}{'now':>10}{'change':>9}")
    for path in sorted(counted.keys() | recorded.keys()):
        now, before = counted.get(path), recorded.get(path)
        if now is None or before is None:
            grown.append(f"{runtime}: {path} is {'not on record' if before is None else 'gone'}")
            continue
        change = now / before
        print(f"  {path:<14}{before:>12.1f}{now:>10.1f}{100 * (change - 1):>+8.1f}%")
        if change > MOST_GROWTH:
            grown.append(f"{runtime}: {path} went from {before} to {now} instructions an operation")
    return grown


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True, help="what the programs were compiled with")
    parser.add_argument("--accept", action="store_true", help="write the record instead of comparing")
    parser.add_argument("programs", nargs="+", metavar="RUNTIME=PROGRAM")
    options = parser.parse_args()
    programs = dict(argument.split("=", 1) for argument in options.programs)

    record = json.loads(options.record.read_text()) if options.record.exists() else {}
    if not options.accept and not record:
        print(f"there is no record in {options.record}: cmake --build BUILD --target accept-instruction-counts writes it")
        return SKIPPED
    if not options.accept and record["compiler"] != options.compiler:
        print(f"on record are counts of {record.get('compiler')}; these are of {options.compiler}: not compared")
        return SKIPPED
    counted = {runtime: count(program) for runtime, program in programs.items()}
    if options.accept:
        record = {"compiler": options.compiler, "instructions_an_operation": counted}
        options.record.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n")
        print(f"written: {options.record}")
        return 0
    grown = []
    for runtime, counts in counted.items():
        grown += compare(runtime, counts, record["instructions_an_operation"].get(runtime, {}))
    if grown:
        print("\nCostlier than on record, by more than 5 %:")
        print("\n".join(f"  {line}" for line in grown))
        print("If that is justified: cmake --build BUILD --target accept-instruction-counts, and say why in the commit.")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
