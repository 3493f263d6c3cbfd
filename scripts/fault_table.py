#!/usr/bin/env python3
"""Counts what became of the fault suite: for each row of tests/faults/README.md, tests tried and survived on each runtime.

    ctest --test-dir BUILD -LE '^long$' --output-junit results.xml
    scripts/fault_table.py BUILD/results.xml

`./tests/run` leaves such a file in build/tests-release. A test that runs on several numbers of workers or kinds of stacks
counts once for each. What runs both runtimes, or neither, stands in the third column. Skipped tests are not counted.
Ends with status 1 if a row was not tried, or did not survive.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree

PAGE = pathlib.Path(__file__).resolve().parents[1] / "tests/faults/README.md"
# In front of a test's name: its program's prefix (stackless/, report.), and the name of the instantiation.
BEFORE = r"^(?:[\w-]+[/.])*?"
# Words of the table that stand for tests, beside names.
GROUPS = {
    r"others of `tests/model`": r"^model/\w+\.",
    r"`tests/deterministic`": r"^deterministic/",
    r"fuzzers of `tests/fuzz`": r"^fuzz\.",
    r"others of `tests/compare`": BEFORE + r"BadUsageOf\.",
}


def pattern_of(name, words_after):
    """Which names of ctest are the test that the table calls `name`."""
    group, _, case = name.partition(".")
    if group == "injected":
        call, error = re.fullmatch(r"(?:stackless|stackful)_([a-z]\w*?)(_E[A-Z]+)?", case).groups()
        if words_after.startswith("and the like"):
            call = "[a-z0-9_]+" if not error else call
        return rf"^injected\.(stackless|stackful)_{call}{'_E[A-Z]+' if error else ''}$"
    if group.endswith("_test"):  # of a service: a function of a file that ctest runs as a whole
        return rf"^services\.{group.removesuffix('_test')}\."
    if words_after.startswith("and the others of its suite"):
        return BEFORE + rf"{group}\."
    return BEFORE + rf"{group}\.{case}(/|$)"


def rows_of(page):
    """(number, stimulus, patterns) of each row."""
    for line in page.splitlines():
        cells = re.fullmatch(r"\| (\d+) \| (.*?) \| (.*) \|", line)
        if not cells:
            continue
        number, stimulus, tests = cells.groups()
        patterns = [pattern_of(match[1], tests[match.end():].lstrip()) for match in re.finditer(r"`(\w+\.\w+)`", tests)]
        patterns += [pattern for words, pattern in GROUPS.items() if re.search(words, tests)]
        yield int(number), re.sub(r" \(\[.*?\]\(.*?\)\)|`", "", stimulus), patterns


def runtime_of(test):
    return next((runtime for runtime in ("stackless", "stackful") if runtime in test), "both")


def outcomes(results):
    """Names of the tests that ran, and whether each passed."""
    ran = {}
    for case in xml.etree.ElementTree.parse(results).iter("testcase"):
        if case.find("skipped") is None and case.get("status") in ("run", "fail"):
            ran[case.get("name")] = case.get("status") == "run"
    return ran


def table(page, ran):
    """The lines of the table, and the numbers of the rows that are not as they should be."""
    columns = ("stackless", "stackful", "both")
    lines = [f"{'row':>3}  {'stackless':>9}  {'stackful':>9}  {'both':>9}  stimulus  (tried/survived)"]
    bad, everything = [], set()
    for number, stimulus, patterns in rows_of(page):
        found = [test for pattern in patterns for test in ran if re.search(pattern, test)]
        # A file of a service's tests runs as one, and counts as often as the row names a test of it.
        matches = [*{*found}, *(test for test in {*found} for _ in range(found.count(test) - 1) if test.startswith("services."))]
        everything.update(matches)
        counts = []
        for column in columns:
            tried = [test for test in matches if runtime_of(test) == column]
            counts.append(f"{len(tried)}/{sum(ran[test] for test in tried)}" if tried else "-")
        if not matches or not all(ran[test] for test in matches):
            bad.append(number)
        lines.append(f"{number:>3}  " + "  ".join(f"{count:>9}" for count in counts) + f"  {stimulus}")
    survived = sum(ran[test] for test in everything)
    lines.append(f"{len(lines) - 1} rows, {len(everything)} tests, {survived} survived")
    return lines, bad


def main():
    lines, bad = table(PAGE.read_text(), outcomes(sys.argv[1]))
    print("\n".join(lines))
    if bad:
        sys.exit(f"not tried, or not survived: row {', '.join(map(str, bad))}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
