#!/usr/bin/env python3
"""Strangers' clients against http_server.  http_server_test.py PROGRAM WORKERS [LONG]"""
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from service_process import IS_SANITIZED, SANITIZERS, Service, need, read_all, reset, run, wait_until

PROGRAM, WORKERS = sys.argv[1:3]
IS_LONG = "LONG" in sys.argv[3:]
del sys.argv[1:]


def serve(*arguments, **options):
    return Service(PROGRAM, "--workers", WORKERS, *arguments, **options)


def answers_of(connection, count):
    """Reads so many answers; gives their statuses and bodies."""
    answers, buffered = [], b""
    while len(answers) < count:
        while b"\r\n\r\n" not in buffered:
            part = connection.recv(65536)
            if not part:
                return answers
            buffered += part
        head, _, buffered = buffered.partition(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
        while len(buffered) < length:
            part = connection.recv(65536)
            assert part, "the answer is cut off"
            buffered += part
        answers.append((int(head.split()[1]), buffered[:length]))
        buffered = buffered[length:]
    assert not buffered, f"more than {count} answers: {buffered[:80]!r}"
    return answers


# Arguments of curl after the server's address, and what it must print.
GOLDEN = [
    ("/", [], "200 text/plain; charset=utf-8 13 Hello, World!"),
    ("/", ["--http1.0"], "200 text/plain; charset=utf-8 13 Hello, World!"),
    ("/", ["--head"], "200 text/plain; charset=utf-8 "),
    ("/nowhere", [], "404 text/plain; charset=utf-8 22 there is nothing here\n"),
    ("/bytes/30", [], "200 text/plain; charset=utf-8 30 abcdefghijklmnopqrstuvwxyzabcd"),
    ("/bytes/x", [], "400 text/plain; charset=utf-8 43 a number of bytes up to 16777216 is wanted\n"),
    ("/echo", ["--data", "a body"], "200 application/octet-stream 6 a body"),
    ("/echo", ["-H", "Transfer-Encoding: chunked", "--data", "in chunks"],
     "200 application/octet-stream 9 in chunks"),
    ("/echo", [], "405 text/plain; charset=utf-8 28 send a body to have it back\n"),
    ("/", ["--request", "DELETE"], "405 text/plain; charset=utf-8 24 only /echo takes a body\n"),
    ("/", ["-H", "Upgrade: websocket", "-H", "Connection: Upgrade"],
     "200 text/plain; charset=utf-8 13 Hello, World!"),
]

# Bytes that are no request, and the status that they get: none where the connection may just wait.
MALFORMED = [
    (b"\0\1\2\3\r\n\r\n", 400), (b"GET\r\n\r\n", 400), (b"GET / HTTP/9.9\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nNo colon\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n: empty\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    (b"POST /echo HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    (b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nX: " + b"y" * 20000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
    (b"POST /echo HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n", 413),
    (b"POST /echo HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
]


class Clients(unittest.TestCase):
    def test_curl_gets_the_golden_answers(self):
        need("curl")
        with serve() as server:
            for path, arguments, expected in GOLDEN:
                with self.subTest(path=path, arguments=arguments), tempfile.NamedTemporaryFile() as body:
                    got = run("curl", "-sS", "-o", body.name, "-w",
                              "%{response_code} %{content_type} ", *arguments, server.url + path)
                    content = body.read().decode()
                    self.assertEqual(got.stderr, "")
                    if "--head" in arguments:
                        self.assertIn("Content-Length: 13\r\n", content)
                        self.assertEqual(got.stdout, expected)
                    else:
                        self.assertEqual(f"{got.stdout}{len(content) if content else 0} {content}", expected)

    def test_curl_sends_a_megabyte_and_has_it_back(self):
        need("curl")
        with serve() as server, tempfile.NamedTemporaryFile() as body:
            content = random.Random(1).randbytes(1_000_000)
            body.write(content)
            body.flush()
            for arguments in ([], ["-H", "Expect: 100-continue"], ["-H", "Transfer-Encoding: chunked"]):
                got = subprocess.run(["curl", "-sS", *arguments, "--data-binary", "@" + body.name,
                                      server.url + "/echo"], capture_output=True, timeout=30)
                self.assertEqual(got.stderr, b"")
                self.assertTrue(got.stdout == content)

    def test_wrk_sees_no_error(self):
        need("wrk")
        with serve() as server:
            got = run("wrk", "-t1", "-c64", "-d20s" if IS_LONG else "-d1s", server.url + "/")
            self.assertRegex(got.stdout, r"\d+ requests in")
            self.assertNotRegex(got.stdout, "Socket errors|Non-2xx")

    def test_h2load_pipelines_over_http_1(self):
        need("h2load")
        with serve() as server:
            count = 200_000 if IS_LONG else 10_000
            got = run("h2load", "--h1", "-n", str(count), "-c", "20", "-m", "8", server.url + "/")
            self.assertIn(f"{count} succeeded, 0 failed, 0 errored, 0 timeout", got.stdout)
            self.assertIn(f"status codes: {count} 2xx", got.stdout)

    def test_ab_with_and_without_keep_alive(self):
        need("ab")
        with serve() as server:
            for arguments in (["-k"], []):
                got = run("ab", "-q", *arguments, "-n", "2000", "-c", "20", server.url + "/")
                self.assertRegex(got.stdout, r"Complete requests:\s+2000")
                self.assertRegex(got.stdout, r"Failed requests:\s+0")
                self.assertNotIn("Non-2xx", got.stdout)

    def test_slowhttptest_does_not_take_the_service_down(self):
        need("slowhttptest", "curl")
        with serve("--request-ms", "1000", "--idle-ms", "1000") as server:
            slow = subprocess.Popen(["slowhttptest", "-H", "-c", "100", "-r", "100", "-i", "1", "-l", "4",
                                     "-u", server.url + "/"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(1.2)
            self.assertEqual(run("curl", "-sS", "-m", "5", server.url + "/").stdout, "Hello, World!")
            slow.communicate(timeout=30)
            wait_until(lambda: server.open_descriptors() < 30, 30, "the slow connections are dropped")


class Pieces(unittest.TestCase):
    def test_pipelined_requests_split_anywhere_are_answered_in_order(self):
        chance = random.Random(7)
        requests, expected = b"", []
        for i in range(60):
            body = chance.randbytes(chance.randrange(0, 300))
            requests += b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            expected.append((200, body))
        with serve() as server:
            for most in (1, 7, 4096):
                with server.connect() as client:
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    rest = requests
                    while rest:
                        n = chance.randint(1, most)
                        client.sendall(rest[:n])
                        rest = rest[n:]
                    self.assertEqual(answers_of(client, len(expected)), expected)

    def test_malformed_requests_get_an_error_and_the_end(self):
        with serve() as server:
            for request, status in MALFORMED:
                with self.subTest(request=request[:60]), server.connect() as client:
                    client.sendall(request)
                    answer = read_all(client)
                    self.assertEqual(int(answer.split()[1]), status, answer[:100])
                    self.assertIn(b"Connection: close", answer)
            with server.connect() as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertEqual(answers_of(client, 1), [(200, b"Hello, World!")])

    def test_fields_without_a_value_keep_their_neighbours_apart(self):
        with serve() as server, server.connect() as client:
            client.sendall(b"POST /echo HTTP/1.1\r\nA:\r\nB: \r\nContent-Length: 2\r\nC:\r\n\r\nok")
            self.assertEqual(answers_of(client, 1), [(200, b"ok")])

    def test_random_bytes_do_no_harm(self):
        chance = random.Random(11)
        with serve("--idle-ms", "300", "--request-ms", "300") as server:
            for _ in range(100):
                with server.connect() as client:
                    try:
                        client.sendall(chance.randbytes(chance.randrange(1, 3000)))
                    except ConnectionError:
                        pass
                    if chance.random() < 0.5:
                        reset(client)
            with server.connect() as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertEqual(answers_of(client, 1), [(200, b"Hello, World!")])


class Limits(unittest.TestCase):
    def test_idle_connections_are_closed_and_slow_requests_get_408(self):
        with serve("--idle-ms", "200", "--request-ms", "300") as server:
            start = time.monotonic()  # before the server's clock begins
            with server.connect() as idle:
                self.assertEqual(read_all(idle), b"")
                self.assertGreaterEqual(time.monotonic() - start, 0.2)
            with server.connect() as slow:
                for piece in (b"GET / HT", b"TP/1.1\r\n", b"A: b\r\n", b"C: d\r\n"):
                    slow.sendall(piece)
                    time.sleep(0.05)
                self.assertEqual(int(read_all(slow).split()[1]), 408)

    def test_clients_that_never_read_hold_little_and_are_dropped(self):
        with serve("--write-ms", "700", "--idle-ms", "20000") as server:
            clients = []
            for _ in range(200):
                client = socket.socket()
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.settimeout(10)
                client.connect(("127.0.0.1", server.port))
                client.setblocking(False)
                try:
                    client.send(b"GET /bytes/20000 HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
                except BlockingIOError:
                    pass
                clients.append(client)
            before = server.resident_bytes()
            wait_until(lambda: server.open_descriptors() < 30, 60, "clients that do not read are dropped")
            self.assertLess(before, float("inf") if IS_SANITIZED else 200e6)
            for client in clients:
                client.close()
            self.assertEqual(run("curl", "-sS", server.url + "/").stdout, "Hello, World!")

    @unittest.skipIf("undefined" in SANITIZERS, "this sanitizer takes a pointer for a bad one where it has no descriptor left")
    def test_few_descriptors_and_many_connects_cost_little(self):
        with serve(limits={"RLIMIT_NOFILE": 64}) as server:
            clients = [server.connect() for _ in range(500)]
            cpu = server.cpu_seconds()
            time.sleep(1)
            self.assertLess(server.cpu_seconds() - cpu, 0.2)
            for client in clients:
                reset(client)
            start = time.monotonic()
            with server.connect() as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertEqual(answers_of(client, 1), [(200, b"Hello, World!")])
            self.assertLess(time.monotonic() - start, 1)

    @unittest.skipIf(IS_SANITIZED, "a sanitizer needs more addresses than there would be")
    def test_little_memory_and_a_flood_of_bodies_is_survived(self):
        with serve("--request-ms", "1000", "--write-ms", "1000",
                   limits={"RLIMIT_AS": 400_000_000}) as server:
            clients = []
            body = b"x" * 900_000
            for _ in range(600):
                client = server.connect()
                client.setblocking(False)
                try:
                    client.send(b"POST /echo HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + body)
                except (BlockingIOError, ConnectionError):
                    pass
                clients.append(client)
            time.sleep(0.5)
            self.assertIsNone(server.process.poll(), "it has ended")
            for client in clients:
                reset(client)

            def is_served():
                return run("curl", "-sS", "-m", "2", server.url + "/").stdout == "Hello, World!"
            wait_until(is_served, 10, "served again once the flood is over")


class End(unittest.TestCase):
    def test_sigterm_lets_requests_finish_and_closes_what_is_idle(self):
        with serve("--grace-ms", "5000") as server:
            with server.connect() as idle, server.connect() as busy:
                for client in (idle, busy):
                    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    answers_of(client, 1)
                busy.sendall(b"POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\n01234")
                time.sleep(0.1)
                server.terminate()
                self.assertEqual(idle.recv(1), b"", "what is idle is closed at once")
                busy.sendall(b"56789")
                answer = read_all(busy)
                self.assertTrue(answer.endswith(b"0123456789"), answer)
                self.assertIn(b"Connection: close", answer)
                self.assertEqual(server.end(),
                                 (0, "drained: 2 connections served, 0 failed, 0 cut off"))

    def test_sigterm_in_the_middle_of_a_write_lets_the_answer_arrive(self):
        size = 16_000_000  # more than the two sockets hold
        with serve("--grace-ms", "20000", "--write-ms", "20000") as server, server.connect() as client:
            client.sendall(b"GET /bytes/%d HTTP/1.1\r\nHost: x\r\n\r\n" % size)
            self.assertEqual(client.recv(1, socket.MSG_PEEK), b"H")  # it has begun
            server.terminate()
            time.sleep(0.2)
            self.assertIsNone(server.process.poll(), "it waits for the client to read")
            body = read_all(client).partition(b"\r\n\r\n")[2]
            self.assertEqual(len(body), size)
            self.assertEqual(server.end(), (0, "drained: 1 connections served, 0 failed, 0 cut off"))

    def test_after_the_grace_time_connections_are_cut_off(self):
        with serve("--grace-ms", "300", "--request-ms", "60000") as server, server.connect() as stuck:
            stuck.sendall(b"POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\n0")
            time.sleep(0.1)
            server.terminate()
            start = time.monotonic()
            self.assertEqual(server.end(),
                             (0, "out of time: 0 connections served, 0 failed, 1 cut off"))
            self.assertGreaterEqual(time.monotonic() - start, 0.25)

    def test_a_second_sigterm_forces_the_end(self):
        with serve("--grace-ms", "60000", "--request-ms", "60000") as server:
            with server.connect() as stuck:
                stuck.sendall(b"POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\n0")
                time.sleep(0.1)
                server.terminate()
                time.sleep(0.2)
                self.assertIsNone(server.process.poll(), "it waits for the request")
                server.terminate()
                self.assertEqual(server.end(),
                                 (0, "forced: 0 connections served, 0 failed, 1 cut off"))

    def test_a_wrong_command_line_says_what_is_wrong(self):
        for arguments, reason in ((["--port", "80"], "there is no option '--port'"),
                                  (["--workers", "many"], "is a number, not 'many'"),
                                  (["8080"], "options begin with --"), (["--listen"], "lacks its value")):
            got = run(PROGRAM, *arguments)
            self.assertEqual(got.returncode, 2)
            self.assertIn(reason, got.stderr)
            self.assertIn("usage: http_server", got.stderr)
        got = run(PROGRAM, "--listen", "127.0.0.1")
        self.assertEqual((got.returncode, "the port is missing" in got.stderr), (1, True))


if __name__ == "__main__":
    unittest.main(verbosity=2)
