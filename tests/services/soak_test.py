#!/usr/bin/env python3
"""Whether a server's memory stays flat under mixed load.  soak_test.py PROGRAM WORKERS

For ten minutes (TWOFOLD_SOAK_SECONDS says otherwise) clients connect and leave, send requests and bodies, reset, stop in
the middle of a request or of reading an answer until the server's time is up. The resident memory of the last third must
be that of the first, which begins once every pool has been filled.
"""
import collections
import os
import socket
import statistics
import sys
import threading
import time
import unittest

from service_process import Service, read_all, reset, wait_until

PROGRAM, WORKERS = sys.argv[1:3]
del sys.argv[1:]
SECONDS = float(os.environ.get("TWOFOLD_SOAK_SECONDS", "600"))
WARM_UP = 0.1  # of that
GROWTH = 0.03  # and half a mebibyte: what the system's allocator does with its pages
BODY = bytes(range(256)) * 400
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def keep_alive(server):
    with server.connect() as connection:
        for _ in range(20):
            connection.sendall(GET)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200"), "no answer"


def send_body(server):
    with server.connect() as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
        assert read_all(connection).endswith(BODY), "another body came back"


def reset_in_mid_request(server):
    for part in (b"", b"GET / HT", b"POST /echo HTTP/1.1\r\nContent-Length: 1000\r\n\r\nhalf"):
        connection = server.connect()
        connection.sendall(part)
        reset(connection)


def reset_in_mid_answer(server):
    connection = server.connect()
    connection.sendall(b"GET /bytes/1000000 HTTP/1.1\r\nHost: x\r\n\r\n")
    connection.recv(1000)
    reset(connection)


def wait_for_the_end(server):
    """Idle, in the middle of a head, in the middle of a body: the server ends each."""
    connections = [server.connect() for _ in range(30)]
    for number, connection in enumerate(connections):
        connection.sendall((b"", GET[:9], b"POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\n1234")[number % 3])
    for connection in connections:
        with connection:
            read_all(connection)


def never_read(server):
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(b"GET /bytes/16000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.7)


KINDS = (keep_alive, send_body, reset_in_mid_request, reset_in_mid_answer, wait_for_the_end, never_read)


class Soak(unittest.TestCase):
    def test_memory_stays_flat(self):
        done, failures = collections.Counter(), []
        end = time.monotonic() + SECONDS

        def load(kind):
            while time.monotonic() < end and not failures:
                try:
                    kind(server)
                    done[kind.__name__] += 1
                    time.sleep(0.02)
                except (AssertionError, OSError) as error:
                    failures.append(f"{kind.__name__}: {error!r}")

        with Service(PROGRAM, "--workers", WORKERS, "--idle-ms", "300", "--request-ms", "400", "--write-ms", "400") as server:
            descriptors = server.open_descriptors()
            threads = [threading.Thread(target=load, args=(kind,)) for kind in KINDS]
            for thread in threads:
                thread.start()
            resident = []
            while time.monotonic() < end and not failures:
                time.sleep(min(1, SECONDS / 60))
                if time.monotonic() > end - SECONDS * (1 - WARM_UP):
                    resident.append(server.resident_bytes())
            for thread in threads:
                thread.join()
            self.assertEqual(failures, [])
            third = len(resident) // 3
            first, last = statistics.median(resident[:third]), statistics.median(resident[-third:])
            print(f"{dict(done)}; resident {first / 1e6:.2f} MB in the first third, {last / 1e6:.2f} MB in the last")
            for kind in KINDS:
                self.assertGreater(done[kind.__name__], 0, kind.__name__)
            self.assertLess(last, first * (1 + GROWTH) + 2**19)
            wait_until(lambda: server.open_descriptors() <= descriptors + 2, 10, "the descriptors are given back")
            server.terminate()
            self.assertEqual(server.end()[0], 0)


unittest.main(verbosity=2)
