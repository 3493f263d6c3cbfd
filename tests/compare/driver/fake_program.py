#!/usr/bin/env python3
"""A measured program that misbehaves as it is told: the driver's tests run it.

    fake_program.py MODE list
    fake_program.py MODE run WORKLOAD [options]

MODE is `good`, `slow`, or the name of a fault; see FAULTS. Obeys docs/design/measurement-protocol.md
everywhere else.
"""
import json
import os
import signal
import sys
import time


def workload(name, metric="ns_per_op", axis="size", about_stacks=False):
    points = [{"size": 10}, {"size": 100}]
    return {"name": name, "summary": name + " of <script>alert(1)</script>", "metric": metric,
            "axis": axis, "load": "", "about_stacks": about_stacks, "smoke": points, "quick": points, "full": points}


def option(name, default):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def figure(value, metric="ns_per_op", unit="ns"):
    print(json.dumps({"metric": metric, "unit": unit, "value": value}), flush=True)


def end(status, **check):
    print(json.dumps(check), flush=True)
    sys.exit(status)


def ok(checksum):
    end(0, check="ok", checksum=checksum, ops=1000)


def note_pids(*pids):
    with open(os.environ["FAKE_PID_FILE"], "a") as file:
        file.writelines(f"{pid}\n" for pid in pids)


def hang_with_child():
    """Leaves a grandchild that only the death of the whole group can end."""
    pid = os.fork()
    if pid == 0:
        time.sleep(300)
    note_pids(pid, os.getpid())
    time.sleep(300)


# Each prints a plausible figure first: it must never reach a report.
FAULTS = {
    "failing": lambda: end(3, check="failed", detail="the sum is <b>wrong</b>"),
    "crashing": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "exiting": lambda: (print("terminate called\x1b[31m", file=sys.stderr), sys.exit(7)),
    "hanging": hang_with_child,
    "disagreeing": lambda: ok("deadbeef"),
    "capped": lambda: end(5, check="capped", detail="max_map_count at 32744"),
    "unsupported": lambda: end(4, check="unsupported", detail="has no tasks"),
    "silent": lambda: sys.exit(0),
    "babbling": lambda: (print("hello, no JSON"), ok("cafe")),
    "contradicting": lambda: end(0, check="failed", detail="exit status says otherwise"),
}


def run(mode):
    seed = int(option("--seed", "1"))
    if mode == "nan":
        print('{"metric": "ns_per_op", "unit": "ns", "value": NaN}')
        ok(f"{seed:x}")
    if mode in FAULTS:
        figure(31337.0)
        FAULTS[mode]()
    if mode == "sleeping":
        note_pids(os.getpid())
        time.sleep(0.4)
    figure((20.0 if mode == "slow" else 10.0) + (seed % 3) * 0.01)
    figure(2048.0, "rss_bytes", "B")
    ok(f"{seed:x}")


def main():
    mode, command = sys.argv[1], sys.argv[2]
    if command == "list":
        print(json.dumps([workload("alpha"), workload("beta", about_stacks=True)]))
    elif command == "run" and sys.argv[3] in ("alpha", "beta"):
        run(mode)
    else:
        print("bad usage", file=sys.stderr)
        sys.exit(2)


main()
