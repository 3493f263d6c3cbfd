#!/usr/bin/env python3
"""Checks what the house rules ask of the tree and a machine can see. CONTRIBUTING.md has the rules.

    scripts/check_style.py [ROOT]

Prints one line for each offence, as FILE:LINE: WHAT, and ends with status 1 where there is one. Looks at
the files that git knows in ROOT (default: this clone), or at all files where ROOT is no clone.
"""
import ast
import dataclasses
import pathlib
import re
import subprocess
import sys

CODE = {".hpp", ".cpp", ".S", ".h", ".c"}
SCRIPT = {".py", ".sh", ".cmake"}
MOST_LINES = 400
MOST_FUNCTION_LINES = 60

# Which part of the house may use which: common <- stackless, stackful <- compare.
PARTS = {
    "common": {"common"},
    "stackless": {"common", "stackless"},
    "stackful": {"common", "stackful"},
}

# The layers of common's headers, from the bottom up; a header includes none from above its own. The longest
# prefix counts. What implements a header (src/) may close a loop and is free.
LAYERS = [
    ["detail/"],
    ["poll.hpp", "waker.hpp", "future.hpp", "task/header.hpp", "task/waits_for.hpp", "task/extras.hpp", "task/outcome.hpp", "task/join_handle.hpp",
     "task/group_state.hpp", "task/unhandled_exception.hpp", "debug/stall.hpp", "debug/tracer.hpp"],
    ["reactor/", "executor/options.hpp"],
    ["blocking/blocking_pool.hpp"],
    ["executor/"],
    ["debug/", "runtime.hpp", "time.hpp", "task/", "blocking/"],
    ["sync/", "io/"],
    ["net/", "fs/"],
    ["combinators/"],
    ["twofold.hpp"],
]


@dataclasses.dataclass(frozen=True, order=True)
class Offence:
    path: str
    line: int
    what: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}"


class Tree:
    """The files of a clone, read once."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        listed = subprocess.run(["git", "-C", str(self.root), "ls-files", "-co", "--exclude-standard"],
                                capture_output=True, text=True)
        if listed.returncode == 0:
            names = listed.stdout.splitlines()
        else:
            names = [str(p.relative_to(self.root)) for p in self.root.rglob("*")]
        self.text = {}
        for name in sorted(names):
            path = self.root / name
            if path.is_file() and not path.is_symlink():
                try:
                    self.text[name] = path.read_text()
                except UnicodeDecodeError:
                    continue  # a picture

    def of(self, suffixes, *folders):
        for name, text in self.text.items():
            if pathlib.PurePath(name).suffix in suffixes and (not folders or name.split("/")[0] in folders):
                yield name, text


def head_of(text):
    """The comment that a file begins with."""
    lines = []
    for line in text.splitlines():
        if line.startswith("#!") or line.startswith("#pragma"):
            continue
        if not line.startswith(("//", "#", '"""')):
            break
        lines.append(line.lstrip("/# "))
    return " ".join(lines)


def check_file_length(tree):
    for name, text in tree.of(CODE | SCRIPT):
        lines = text.count("\n")
        if lines > MOST_LINES and "one file because" not in head_of(text).lower():
            yield Offence(name, 1, f"{lines} lines; split it, or say at its head 'One file because ...'")


# In clang-format's layout a function begins with a statement that ends with a brace, and ends at a brace of the same
# depth.
NOT_A_FUNCTION = re.compile(r"\s*(template <.*>)?\s*(inline )?(namespace|class|struct|enum|union|extern|if|for|while|"
                            r"switch|do|else|try|case|default|using|\})\b")
ENDS_A_STATEMENT = re.compile(r"([;{}]|^\s*(public|private|protected):|^\s*//.*|^\s*#.*|^)\s*(//.*)?$")


def functions_of(text):
    """(first line, last line) of each function of a C++ file, the outer ones only."""
    lines = text.splitlines()
    start = 0
    while start < len(lines):
        first = start
        while first > 0 and not ENDS_A_STATEMENT.search(lines[first - 1]):
            first -= 1
        declaration = " ".join(lines[first:start + 1])
        if lines[start].endswith("{") and "(" in declaration and not NOT_A_FUNCTION.match(declaration):
            depth = len(lines[first]) - len(lines[first].lstrip())
            closing = re.compile(rf" {{{depth}}}\}}($|[;), ])")
            end = next((i for i in range(start + 1, len(lines)) if closing.match(lines[i])), start)
            yield first + 1, end + 1
            start = end
        start += 1


def check_function_length(tree):
    for name, text in tree.of({".hpp", ".cpp"}):
        for first, last in functions_of(text):
            if last - first >= MOST_FUNCTION_LINES:
                yield Offence(name, first, f"a function of {last - first + 1} lines does not fit a screen")
    for name, text in tree.of({".py"}):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= MOST_FUNCTION_LINES:
                yield Offence(name, node.lineno, f"{node.name}() of {node.end_lineno - node.lineno + 1} lines")


def includes_of(text):
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if found:
            yield number, found[1]


def part_of(include):
    for part in ("stackless", "stackful"):
        if include.startswith((f"twofold/{part}/", f"{part}/")):
            return part
    return "common" if include.startswith("twofold/") else None


def layer_of(header):
    ranked = [(len(prefix), rank) for rank, prefixes in enumerate(LAYERS) for prefix in prefixes
              if header.startswith(prefix)]
    return max(ranked)[1] if ranked else None


def check_directions(tree):
    for name, text in tree.of(CODE, *PARTS):
        part = name.split("/")[0]
        for number, include in includes_of(text):
            used = part_of(include)
            if used and used not in PARTS[part]:
                yield Offence(name, number, f"{part} must not use {used} ({include})")
            if include.startswith(("compare/", "workloads/", "protocol/")):
                yield Offence(name, number, f"{part} must not use compare ({include})")


def check_layers(tree):
    prefix = "common/include/twofold/"
    for name, text in tree.of({".hpp"}, "common"):
        if not name.startswith(prefix):
            continue
        header = name[len(prefix):]
        own = layer_of(header)
        if own is None:
            yield Offence(name, 1, "is in no layer; name its place in LAYERS of scripts/check_style.py")
            continue
        for number, include in includes_of(text):
            used = layer_of(include.removeprefix("twofold/")) if include.startswith("twofold/") else None
            if used is not None and used > own:
                yield Offence(name, number, f"includes {include}, of a layer above its own")


def check_dead_files(tree):
    """Headers that nobody includes, sources that no CMake file names, pages and scripts that nobody mentions."""
    included = {include.split("/")[-1] for _, text in tree.of(CODE | {".in"}) for _, include in includes_of(text)}
    cmake = "\n".join(text for name, text in tree.text.items() if name.endswith((".cmake", "CMakeLists.txt")))
    globbed = ("common/", "tests/common/", "tests/stackless/", "tests/stackful/", "tests/faults/", "tests/model/",
               "compare/workloads/")
    for name in tree.text:
        path = pathlib.PurePath(name)
        if path.suffix == ".hpp" and path.name not in included:
            yield Offence(name, 1, "is included by nobody")
        # A name may be put together from a variable part: ${stack}_stack.cpp.
        in_parts = re.search(rf"\}}_{path.stem.split('_')[-1]}\{path.suffix}\b", cmake) if path.suffix else None
        if path.suffix in {".cpp", ".S", ".c"} and not name.startswith(globbed):
            if not in_parts and not re.search(rf"\b{re.escape(path.stem)}\b", cmake):
                yield Offence(name, 1, "is built by no CMake file")
        elif path.suffix in {".md", ".py", ".sh"} and len(path.parts) > 1:
            mentioned = any(path.name in other or path.stem in re.findall(r"[\w-]+", other)
                            for where, other in tree.text.items() if where != name)
            if not mentioned and not in_parts:
                yield Offence(name, 1, "is mentioned nowhere")


LEFTOVERS = [
    # The word alone, or with a colon and nothing that says why.
    (re.compile(r"\b(TODO|FIXME|HACK)\b(?!\([^)]+\): \w+)"), "leftover; do it, or say why not yet: {0}(who): reason"),
    (re.compile(r"\bDISABLED_\w+"), "a disabled test"),
    (re.compile(r"GTEST_SKIP\(\)\s*;"), "a test is skipped without a reason"),
    (re.compile(r"^\s*// ?(if \(|for \(|while \(|return\b|auto |int |std::)[^.]*[;{]\s*$"), "code in a comment"),
    (re.compile(r"^(<<<<<<<|>>>>>>>) "), "a conflict mark"),
    (re.compile(r"[ \t]+$"), "blanks at the end of the line"),
]


def check_leftovers(tree):
    for name, text in tree.of(CODE | SCRIPT | {".md", ".txt"}):
        if name in ("scripts/check_style.py", "tests/style/check_style_test.py"):
            continue  # they write of nothing else
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, what in LEFTOVERS:
                found = pattern.search(line)
                if found and not (name.endswith(".md") and "blanks" in what):
                    yield Offence(name, number, what.format(found[0]))


def check_heads(tree):
    for name, text in tree.of({".hpp", ".cpp", ".S"}):
        path = pathlib.PurePath(name)
        if path.suffix == ".cpp":
            first = next((include for _, include in includes_of(text)), "")
            if pathlib.PurePath(first).stem == path.stem:
                continue  # its header says it
        if len(head_of(text)) < 20:
            yield Offence(name, 1, "does not say at its head what it is")
    for name, text in tree.of({".hpp"}):
        if "#pragma once" not in text:
            yield Offence(name, 1, "has no #pragma once")


def check_public_headers(tree):
    for name, text in tree.of({".hpp"}, "common", "stackless", "stackful"):
        if "/src/" in name:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            macro = re.match(r"\s*#\s*define\s+(\w+)", line)
            if macro and not macro[1].startswith("TWOFOLD_") and macro[1] not in ("TF_ASYNC", "TF_AWAIT", "TF_RETURN"):
                yield Offence(name, number, f"defines {macro[1]}: users' macros are TF_ASYNC, TF_AWAIT, TF_RETURN")
            if re.match(r"\s*using namespace\b", line):
                yield Offence(name, number, "takes a whole namespace into its includers")


def check_memory_orders(tree):
    for name, text in tree.of({".hpp", ".cpp"}, "common", "stackless", "stackful"):
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\.(load|fetch_add|fetch_sub|fetch_or|fetch_and)\((\w*)\)", line):
                yield Offence(name, number, "an atomic operation that does not name its memory order")


CHECKS = [check_file_length, check_function_length, check_directions, check_layers, check_dead_files, check_leftovers,
          check_heads, check_public_headers, check_memory_orders]


def offences(root):
    tree = Tree(root)
    return sorted({offence for check in CHECKS for offence in check(tree)})


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent
    found = offences(root)
    for offence in found:
        print(offence)
    print(f"twofold: style: {len(found)} offences" if found else "twofold: style: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
