"""gdb shows every call of a fiber, across segments, and ends where the fiber begins.

    gdb_test.py GDB PROGRAM         PROGRAM is deep_stack.cpp, for one stack policy
"""
import re
import subprocess
import sys

DEPTH = 100


def main():
    gdb, program = sys.argv[1:]
    commands = ["set pagination off", "set debuginfod enabled off", "break look_here", "run", "bt", "kill"]
    arguments = [argument for command in commands for argument in ("-ex", command)]
    said = subprocess.run([gdb, "-nx", "-batch", *arguments, program], capture_output=True, text=True, timeout=120)
    frames = [line for line in said.stdout.splitlines() if re.match(r"#\d+ ", line)]
    calls = [line for line in frames if "descend" in line]
    problems = []
    if len(calls) != DEPTH + 1:
        problems.append(f"{len(calls)} calls of descend, expected {DEPTH + 1}")
    if not frames or "twofold_fiber_entry" not in frames[-1]:
        problems.append("the last frame is not the fiber's first")
    for complaint in ("corrupt", "inner to this frame", "Cannot access memory", "previous frame identical"):
        if complaint in said.stdout + said.stderr:
            problems.append(f"gdb says: {complaint}")
    if problems:
        print(said.stdout[-4000:], said.stderr[-2000:], *problems, sep="\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
