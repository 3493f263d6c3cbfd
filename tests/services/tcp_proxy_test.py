#!/usr/bin/env python3
"""Strangers' clients and servers through tcp_proxy.  tcp_proxy_test.py PROGRAM WORKERS [LONG]"""
import contextlib
import hashlib
import json
import os
import queue
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from service_process import IS_SANITIZED, Service, need, read_all, receive, reset, run, wait_until

PROGRAM, WORKERS = sys.argv[1:3]
IS_LONG = "LONG" in sys.argv[3:]
del sys.argv[1:]


def proxy_to(port, *arguments, **options):
    return Service(PROGRAM, "--workers", WORKERS, "--to", f"127.0.0.1:{port}", *arguments, **options)


@contextlib.contextmanager
def upstream(handle):
    """A server behind the proxy: `handle(connection)` runs in a thread for each connection."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def serve(connection):
        with connection, contextlib.suppress(OSError):
            handle(connection)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def send_back_at_the_end(connection):
    connection.sendall(read_all(connection))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Bytes(unittest.TestCase):
    def test_half_closed_connections_still_deliver_the_answer(self):
        with upstream(send_back_at_the_end) as port, proxy_to(port) as proxy:
            for size in (0, 1, 100_000):
                sent = random.Random(size).randbytes(size)
                with proxy.connect() as client:
                    client.sendall(sent)
                    client.shutdown(socket.SHUT_WR)
                    self.assertTrue(read_all(client) == sent)

    def test_nc_asks_and_is_answered_behind_its_end_of_stream(self):
        need("nc")
        with upstream(send_back_at_the_end) as port, proxy_to(port) as proxy:
            got = subprocess.run(["nc", "-N", "127.0.0.1", str(proxy.port)], input=b"question",
                                 capture_output=True, timeout=20)
            self.assertEqual((got.returncode, got.stdout), (0, b"question"))

    def test_the_server_may_end_first(self):
        heard = queue.Queue()

        def greet(connection):
            connection.sendall(b"hello")
            connection.shutdown(socket.SHUT_WR)
            heard.put(read_all(connection))
        with upstream(greet) as port, proxy_to(port) as proxy, proxy.connect() as client:
            self.assertEqual(read_all(client), b"hello")
            client.sendall(b"goodbye")
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(heard.get(timeout=20), b"goodbye")

    def test_megabytes_go_through_both_ways_at_once(self):
        size = 64_000_000 if IS_LONG else 8_000_000
        there, back = random.Random(1).randbytes(size), random.Random(2).randbytes(size)
        received = {}

        def exchange(connection, sent, name):
            sender = threading.Thread(
                target=lambda: (connection.sendall(sent), connection.shutdown(socket.SHUT_WR)))
            sender.start()
            received[name] = hashlib.sha256(read_all(connection)).digest()
            sender.join()
            done.release()

        done = threading.Semaphore(0)
        with upstream(lambda connection: exchange(connection, back, "server")) as port:
            with proxy_to(port) as proxy, proxy.connect() as client:
                exchange(client, there, "client")
                done.acquire()
                done.acquire()
        self.assertEqual(received, {"server": hashlib.sha256(there).digest(),
                                    "client": hashlib.sha256(back).digest()})

    def test_a_side_that_does_not_read_holds_up_the_other(self):
        hold = threading.Event()

        def read_late(connection):
            hold.wait(20)
            connection.sendall(b"%d" % len(read_all(connection)))
        with upstream(read_late) as port, proxy_to(port) as proxy, proxy.connect() as client:
            client.setblocking(False)
            sent = 0
            quiet_since = time.monotonic()
            while time.monotonic() - quiet_since < 0.5:
                try:
                    sent += client.send(b"x" * 65536)
                    quiet_since = time.monotonic()
                except BlockingIOError:
                    time.sleep(0.01)
            self.assertLess(sent, 64e6, "the client was held up")
            self.assertLess(proxy.resident_bytes(), float("inf") if IS_SANITIZED else 50e6)
            hold.set()
            client.setblocking(True)
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(int(read_all(client)), sent)

    def test_resets_and_servers_that_are_not_there_end_the_connection_alone(self):
        with upstream(send_back_at_the_end) as port, proxy_to(port) as proxy:
            for _ in range(50):
                client = proxy.connect()
                client.sendall(b"x" * 1000)
                reset(client)
            with proxy.connect() as client:
                client.sendall(b"still there?")
                client.shutdown(socket.SHUT_WR)
                self.assertEqual(read_all(client), b"still there?")
            wait_until(lambda: proxy.open_descriptors() < 20, 30, "reset connections are gone")
        with proxy_to(free_port()) as proxy, proxy.connect() as client:
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(client.recv(1), b"")

    def test_silence_ends_a_connection_and_traffic_one_way_keeps_it(self):
        def tick(connection):
            for _ in range(8):
                connection.sendall(b".")
                time.sleep(0.1)
        with upstream(tick) as port, proxy_to(port, "--idle-ms", "400") as proxy:
            with proxy.connect() as client:
                self.assertEqual(receive(client, 8), b"........")
        with upstream(lambda connection: time.sleep(20)) as port:
            with proxy_to(port, "--idle-ms", "300") as proxy, proxy.connect() as client:
                start = time.monotonic()
                with contextlib.suppress(ConnectionResetError):
                    self.assertEqual(client.recv(1), b"")
                self.assertGreaterEqual(time.monotonic() - start, 0.25)

    def test_two_proxies_pass_the_client_on_by_the_proxy_protocol(self):
        seen = []

        def note(connection):
            seen.append(read_all(connection))
        with upstream(note) as port, proxy_to(port, "--accept-proxy", "1", "--send-proxy", "1") as second:
            with proxy_to(second.port, "--send-proxy", "1") as first, first.connect() as client:
                address = client.getsockname()
                client.sendall(b"payload")
                client.shutdown(socket.SHUT_WR)
                read_all(client)
        header = seen[0][:28]
        self.assertEqual(header[:14], b"\r\n\r\n\0\r\nQUIT\n\x21\x11")
        self.assertEqual(socket.inet_ntoa(header[16:20]), address[0])
        self.assertEqual(int.from_bytes(header[24:26], "big"), address[1])
        self.assertEqual(seen[0][28:], b"payload")

    def test_a_header_of_text_is_taken_and_nonsense_is_refused(self):
        with upstream(send_back_at_the_end) as port, proxy_to(port, "--accept-proxy", "1") as proxy:
            with proxy.connect() as client:
                client.sendall(b"PROXY TCP4 192.0.2.1 192.0.2.2 1234 80\r\nhello")
                client.shutdown(socket.SHUT_WR)
                self.assertEqual(read_all(client), b"hello")
            with proxy.connect() as client:
                client.sendall(b"GET / HTTP/1.1\r\n\r\n")
                with contextlib.suppress(ConnectionResetError):
                    self.assertEqual(client.recv(1), b"")


class Strangers(unittest.TestCase):
    def test_iperf3_both_ways(self):
        need("iperf3")
        for arguments in ([], ["-R"]):
            # A server of its own for each run: one that has just served is busy until it has seen the end of the run before.
            port = free_port()
            with subprocess.Popen(["iperf3", "-s", "-1", "--forceflush", "-B", "127.0.0.1", "-p", str(port)],
                                  stdout=subprocess.PIPE, text=True) as server:
                try:
                    self.assertTrue(any("listening" in line for line in iter(server.stdout.readline, "")))
                    with proxy_to(port) as proxy:
                        got = run("iperf3", "-c", "127.0.0.1", "-p", str(proxy.port), "-J", "-P", "2",
                                  "-t", "10" if IS_LONG else "1", *arguments)
                        report = json.loads(got.stdout)
                        self.assertNotIn("error", report)
                        self.assertGreater(report["end"]["sum_received"]["bytes"], 10_000_000)
                finally:
                    server.kill()

    def test_pgbench_through_the_proxy_is_as_pgbench_without(self):
        binaries = "/usr/lib/postgresql/15/bin"
        if not os.path.exists(binaries + "/initdb"):
            raise unittest.SkipTest("postgresql is not installed")
        with Postgres(binaries) as database, proxy_to(database.port) as proxy:
            database.client("pgbench", database.port, "-q", "-i", "-s", "1")
            direct = database.contents(database.port)
            self.assertEqual(database.contents(proxy.port), direct)
            count = 500 if IS_LONG else 50
            output = database.client("pgbench", proxy.port, "-n", "-c", "8", "-j", "1", "-t", str(count))
            self.assertIn(f"number of transactions actually processed: {8 * count}/{8 * count}", output)
            self.assertIn("number of failed transactions: 0", output)
            sums = database.client("psql", proxy.port, "-At", "-c",
                                   "select count(*), sum(delta), (select sum(abalance) from pgbench_accounts),"
                                   " (select sum(tbalance) from pgbench_tellers),"
                                   " (select sum(bbalance) from pgbench_branches) from pgbench_history")
            transactions, *balances = map(int, sums.strip().split("|"))
            self.assertEqual(transactions, 8 * count)
            self.assertEqual(len(set(balances)), 1, balances)
            self.assertEqual(database.contents(proxy.port), database.contents(database.port))


class Postgres:
    """A server of its own in a folder of its own; not as root, which PostgreSQL refuses."""

    def __init__(self, binaries):
        self.binaries = binaries
        self.folder = tempfile.mkdtemp(prefix="twofold-pg-")
        self.port = free_port()
        self.user = []
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self._run("initdb", "-D", self.folder + "/data", "-U", "bench", "--auth=trust", "--no-sync")
        self.process = subprocess.Popen(
            [*self.user, binaries + "/postgres", "-D", self.folder + "/data", "-p", str(self.port),
             "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + self.folder,
             "-c", "fsync=off", "-c", "shared_buffers=16MB"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)

    def _run(self, program, *arguments):
        got = run(*self.user, f"{self.binaries}/{program}", *arguments, timeout=60, cwd=self.folder)
        assert got.returncode == 0, got.stderr
        return got.stdout

    def __enter__(self):
        wait_until(lambda: run(f"{self.binaries}/pg_isready", "-h", "127.0.0.1", "-p", str(self.port))
                   .returncode == 0, 30, "PostgreSQL is up")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder)

    def client(self, program, port, *arguments):
        return self._run(program, "-h", "127.0.0.1", "-p", str(port), "-U", "bench", *arguments, "postgres")

    def contents(self, port):
        return self.client("psql", port, "-At", "-c",
                           "select md5(string_agg(t::text, ',' order by aid)) from pgbench_accounts t")


class End(unittest.TestCase):
    def test_sigterm_lets_connections_end(self):
        with upstream(send_back_at_the_end) as port, proxy_to(port) as proxy, proxy.connect() as client:
            client.sendall(b"almost")
            time.sleep(0.1)
            proxy.terminate()
            time.sleep(0.1)
            client.sendall(b" done")
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(read_all(client), b"almost done")
            self.assertEqual(proxy.end(), (0, "drained: 1 connections served, 0 failed, 0 cut off"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
