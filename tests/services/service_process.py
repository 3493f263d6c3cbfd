"""A service under test, and what the tests of all services need."""
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
import unittest

TIMEOUT_S = 30
# A sanitizer takes memory of its own: bounds on memory say nothing then.
SANITIZERS = os.environ.get("TWOFOLD_SANITIZED", "")
IS_SANITIZED = SANITIZERS != ""


def need(*programs):
    """Skips the test where a stranger's program is not installed (scripts/packages.sh installs all)."""
    for program in programs:
        if shutil.which(program) is None:
            raise unittest.SkipTest(f"{program} is not installed")


def run(*command, timeout=TIMEOUT_S, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, **options)


class Service:
    """A running service; its port is the one that it printed. `limits` are RLIMIT_ names and values."""

    def __init__(self, program, *arguments, limits=None, wrapper=()):
        def set_limits():
            for name, value in (limits or {}).items():
                resource.setrlimit(getattr(resource, name), (value, value))

        self.process = subprocess.Popen(
            [*wrapper, program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=set_limits)
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", line)
        if not match:
            self.process.kill()
            raise AssertionError(f"the service printed {line!r} and {self.process.stderr.read()!r}")
        self.port = int(match[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def connect(self, timeout=TIMEOUT_S):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def end(self):
        """Waits for the end; gives the exit status and the last line."""
        output, errors = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, output.strip() or errors.strip()

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def read_all(connection):
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def receive(connection, count):
    """So many bytes, or fewer where the stream ends before."""
    received = b""
    while len(received) < count and (part := connection.recv(count - len(received))):
        received += part
    return received


def wait_until(condition, seconds, what):
    """Polls until `condition()`; the test fails where it does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def reset(connection):
    """Closes with a reset instead of an end of stream."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
