#!/usr/bin/env python3
"""Drives echo_server with a real TCP client.  echo_server_test.py PATH_OF_ECHO_SERVER"""
import hashlib
import re
import signal
import socket
import subprocess
import sys
import threading
import unittest

SERVER = sys.argv.pop(1)
TIMEOUT_S = 20


class Server:
    """A running echo_server; the address is the one that it printed."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([SERVER, *arguments], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on (?:\[(.+)\]|([\d.]+)):(\d+)\n", line)
        if not match:
            self.process.kill()
            raise AssertionError(f"the server printed {line!r}")
        self.address = (match[1] or match[2], int(match[3]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def connect(self):
        return socket.create_connection(self.address, timeout=TIMEOUT_S)

    def end(self):
        """Waits for the end; gives the exit status and what was printed since the address."""
        output = self.process.stdout.read()
        return self.process.wait(TIMEOUT_S), output


def read_all(client):
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


class EchoServerTest(unittest.TestCase):
    def test_once_serves_one_connection_and_ends(self):
        with Server("--once") as server, server.connect() as client:
            client.sendall(b"hello")
            self.assertEqual(client.recv(5, socket.MSG_WAITALL), b"hello")
            client.sendall(b" and goodbye")
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(read_all(client), b" and goodbye")
            self.assertEqual(server.end(), (0, "echoed 17 bytes\ngoodbye\n"))

    def test_megabytes_come_back_unchanged(self):
        sent = b"".join(hashlib.sha256(bytes([i % 256, i // 256])).digest() * 64 for i in range(2048))
        with Server("--once") as server, server.connect() as client:
            sender = threading.Thread(
                target=lambda: (client.sendall(sent), client.shutdown(socket.SHUT_WR)))
            sender.start()
            received = read_all(client)
            sender.join()
            self.assertEqual(hashlib.sha256(received).digest(), hashlib.sha256(sent).digest())
            self.assertEqual(server.end(), (0, f"echoed {len(sent)} bytes\ngoodbye\n"))

    def test_many_clients_take_turns(self):
        with Server() as server:
            clients = [server.connect() for _ in range(100)]
            for turn in range(3):
                for number, client in enumerate(clients):
                    client.sendall(b"%d/%d" % (turn, number))
                for number, client in enumerate(clients):
                    expected = b"%d/%d" % (turn, number)
                    self.assertEqual(client.recv(len(expected), socket.MSG_WAITALL), expected)
            for client in clients:
                client.close()

    def test_a_signal_ends_the_server_in_an_orderly_way(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with Server("[::1]:0") as server, server.connect() as client:
                client.sendall(b"x")
                self.assertEqual(client.recv(1), b"x")
                server.process.send_signal(number)
                self.assertEqual(server.end(), (0, "goodbye\n"))
                self.assertEqual(client.recv(1), b"", "the connection was closed")

    def test_a_client_that_breaks_off_does_not_end_the_server(self):
        with Server() as server:
            with server.connect() as rude:
                rude.sendall(b"x" * 100000)
                # Closes with a reset instead of an end of stream.
                rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            with server.connect() as client:
                client.sendall(b"still there?")
                self.assertEqual(client.recv(12, socket.MSG_WAITALL), b"still there?")

    def test_a_bad_address_is_refused_with_a_reason(self):
        result = subprocess.run([SERVER, "localhost"], capture_output=True, text=True, timeout=TIMEOUT_S)
        self.assertEqual(result.returncode, 1)
        self.assertIn("the port is missing", result.stderr)


if __name__ == "__main__":
    unittest.main()
