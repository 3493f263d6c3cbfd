"""ledger_test.py CLAIMS MANIFEST: the ledger is complete, and every figure that it names is one that can be had."""
import json
import pathlib
import re
import subprocess
import sys

claims = [claim for file in sorted(pathlib.Path(sys.argv[1]).glob("*.json")) for claim in json.loads(file.read_text())]
manifest = json.loads(pathlib.Path(sys.argv[2]).read_text())
assert sorted(claim["id"] for claim in claims) == list(range(1, 44)), "a claim is missing or doubled"

# What each program that was built offers, and at which points a run measures it.
offered = {}
for variant in manifest["variants"]:
    if not variant["available"]:
        continue
    program = variant["program"] if isinstance(variant["program"], list) else [variant["program"]]
    if not pathlib.Path(program[0]).exists():
        continue  # not part of this build's tests
    listed = json.loads(subprocess.run(program + ["list"], check=True, capture_output=True, text=True).stdout)
    offered[variant["name"]] = {workload["name"]: workload for workload in listed}

known = {variant["name"] for variant in manifest["variants"]} | {"go", "tokio", "node"}
flaws = []
for claim in claims:
    for part in claim["parts"]:
        assert "not_measurable" not in part or len(part["not_measurable"]) > 20, claim["id"]
        for key in ("figure", "over", "runs", "cannot"):
            if key not in part:
                continue
            subject = re.fullmatch(r"(\S+) (\w+)(?:\(([^)]*)\))?(?:\.(\w+))?", part[key])
            assert subject, (claim["id"], part[key])
            variant, workload, params, _ = subject.groups()
            if variant not in known:
                flaws.append((claim["id"], f"there is no variant {variant}"))
            if variant not in offered:
                continue
            if workload not in offered[variant]:
                if key != "cannot":
                    flaws.append((claim["id"], f"{variant} has no {workload}"))
                continue
            wanted = dict(item.strip().split("=") for item in params.split(",")) if params else {}
            # The command that the claim is given with is that of a quick run, where it does not ask for a full one.
            for size in ("full",) if claim.get("size") == "full" else ("quick", "full"):
                points = [point for point in offered[variant][workload][size]
                          if all(str(point.get(name)) == value for name, value in wanted.items() if name != "workers")]
                if not points:
                    flaws.append((claim["id"], f"{part[key]}: a {size} run has no such point"))
                elif len(points) > 1 and part.get("points") != "worst" and key in ("figure", "over"):
                    flaws.append((claim["id"], f"{part[key]}: a {size} run has {len(points)} such points"))
assert not flaws, "\n".join(map(str, flaws))
