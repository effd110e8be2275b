#!/usr/bin/env python3
"""Counts the instructions of the paths that everything goes through, and fails where one takes many more than it did.

    check.py [--write] [NAME ...]

Unlike times, counts do not depend on the machine's speed or load. valgrind's callgrind runs the release build of `bench`
twice, with one round and with three: the difference is two rounds, without what starting the program takes. Limits stand
in limits.json, a sixth above what was counted when they were written (--write): room for another compiler, not for
another allocation. Exit status 1: a path takes more than its limit.
"""

import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LIMITS = HERE / "limits.json"
BENCH = HERE.parent.parent / ".build/release/bench"
ROOM = 7 / 6

# Operations in one round at full scale, and how much of it is run.
WORKLOADS = {
    "switch": (2_000_000, 0.005),
    "spawn": (100_000, 0.05),
    "spawn-one": (300_000, 0.01),
    "semaphore": (1_000_000, 0.01),
    "semaphore-free": (5_000_000, 0.002),
    "queue": (1_000_000, 0.01),
    "channel": (400_000, 0.02),
    "timers": (100_000, 0.02),
    # Alone, and among many.
    "timeout": (4_000_000, 0.002),
    "pool": (1_000_000, 0.01),
    "pool-contended": (1_000_000, 0.01),
}


def instructions(program, name, scale, rounds):
    with tempfile.NamedTemporaryFile() as out:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", program]
        command += [name, "--scale", str(scale), "--repetitions", str(rounds)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        found = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode or not found:
            sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr[-2000:]}")
        return int(found.group(1))


def main():
    names = [word for word in sys.argv[1:] if word != "--write"] or list(WORKLOADS)
    limits = json.loads(LIMITS.read_text()) if LIMITS.exists() else {}
    if not BENCH.exists():
        sys.exit("no .build/release/bench: swift build -c release --product bench")
    over = []
    # Debug information of Swift's compiler is more than valgrind 3.19 reads: the program goes without.
    program = str(BENCH.parent / "bench-stripped")
    subprocess.run(["strip", "--strip-debug", "-o", program, str(BENCH)], check=True)
    for name in names:
        full, scale = WORKLOADS[name]
        each = (instructions(program, name, scale, 3) - instructions(program, name, scale, 1)) / (2 * full * scale)
        limit = limits.get(name)
        verdict = "no limit" if limit is None else "within" if each <= limit else "OVER"
        print(f"{name}: {each:.0f} instructions each, limit {limit}: {verdict}", flush=True)
        if "--write" in sys.argv:
            limits[name] = math.ceil(each * ROOM)
        elif verdict != "within":
            over.append(name)
    if "--write" in sys.argv:
        LIMITS.write_text(json.dumps(limits, indent=4) + "\n")
    if over:
        sys.exit(
            f"{', '.join(over)}: more instructions than Tests/Instructions/limits.json allows. Look what was added: "
            "valgrind --tool=callgrind .build/release/bench NAME --scale 0.01, then callgrind_annotate. If it is worth "
            "it, write new limits with check.py --write, and say why in the commit."
        )


if __name__ == "__main__":
    main()
