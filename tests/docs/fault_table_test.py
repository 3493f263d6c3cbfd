#!/usr/bin/env python3
"""scripts/fault_table.py counts what it should, on a small table and small results."""
import io
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import fault_table  # noqa: E402

PAGE = """
| row | stimulus | tests |
|---|---|---|
| 1 | a wake | `Wakes.Come` |
| 2 | aborts | `Aborts.Of_a_lock` and the others of its suite |
| 3 | clients | `http_server_test.test_one`, `http_server_test.test_two` |
| 4 | calls that fail | `injected.stackless_mmap` and the like |
| 5 | errors of accept | `injected.stackless_accept4_EPROTO` and the like |
| 6 | schedules | `Queue.Pops` and the others of `tests/model` |
"""


def junit(*cases):
    text = "".join(f'<testcase name="{name}" status="{status}">{inside}</testcase>' for name, status, inside in cases)
    return io.StringIO(f"<testsuite>{text}</testsuite>")


def passed(*names):
    return [(name, "run", "") for name in names]


def counts(ran):
    lines, bad = fault_table.table(PAGE, ran)
    return [line.split()[1:4] for line in lines[1:-1]], bad


class FaultTable(unittest.TestCase):
    def test_counts_each_form_of_a_test_for_its_runtime(self):
        ran = fault_table.outcomes(junit(*passed(
            "stackless/Workers/Wakes.Come/1", "stackless/Workers/Wakes.Come/2", "stackful-paged/Wakes.Come", "stackful-paged/Wakes.ComeLate",
            "faults-stackless/Aborts.Of_a_lock", "faults-stackless/Aborts.Of_a_timer", "faults-stackful/All/Aborts.Of_a_timer/0",
            "services.http_server.stackful.1", "services.http_server.stackful.2", "services.tcp_proxy.stackful.1",
            "injected.stackful_mmap", "injected.stackful_epoll_ctl", "injected.stackful_accept4_EINTR", "model/Queue.Pops", "model/Parker.Parks")))
        self.assertEqual(counts(ran), ([["2/2", "1/1", "-"], ["2/2", "1/1", "-"], ["-", "4/4", "-"], ["-", "2/2", "-"], ["-", "1/1", "-"],
                                        ["-", "-", "2/2"]], []))

    def test_names_the_rows_that_failed_or_were_not_tried(self):
        ran = fault_table.outcomes(junit(
            ("stackless/Wakes.Come", "fail", "<failure/>"), ("stackful-segmented/Wakes.Come", "run", ""),
            ("stackless/Aborts.Of_a_lock", "notrun", "<skipped/>"), *passed("services.http_server.stackless.1", "injected.stackless_mmap",
            "injected.stackless_accept4_EPROTO", "model/Queue.Pops")))
        rows, bad = counts(ran)
        self.assertEqual(rows[:2], [["1/0", "1/1", "-"], ["-", "-", "-"]])
        self.assertEqual(bad, [1, 2])

    def test_finds_a_test_in_every_row_of_the_page(self):
        rows = list(fault_table.rows_of(fault_table.PAGE.read_text()))
        self.assertEqual([number for number, _, _ in rows], list(range(1, 41)))
        self.assertEqual([number for number, _, patterns in rows if not patterns], [])


if __name__ == "__main__":
    unittest.main()
