"""reported.py COMPARE-RUN OUT: the user's workload has figures of both runtimes, and a section in the report."""
import json
import pathlib
import subprocess
import sys

run, out = sys.argv[1], pathlib.Path(sys.argv[2])
subprocess.run([run, "--smoke", "--only", "word_count", "--variants", "stackless,stackful*", "--out", str(out)],
               check=True, stdout=subprocess.DEVNULL)
results = json.loads((out / "results.json").read_text())
measured = {row["variant"] for row in results["summary"] if row["workload"] == "word_count"}
assert {"stackless"} < measured, measured
assert any(name.startswith("stackful") for name in measured), measured
page = (out / "report.html").read_text()
assert 'id="w-word-count"' in page and "lines handed to a task" in page.lower()
