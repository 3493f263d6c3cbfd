#!/usr/bin/env python3
"""Row 21: the Nth call of a system call fails, and the program reports an error or gets by; it never crashes or hangs.
Row 27: accept fails with an error that is not the listener's, and nothing is reported.

    injected_test.py PROGRAM SYSCALL            row 21, with an error of that call
    injected_test.py PROGRAM SYSCALL ERROR      row 27

strace puts the error in the kernel's place, at N = 1, 2, ... until the program ends before its Nth call, at most 50.
"""
import signal
import subprocess
import sys
import tempfile

PROGRAM, SYSCALL = sys.argv[1:3]
MUST_BE_SILENT = len(sys.argv) == 4
ERROR = sys.argv[3] if MUST_BE_SILENT else {"accept4": "ECONNABORTED", "epoll_ctl": "ENOSPC", "epoll_create1": "EMFILE", "eventfd2": "EMFILE",
         "socket": "EMFILE", "connect": "ECONNREFUSED", "clone3": "EAGAIN"}.get(SYSCALL, "ENOMEM")
# Calls without which nothing works: somebody has to be told.
NEEDED = {"socket", "epoll_create1", "epoll_ctl"}
SKIPPED = 77
MOST = 50


def run(n):
    """(exit status, what it said, whether the error was injected)"""
    with tempfile.NamedTemporaryFile() as log:
        ended = subprocess.run(["strace", "-f", "-qq", "-o", log.name, "-e", f"trace={SYSCALL}",
                                "-e", f"inject={SYSCALL}:error={ERROR}:when={n}", PROGRAM],
                               capture_output=True, text=True, timeout=60)
        injected = b"(INJECTED)" in log.read()
    return ended.returncode, ended.stdout + ended.stderr, injected


def main():
    tried = 0
    reported = 0
    for n in range(1, MOST + 1):
        status, said, injected = run(n)
        if "ptrace" in said or "PTRACE" in said:
            print("strace may not trace here")
            sys.exit(SKIPPED)
        if not injected:
            break
        if "begun" not in said:
            continue  # the loader's own call, before the program
        tried += 1
        reported += "reported" in said
        if MUST_BE_SILENT and "reported" in said:
            sys.exit(f"{SYSCALL} number {n} failed with {ERROR}, and the loop did not survive it:\n{said}")
        # A function on a segmented stack that cannot have its next segment has nobody to tell: it stops in words.
        if SYSCALL == "mmap" and status == -signal.SIGABRT and "twofold: stack overflow in task" in said:
            continue
        if status != 0:
            sys.exit(f"{SYSCALL} number {n} failed with {ERROR}, and the program ended with status {status}:\n{said}")
    print(f"{SYSCALL}: {tried} calls failed, {reported} were reported, all survived")
    if tried == 0:
        sys.exit(f"the program makes no call of {SYSCALL}")
    if SYSCALL in NEEDED and reported == 0:
        sys.exit(f"no failure of {SYSCALL} was reported")


main()
