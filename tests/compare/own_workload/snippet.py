"""snippet.py PAGE OUTPUT: writes the first C++ block of a Markdown page to a file, when it differs."""
import pathlib
import re
import sys

page, output = map(pathlib.Path, sys.argv[1:])
block = re.search(r"```cpp\n(.*?)```", page.read_text(), re.S)
if block is None:
    sys.exit(f"{page} has no C++ block")
text = block.group(1)
if not output.exists() or output.read_text() != text:
    output.write_text(text)
