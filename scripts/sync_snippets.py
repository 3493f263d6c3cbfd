#!/usr/bin/env python3
"""Keeps the code in the docs equal to code that the tests compile and run.

    scripts/sync_snippets.py            writes the code into the pages
    scripts/sync_snippets.py --check    says what differs, and ends with status 1

A block of code stands below a line that names where it comes from:

    <!-- from docs/examples/echo_server.cpp#echo -->

#echo is the part between two lines `// [echo]` of the file; without it the whole file is taken, from its first
line that is no comment. A line `<!-- compiled by FILE -->` names what takes the code from the page to compile it. C++ that
comes from nowhere is an offence: what a reader copies must have been compiled.
"""
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^(?P<compiled><!-- compiled by (?P<compiler>\S+) -->\n)?^(?P<marker><!-- from (?P<file>[^#\s]+)(#(?P<part>\S+))? -->\n\n?)?^```(?P<language>\w*)\n(?P<code>.*?)^```$",
                   re.MULTILINE | re.DOTALL)


def source_of(root, name, part):
    lines = (root / name).read_text().splitlines()
    if part is None:
        while lines and (not lines[0].strip() or lines[0].startswith(("//", "#!"))):
            lines.pop(0)
        return "\n".join(lines) + "\n"
    marks = [i for i, line in enumerate(lines) if line.strip() in (f"// [{part}]", f"# [{part}]")]
    if len(marks) != 2:
        raise ValueError(f"{name} has {len(marks)} lines '// [{part}]', not two")
    return textwrap.dedent("\n".join(lines[marks[0] + 1:marks[1]])).strip("\n") + "\n"


def synced(root, page, text, complain):
    def replace(block):
        line = text.count("\n", 0, block.start()) + 1
        if block["compiled"] is not None:
            if not (root / block["compiler"]).is_file():
                complain(f"{page}:{line}: {block['compiler']}, which is to compile it, is not there")
            return block[0]
        if block["marker"] is None:
            if block["language"] in ("cpp", "c++"):
                complain(f"{page}:{line}: C++ that is compiled nowhere; put it in a file and name it above the block")
            return block[0]
        try:
            code = source_of(root, block["file"], block["part"])
        except (OSError, ValueError) as error:
            complain(f"{page}:{line}: {error}")
            return block[0]
        return f"{block['marker']}```{block['language']}\n{code}```"

    return BLOCK.sub(replace, text)


def pages(root):
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def main():
    offences = []
    check = sys.argv[1:] == ["--check"]
    for path in pages(ROOT):
        text = path.read_text()
        new = synced(ROOT, path.relative_to(ROOT), text, offences.append)
        if new != text and check:
            offences.append(f"{path.relative_to(ROOT)}:1: differs from its sources; run scripts/sync_snippets.py")
        elif new != text:
            path.write_text(new)
    print("\n".join(offences) or "twofold: snippets: in step with their sources")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
