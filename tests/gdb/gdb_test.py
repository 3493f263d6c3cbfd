#!/usr/bin/env python3
"""gdb shows parked tasks by scripts/twofold-gdb.py, in a running program and in a core file.

    gdb_test.py PROGRAM SCRIPT live|core [WORKERS]
"""
import pathlib
import resource
import subprocess
import sys
import tempfile

PROGRAM, SCRIPT = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
CASE = sys.argv[3]
TWO_WORKERS = len(sys.argv) > 4 and sys.argv[4] == "2"
SKIPPED = 77
# What every listing must have, for each of the three tasks.
FUNCTIONS = ["wait_at_the_gate(", "walk(", "set_out("]


def gdb(*commands, arguments, folder):
    options = [option for command in commands for option in ("-ex", command)]
    ended = subprocess.run(["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", *options, *arguments],
                           text=True, capture_output=True, cwd=folder, timeout=120)
    return ended.stdout + ended.stderr


def check(said):
    listed = said[said.index("LIST"):said.index("TRACE")]
    traced = said[said.index("TRACE"):]
    for function in FUNCTIONS:
        name = function.rstrip("(")
        if listed.count(f"{name}") < 3:
            sys.exit(f"'twofold tasks' does not show {name} three times:\n{said}")
        if name not in traced:
            sys.exit(f"'twofold bt' does not show {name}:\n{said}")
    for part in ('"traveller" waits for a notification', "parked_tasks.cpp:"):
        if part not in listed:
            sys.exit(f"'twofold tasks' does not say {part}:\n{said}")
    if "Python Exception" in said or "Error" in said:
        sys.exit(f"gdb complains:\n{said}")


def write_core(folder, how):
    """A core file by the kernel: gdb's own gcore stops at the first guard page of a mapping, and leaves out the
    stacks behind it."""
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if "/" in pattern or "|" in pattern:
        print(f"core files go elsewhere here (kernel.core_pattern is {pattern})")
        sys.exit(SKIPPED)
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    subprocess.run([PROGRAM, *how], cwd=folder, stderr=subprocess.DEVNULL)
    return next(pathlib.Path(folder).glob("core*"))


def main():
    show = [f"source {SCRIPT}", "echo LIST\\n", "twofold tasks", "echo TRACE\\n", "twofold bt all"]
    how = ["abort"] + ["2 workers"] * TWO_WORKERS
    with tempfile.TemporaryDirectory(prefix="twofold-gdb-") as folder:
        if CASE == "live":
            check(gdb("set breakpoint pending on", "break stop_here", "run", *show,
                      arguments=["--args", str(PROGRAM), *how], folder=folder))
            return
        check(gdb(*show, arguments=[str(PROGRAM), str(write_core(folder, how))], folder=folder))


main()
