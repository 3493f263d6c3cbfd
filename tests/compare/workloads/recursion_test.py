"""A call deeper is a frame deeper, in the code that the compiler made: recursion_test.py PROGRAM

What a workload about depth measures depends on it, and no checksum can tell: a compiler makes a loop of a recursion, or puts
several calls into one frame, and the answer is the same. Looks at the workloads of PROGRAM, whose async functions are plain ones.
"""
import re
import subprocess
import sys

# Function: how often it calls itself.
RECURSIVE = {"descend(unsigned long, bool)": 1, "descend(unsigned long, twofold::WaitGroup&)": 1,
             "(anonymous namespace)::fail_at(": 1, "(anonymous namespace)::park(": 1,
             "(anonymous namespace)::walk(": 2, "(anonymous namespace)::sink_to(": 1,
             "descend(twofold::compare::(anonymous namespace)::Mix&": 1}
# Bytes of stack that each call of hot_split's sink_to() takes, its return address among them.
SINK_BYTES = 64


def functions(program):
    """Symbol and lines of code of each function of the program's workloads."""
    listing = subprocess.run(["objdump", "-d", "-C", "--no-show-raw-insn", program],
                             check=True, capture_output=True, text=True).stdout
    for part in listing.split("\n\n"):
        head = re.match(r"[0-9a-f]+ <(twofold::compare::\(anonymous namespace\)::.*)>:\n", part)
        if head:
            yield head[1], part.splitlines()[1:]


def own_calls(symbol, lines):
    return sum(line.rstrip().endswith(f"<{symbol}>") and re.search(r"\bcall", line) is not None for line in lines)


def frame_bytes(lines):
    text = "\n".join(lines)
    taken = re.search(r"sub\s+\$0x([0-9a-f]+),%rsp", text)
    return 8 * (1 + len(re.findall(r"\bpush\b", text))) + (int(taken[1], 16) if taken else 0)


def main(program):
    wrong = []
    seen = set()
    for symbol, lines in functions(program):
        for name, calls in RECURSIVE.items():
            if name not in symbol:
                continue
            found = own_calls(symbol, lines)
            if found == 0 and ("[clone" in symbol or ".cold" in symbol):
                continue  # what was split off
            seen.add(name)
            if found != calls:
                wrong.append(f"{symbol} calls itself {found} times instead of {calls}")
            if "sink_to(" in name and frame_bytes(lines) != SINK_BYTES:
                wrong.append(f"{symbol} takes {frame_bytes(lines)} bytes of stack instead of {SINK_BYTES}")
    wrong += [f"there is no {name} in {program}" for name in RECURSIVE if name not in seen]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
