#!/usr/bin/env python3
"""Types what the tutorial tells its reader: the files and the commands of its second and third step.

    tutorial_test.py BUILD SOURCE

BUILD is a build directory of twofold, from which it is installed to where the tutorial says: not into the clone,
which lies in the reader's home if the tutorial is begun there.
"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

BUILD, SOURCE = (pathlib.Path(p) for p in sys.argv[1:3])


def run(command, folder, home):
    ended = subprocess.run(command, shell=True, text=True, capture_output=True, cwd=folder, env={**os.environ, "HOME": str(home)})
    if ended.returncode != 0:
        sys.exit(f"exit status {ended.returncode} of {command}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def section(text, number):
    return re.search(rf"^## {number}\. .*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[0]


def ask(message):
    """What the server on the tutorial's port answers."""
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", 8080), timeout=10) as client:
                client.sendall(message)
                client.shutdown(socket.SHUT_WR)
                return client.makefile("rb").read()
        except ConnectionRefusedError:
            time.sleep(0.05)
    sys.exit("the server does not listen")


def wait_for(words, log):
    for _ in range(200):
        if words in log.read_text():
            return
        time.sleep(0.05)
    sys.exit(f"the third step does not say '{words}' but\n{log.read_text()}")


def type_third_step(text, project):
    """Its lines, as typed into one shell: the server, a client, the dump of its tasks, and the end that the text names."""
    server, client, dump = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).splitlines()
    end = re.search(r"`(kill [^`]*)` ends", text)[1]
    log = project / "third_step.txt"
    with log.open("w") as output:
        shell = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=output, stderr=output, text=True, cwd=project)

    def enter(line):
        shell.stdin.write(line + "\n")
        shell.stdin.flush()

    try:
        enter(server)
        if ask(b"hello\n") != b"hello\n":
            sys.exit("the server does not send back what it is sent")
        if shutil.which("nc"):
            enter(client)
            wait_for("hello\n", log)
        enter(dump)
        wait_for("task 1 waits for", log)
    finally:
        enter(end)
        shell.stdin.close()
        shell.wait()
    for _ in range(100):
        if port_is_free():
            return
        time.sleep(0.05)
    sys.exit(f"'{end}' does not end the server")


def port_is_free():
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 8080))
            return True
        except OSError:
            return False


def main():
    text = (SOURCE / "docs/tutorial.md").read_text()
    second = section(text, 2)
    files = re.findall(r"`(\w+\.\w+)`[^\n]*:\n\n<!-- from [^\n]*\n```\w+\n(.*?)^```", second, re.MULTILINE | re.DOTALL)
    commands = re.search(r"```sh\n(.*?)```", second, re.DOTALL)[1].strip().splitlines()
    expected = re.search(r"```text\n(.*?)```", second, re.DOTALL)[1]
    with tempfile.TemporaryDirectory(prefix="twofold-tutorial-") as folder:
        home = pathlib.Path(folder)
        prefix, clone = re.search(r"--prefix ~/(\S+)", text)[1], re.search(r"git clone \S+ (\S+)", text)[1]
        if pathlib.Path(prefix).parts[0] == clone:
            sys.exit(f"the tutorial installs into the clone, {clone}")
        run(f"cmake --install '{BUILD}' --prefix ~/{prefix}", SOURCE, home)
        project = home / "hello"
        project.mkdir()
        for name, content in files:
            (project / name).write_text(content)
        for command in commands:
            if not command.startswith("./"):
                run(command, project, home)
        said = "".join(run(command, project, home) for command in commands if command.startswith("./"))
        if said != expected:
            sys.exit(f"the programs said\n{said}and the tutorial promises\n{expected}")
        if port_is_free():
            type_third_step(section(text, 3), project)


main()
