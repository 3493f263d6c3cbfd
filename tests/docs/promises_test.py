#!/usr/bin/env python3
"""Each test that docs/promises.md and tests/faults/README.md name is there, and each of their rows names one."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def known_tests():
    tests = set()
    for path in ROOT.glob("tests/**/*_test.cpp"):
        for suite, name in re.findall(r"^TEST(?:_P|_F)?\((\w+),\s*(\w+)\)", path.read_text(), re.MULTILINE):
            tests.add(f"{suite}.{name}")
    for path in ROOT.glob("tests/**/*_test.py"):
        tests.update(f"{path.stem}.{name}" for name in re.findall(r"def (test_\w+)", path.read_text()))
    return tests


def is_known(name, tests):
    if name in tests:
        return True
    # Names that a CMake file puts together: injected.${runtime}_${call}.
    group, _, case = name.partition(".")
    return any(f"NAME {group}." in path.read_text() and all(part in path.read_text() for part in case.split("_"))
               for path in ROOT.glob("tests/**/CMakeLists.txt"))


def faults_of(page, head, tests):
    """What is wrong with the table of `page` that begins with `head`; and how many rows it has."""
    text = (ROOT / page).read_text()
    table = text[text.index(head):].split("\n\n")[0]
    rows = table.splitlines()[2:]
    unknown = [name for name in re.findall(r"`([\w.]+\.\w+)`", table) if not is_known(name, tests)]
    alone = [line for line in rows if "`" not in line.rsplit("|", 2)[1]]
    return [f"{page} names {name}, which is no test" for name in unknown] + [f"nobody keeps: {line}" for line in alone], len(rows)


def main():
    tests = known_tests()
    faults, promises = faults_of("docs/promises.md", "| promise", tests)
    others, rows = faults_of("tests/faults/README.md", "| row", tests)
    if faults or others or not promises or rows != 40:
        sys.exit("\n".join(faults + others) or f"{promises} promises, {rows} rows")


main()
