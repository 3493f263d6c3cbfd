"""What peers list is what our workloads list: peers_catalogue_test.py PROGRAM CATALOGUE..."""
import json
import subprocess
import sys

COMPARED = ("summary", "metric", "axis", "load", "smoke", "quick", "full")


def main(program, *catalogues):
    listing = subprocess.run([program, "list"], check=True, capture_output=True, text=True).stdout
    ours = {entry["name"]: entry for entry in json.loads(listing)}
    wrong = []
    for path in catalogues:
        with open(path, encoding="utf-8") as file:
            theirs = json.load(file)
        for entry in theirs:
            name = entry["name"]
            wrong += [f"{path}: {key} of {name} is {entry.get(key)} instead of {ours[name][key]}"
                      for key in COMPARED if entry.get(key) != ours[name][key]]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
