"""A peer program obeys the measurement protocol: every workload at its smoke points.

    peers_test.py --program PEER [--missing WHY] [--load TWOFOLD_LOAD] [--reference PROGRAM]

Run by ctest for each peer. Checksums are computed here from their definition in
docs/design/measurement-protocol.md; servers are spoken to by a client here, and by twofold-load
where it was built; where a C++ program is given as reference, the points of the workloads that both
offer must be the same. Exits with 77 (skipped) where the peer was not built.
"""

import argparse
import functools
import json
import os
import socket
import subprocess
import sys
import unittest

SKIPPED = 77
TIME_LIMIT_S = 60
OPTIONS = argparse.Namespace()


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False)


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


@functools.cache
def listed(program):
    return {entry["name"]: entry for entry in json.loads(run(program, "list").stdout)}


def arguments_of(workload, point):
    arguments = ["run", workload]
    for key, value in point.items():
        arguments += ["--param", f"{key}={value}"]
    return arguments


def sum_below(n):
    return n * (n - 1) // 2


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


EXPECTED = {
    "yield": lambda p: (p["tasks"] * p["yields"], p["tasks"] * p["yields"]),
    "spawn_join": lambda p: (sum_below(p["batch"] * p["rounds"]), p["batch"] * p["rounds"]),
    "ping_pong": lambda p: (sum_below(p["round_trips"] + 1), p["round_trips"]),
    "ring": lambda p: (p["hops"], p["hops"]),
    "spawn_many": lambda p: (p["tasks"] * p["rounds"], p["tasks"] * p["rounds"]),
    "yield_many": lambda p: (p["tasks"] * p["yields"], p["tasks"] * p["yields"]),
    "oneshot_ping_pong": lambda p: (p["pings"] * p["rounds"], p["pings"] * p["rounds"]),
    "chained_spawn": lambda p: (p["tasks"] * p["rounds"], p["tasks"] * p["rounds"]),
    "skynet": lambda p: (sum_below(10 ** p["depth"]), 10 ** p["depth"]),
    "deep_await": lambda p: (p["depth"] * p["repeats"], p["depth"] * p["repeats"]),
    "sleepers": lambda p: (sum_below(p["tasks"]), p["tasks"]),
}
SERVERS = ("echo", "read_to_end", "http_plaintext", "open_loop_latency", "idle_connections")


# What a peer may offer whose tasks have stacks.
ONLY_WITH_STACKS = {"stack_growth", "owning_sleepers"}


class Server:
    """A server workload, run and spoken to from here."""

    def __init__(self, workload, point):
        command = [OPTIONS.program, *arguments_of(workload, point)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self.process.stdout.readline())["listening"]

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=TIME_LIMIT_S)

    def finish(self):
        """The last line and the exit status of the server, which ends by itself."""
        output, _ = self.process.communicate(timeout=TIME_LIMIT_S)
        return json.loads(output.splitlines()[-1]), self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def receive_all(connection):
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


class Protocol(unittest.TestCase):
    def test_offers_every_workload_with_a_metric_and_points(self):
        entries = listed(OPTIONS.program)
        self.assertEqual(set(entries) - ONLY_WITH_STACKS, {*EXPECTED, *SERVERS})
        for entry in entries.values():
            self.assertTrue(entry["smoke"] and entry["quick"] and entry["full"], entry["name"])

    def test_points_are_those_of_the_reference(self):
        if not OPTIONS.reference or not os.path.exists(OPTIONS.reference):
            self.skipTest("no C++ program was built to compare with")
        mine = listed(OPTIONS.program)
        for name, entry in listed(OPTIONS.reference).items():
            if name in mine:
                self.assertEqual(mine[name], entry)

    def test_wrong_usage_exits_with_2_and_says_why(self):
        cases = {
            "unknown workload 'nonsense'": ["run", "nonsense"],
            "unknown parameter 'nonsense'": ["run", "yield", "--param", "nonsense=1"],
            "KEY=VALUE": ["run", "yield", "--param", "tasks"],
            "integer of at least 0": ["run", "yield", "--param", "tasks=-1"],
            "at least 1": ["run", "yield", "--workers", "0"],
            "lacks its value": ["run", "yield", "--seed"],
            "unknown option '--nonsense'": ["run", "yield", "--nonsense", "1"],
            "expected 'list'": [],
        }
        for reason, arguments in cases.items():
            with self.subTest(arguments=arguments):
                outcome = run(OPTIONS.program, *arguments)
                self.assertEqual(outcome.returncode, 2, outcome.stderr)
                self.assertIn(reason, outcome.stderr)
                self.assertEqual(outcome.stdout, "")

    def test_two_workers_give_the_same_answer_or_are_unsupported(self):
        for name in ("ring", "skynet"):
            point = listed(OPTIONS.program)[name]["smoke"][0]
            outcome = run(OPTIONS.program, *arguments_of(name, point), "--workers", "2")
            last = lines_of(outcome.stdout)[-1]
            if outcome.returncode == 4:
                self.assertEqual(last["check"], "unsupported")
            else:
                self.assertEqual(outcome.returncode, 0, outcome.stderr)
                self.assertEqual(int(last["checksum"], 16), EXPECTED[name](point)[0])


class Workloads(unittest.TestCase):
    def check_sample(self, entry, point):
        outcome = run(OPTIONS.program, *arguments_of(entry["name"], point), "--seed=7")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        *metrics, last = lines_of(outcome.stdout)
        checksum, ops = EXPECTED[entry["name"]](point)
        self.assertEqual(last, {"check": "ok", "checksum": f"{checksum:016x}", "ops": ops})
        self.assertIn(entry["metric"], {metric["metric"] for metric in metrics})
        for metric in metrics:
            self.assertGreaterEqual(metric["value"], 0)

    def test_answers_are_those_of_the_definition(self):
        entries = listed(OPTIONS.program)
        for name in EXPECTED:
            for point in entries[name]["smoke"]:
                with self.subTest(workload=name, point=point):
                    self.check_sample(entries[name], point)

    def test_answers_about_stacks_are_those_of_the_definition(self):
        entries = listed(OPTIONS.program)
        if "stack_growth" not in entries:
            self.skipTest("its tasks have no stacks")
        for name, expected in (("stack_growth", 10 * 10), ("owning_sleepers", 8 * sum_below(100) + 48 * (11 * 45 + 1))):
            point = entries[name]["smoke"][0]
            last = lines_of(run(OPTIONS.program, *arguments_of(name, point)).stdout)[-1]
            self.assertEqual(last, {"check": "ok", "checksum": f"{expected:016x}", "ops": 100})

    def test_sleepers_that_the_instant_overtakes_sleep_on(self):
        entry = listed(OPTIONS.program)["sleepers"]
        self.check_sample(entry, {"tasks": 2000, "sleep_ms": 1})

    def test_deep_recursion_fits_the_stack(self):
        entry = listed(OPTIONS.program)["deep_await"]
        for suspend in (0, 1):
            self.check_sample(entry, {"depth": 100_000, "repeats": 1, "suspend": suspend})


class Servers(unittest.TestCase):
    def check_end(self, server, checksum, connections):
        last, status = server.finish()
        expected = {"check": "ok", "checksum": f"{checksum:016x}", "ops": connections}
        self.assertEqual((last, status), (expected, 0))

    def test_echo_sends_back_more_than_its_buffer_holds(self):
        message = os.urandom(50_000)
        point = {"connections": 2, "message_bytes": len(message), "requests": 2}
        with Server("echo", point) as server:
            for _ in range(2):
                with server.connect() as connection:
                    connection.sendall(message)
                    connection.shutdown(socket.SHUT_WR)
                    self.assertEqual(receive_all(connection), message)
            self.check_end(server, 2 * len(message), 2)

    def test_echo_serves_connections_at_the_same_time(self):
        point = {"connections": 3, "message_bytes": 1, "requests": 3}
        with Server("echo", point) as server:
            connections = [server.connect() for _ in range(3)]
            for connection in reversed(connections):
                connection.sendall(b"x")
                self.assertEqual(connection.recv(1), b"x")
            for connection in connections:
                connection.close()
            self.check_end(server, 3, 3)

    def test_read_to_end_answers_with_the_hash(self):
        streams = [b"", b"a", os.urandom(100_000)]
        point = {"connections": len(streams), "stream_bytes": 1, "chunk_bytes": 1, "gap_us": 0}
        with Server("read_to_end", point) as server:
            for stream in streams:
                with server.connect() as connection:
                    connection.sendall(stream)
                    connection.shutdown(socket.SHUT_WR)
                    self.assertEqual(receive_all(connection), fnv1a(stream).to_bytes(8, "little"))
            self.check_end(server, sum(map(fnv1a, streams)) % 2**64, len(streams))

    def test_the_load_generator_agrees_with_the_servers(self):
        if not OPTIONS.load or not os.path.exists(OPTIONS.load):
            self.skipTest("twofold-load was not built")
        for name in SERVERS:
            entry = listed(OPTIONS.program)[name]
            point = entry["smoke"][0]
            load = [OPTIONS.load, entry["load"], *arguments_of(name, point)[2:], "--"]
            outcome = run(*load, OPTIONS.program, *arguments_of(name, point))
            self.assertEqual(outcome.returncode, 0, outcome.stdout + outcome.stderr)
            self.assertEqual(lines_of(outcome.stdout)[-1]["check"], "ok")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--missing", default="", help="why the peer cannot be built here")
    parser.add_argument("--load", default="")
    parser.add_argument("--reference", default="", help="a C++ program that has the catalogue")
    parser.parse_args(namespace=OPTIONS)
    if OPTIONS.missing or not os.path.exists(OPTIONS.program):
        reason = OPTIONS.missing or "not built; the target is twofold_peers"
        print(f"skipped {os.path.basename(OPTIONS.program)}: {reason}")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
