"""every_probe.py PROGRAM...: runs each probe that the program lists at its smallest point."""
import json
import subprocess
import sys

program = sys.argv[1:]
probes = json.loads(subprocess.run(program + ["list"], check=True, capture_output=True, text=True).stdout)
assert probes, "no probe is listed"
for probe in probes:
    for point in probe["smoke"]:
        command = program + ["run", probe["name"]]
        for name, value in point.items():
            command += ["--param", f"{name}={value}"]
        ended = subprocess.run(command, capture_output=True, text=True)
        lines = [json.loads(line) for line in ended.stdout.splitlines()]
        # A compiler without split stacks or sanitizer says so; that is an answer.
        if ended.returncode == 4 and lines[-1]["check"] == "unsupported":
            continue
        assert ended.returncode == 0, (command, ended.returncode, ended.stdout, ended.stderr)
        assert lines[-1]["check"] == "ok", (command, lines[-1])
        assert probe["metric"] in [line.get("metric") for line in lines], (probe["metric"], lines)
