#!/usr/bin/env python3
"""scripts/check_style.py finds each kind of offence where one was planted, and nothing in a clean tree."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import check_style  # noqa: E402  (found by the line above)

HEAD = "// What this is, who uses it and what it guarantees.\n"
HEADER = HEAD + "#pragma once\n"
CLEAN = {
    "common/include/twofold/poll.hpp": HEADER,
    "common/include/twofold/executor/executor.hpp": HEADER + '#include "twofold/poll.hpp"\n',
    "common/src/executor/executor.cpp": '#include "twofold/executor/executor.hpp"\n',
    "README.md": "# what it is\n",
}


class CheckStyle(unittest.TestCase):
    def offences(self, **files):
        """What is found in the clean tree with `files` added; __ in a name stands for /."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**CLEAN, **{n.replace("__", "/").replace("_dot_", "."): t for n, t in files.items()}}.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return [str(offence) for offence in check_style.offences(folder)]

    def assert_found(self, what, **files):
        found = self.offences(**files)
        self.assertTrue(any(what in offence for offence in found), f"no '{what}' in {found}")

    def test_a_clean_tree_has_no_offence(self):
        self.assertEqual(self.offences(), [])

    def test_a_long_file_must_say_why(self):
        body = "int x;\n" * 401
        self.assert_found("split it", common__src__x_dot_cpp=HEAD + body)
        excused = "// One file because its parts make no sense apart.\n" + body
        self.assertEqual(self.offences(common__src__x_dot_cpp=excused), [])

    def test_a_long_function_is_found_wherever_it_begins(self):
        body = "  work();\n" * 60
        self.assert_found("does not fit", common__src__x_dot_cpp=HEAD + "void f(int a) {\n" + body + "}\n")
        member = "struct S {\n  S(int a,\n    int b)\n      : a_(a) {\n" + "  " + body.replace("\n", "\n  ") + "}\n};\n"
        self.assert_found("does not fit", common__src__x_dot_cpp=HEAD + member)
        self.assert_found("f() of", scripts__x_dot_py='"""What it is for."""\ndef f():\n' + "    work()\n" * 61)

    def test_a_class_or_namespace_may_be_long(self):
        body = "  int a;\n" * 100
        for opening in ("class A : public B<int (*)()> {\n", "namespace a {\n", "template <class T>\nstruct A {\n"):
            self.assertEqual(self.offences(common__src__x_dot_cpp=HEAD + opening + body + "};\n"), [])

    def test_includes_point_one_way(self):
        self.assert_found("common must not use stackful",
                          common__src__x_dot_cpp=HEAD + '#include "twofold/stackful/fiber.hpp"\n')
        self.assert_found("stackless must not use stackful",
                          stackless__src__x_dot_cpp=HEAD + '#include "twofold/stackful/fiber.hpp"\n')
        self.assert_found("must not use compare",
                          stackful__src__x_dot_cpp=HEAD + '#include "protocol/params.hpp"\n')

    def test_a_header_uses_no_layer_above_its_own(self):
        self.assert_found("a layer above", common__include__twofold__poll_dot_hpp=HEADER
                          + '#include "twofold/executor/executor.hpp"\n')
        self.assert_found("in no layer", common__include__twofold__new__thing_dot_hpp=HEADER)

    def test_dead_files_are_found(self):
        self.assert_found("included by nobody", common__include__twofold__sync__lonely_dot_hpp=HEADER)
        self.assert_found("built by no CMake file", stackful__src__lonely_dot_cpp=HEAD)
        self.assert_found("mentioned nowhere", docs__lonely_dot_md="# alone\n")

    def test_leftovers_are_found(self):
        for line in ("// TODO: later", "// FIXME", "TEST(A, DISABLED_b) {", "  GTEST_SKIP();", "// return x;",
                     "int x; ", "<<<<<<< ours"):
            self.assertNotEqual(self.offences(common__src__x_dot_cpp=HEAD + line + "\n"), [], line)
        self.assertEqual(self.offences(common__src__x_dot_cpp=HEAD + "// TODO(ann): when the kernel can\n"), [])

    def test_files_begin_with_what_they_are(self):
        self.assert_found("does not say", common__src__x_dot_cpp="int x;\n")
        self.assert_found("no #pragma once", common__include__twofold__poll_dot_hpp=HEAD)

    def test_public_headers_keep_their_names_to_themselves(self):
        self.assert_found("defines BIG", common__include__twofold__poll_dot_hpp=HEADER + "#define BIG 1\n")
        self.assert_found("whole namespace", common__include__twofold__poll_dot_hpp=HEADER + "using namespace std;\n")

    def test_atomic_operations_name_their_order(self):
        self.assert_found("memory order", common__src__x_dot_cpp=HEAD + "int f() { return a.load(); }\n")


if __name__ == "__main__":
    unittest.main()
