#!/usr/bin/env python3
"""Redis's own clients against resp_server.  resp_server_test.py PROGRAM WORKERS [LONG]"""
import random
import re
import socket
import sys
import time
import unittest

from service_process import IS_SANITIZED, Service, need, read_all, receive, reset, run, wait_until

PROGRAM, WORKERS = sys.argv[1:3]
IS_LONG = "LONG" in sys.argv[3:]
del sys.argv[1:]


def serve(*arguments, **options):
    return Service(PROGRAM, "--workers", WORKERS, *arguments, **options)


# What redis-cli is told, and what it must print.
GOLDEN = [
    ("PING", "PONG"), ("PING hello", "hello"), ("ECHO word", "word"), ("GET nothing", ""),
    ("SET key value", "OK"), ("GET key", "value"), ("set key other nx", ""), ("SET key third XX", "OK"),
    ("get key", "third"), ("SET number 41", "OK"), ("INCR number", "42"), ("DECR number", "41"),
    ("INCRBY number 9", "50"), ("INCR key", "ERR value is not an integer or out of range"),
    ("SET big 9223372036854775807", "OK"), ("INCR big", "ERR increment or decrement would overflow"),
    ("MGET key nothing number", "third\n\n50"), ("EXISTS key number nothing", "2"),
    ("DEL key nothing", "1"), ("GET key", ""), ("EXPIRE number 100", "1"), ("TTL number", "100"),
    ("EXPIRE nothing 100", "0"), ("TTL nothing", "-2"), ("TTL big", "-1"),
    ("SET brief 1 PX 1", "OK"), ("SET brief", "ERR wrong number of arguments"),
    ("SET a b EX 0", "ERR invalid expire time in 'set' command"), ("SET a b WHAT", "ERR syntax error"),
    ("DBSIZE", "2"), ("FLUSHALL", "OK"), ("DBSIZE", "0"), ("NONSENSE", "ERR unknown command"),
]

MALFORMED = [b"*-x\r\n", b"*1\r\n:1\r\n", b"*1\r\n$-5\r\n", b"*1\r\n$3\r\nabcde\r\n", b"*99999999\r\n",
             b"*1\r\n$99999999999\r\n", b"*2\n", b"x" * 70000 + b"\r\n"]


class Clients(unittest.TestCase):
    def test_redis_cli_prints_the_golden_answers(self):
        need("redis-cli")
        with serve() as server:
            for command, expected in GOLDEN:
                with self.subTest(command=command):
                    if command == "DBSIZE":
                        time.sleep(0.01)  # the brief one is over
                    got = run("redis-cli", "-p", str(server.port), *command.split())
                    self.assertEqual(got.stdout.strip(), expected.strip())
            self.assertIn("server_name:twofold", run("redis-cli", "-p", str(server.port), "INFO").stdout)

    def test_redis_benchmark_sees_no_error(self):
        need("redis-benchmark")
        with serve() as server:
            count = "1000000" if IS_LONG else "30000"
            common = ("redis-benchmark", "-p", str(server.port), "-n", count, "-q")
            got = run(*common, "-P", "16", "-t", "get,set,incr,ping", timeout=120)
            self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
            self.assertEqual(len(re.findall("requests per second", got.stdout)), 5)
            self.assertNotIn("Error", got.stdout + got.stderr)
            got = run(*common, "-P", "16", "-r", "1000", "MGET", "key:__rand_int__", "key:__rand_int__",
                      timeout=120)
            self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
            self.assertIn("requests per second", got.stdout)
            got = run("redis-benchmark", "-p", str(server.port), "-n", "5000", "-c", "500", "-q", "-t", "incr")
            self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
            self.assertEqual(run("redis-cli", "-p", str(server.port), "GET", "counter:__rand_int__")
                             .stdout.strip(), str(int(count) + 5000), "no increment is lost")


class Pieces(unittest.TestCase):
    def test_pipelined_commands_split_anywhere_are_answered_in_order(self):
        chance = random.Random(3)
        requests, expected = b"", b""
        for i in range(200):
            key, value = b"key%d" % (i % 17), chance.randbytes(chance.randrange(0, 200))
            requests += b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n" % (len(key), key, len(value), value)
            requests += b"GET " + key + b"\r\n"  # in words
            expected += b"+OK\r\n$%d\r\n%s\r\n" % (len(value), value)
        with serve() as server:
            for most in (1, 11, 4096):
                with server.connect() as client:
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    rest = requests
                    while rest:
                        n = chance.randint(1, most)
                        client.sendall(rest[:n])
                        rest = rest[n:]
                    client.shutdown(socket.SHUT_WR)
                    self.assertTrue(read_all(client) == expected)

    def test_what_is_no_command_gets_an_error_and_the_end(self):
        with serve() as server:
            for bytes_sent in MALFORMED:
                with self.subTest(bytes=bytes_sent[:30]), server.connect() as client:
                    client.sendall(bytes_sent)
                    answer = b""
                    try:
                        answer = read_all(client)
                    except ConnectionResetError:
                        pass
                    self.assertTrue(answer == b"" or answer.startswith(b"-ERR Protocol error"), answer)
            chance = random.Random(5)
            for _ in range(100):
                with server.connect() as client:
                    try:
                        client.sendall(chance.randbytes(chance.randrange(1, 3000)))
                    except ConnectionError:
                        pass
                    reset(client)
            with server.connect() as client:
                client.sendall(b"PING\r\n")
                self.assertEqual(receive(client, 7), b"+PONG\r\n")


class Limits(unittest.TestCase):
    def test_clients_that_never_read_hold_little_and_are_dropped(self):
        with serve("--write-ms", "700") as server:
            with server.connect() as client:
                client.sendall(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20000\r\n" + b"v" * 20000 + b"\r\n")
                self.assertEqual(receive(client, 5), b"+OK\r\n")
            clients = [server.connect() for _ in range(200)]
            for client in clients:
                client.setblocking(False)
                try:
                    client.send(b"GET k\r\n" * 3000)
                except BlockingIOError:
                    pass
            resident = server.resident_bytes()
            wait_until(lambda: server.open_descriptors() < 30, 30, "clients that do not read are dropped")
            self.assertLess(resident, float("inf") if IS_SANITIZED else 200e6)
            for client in clients:
                client.close()

    def test_silent_clients_are_dropped(self):
        with serve("--idle-ms", "200") as server, server.connect() as client:
            self.assertEqual(read_all(client), b"")


class End(unittest.TestCase):
    def test_sigterm_ends_an_idle_client_and_the_service(self):
        with serve() as server, server.connect() as client:
            client.sendall(b"PING\r\n")
            receive(client, 7)
            server.terminate()
            self.assertEqual(client.recv(1), b"")
            self.assertEqual(server.end(), (0, "drained: 1 connections served, 0 failed, 0 cut off"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
