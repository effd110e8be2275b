"""Reads what `epp demo --json` printed and fails where it does not keep its promise."""
import json
import sys

report = json.load(sys.stdin)
runs = {run["name"]: run for run in report["runs"]}
expected = {"connect-series", "connect-parallel", "pool-series", "pool-parallel", "pool-cut"}
assert set(runs) == expected, f"runs: {sorted(runs)}"
for run in runs.values():
    assert run["failed"] == 0, f"{run['name']}: {run['failed']} of {run['commands']} commands failed"
    assert 0 < run["p50"] <= run["p99"] <= run["seconds"], f"{run['name']}: times out of order: {run}"
for name in ("connect-series", "connect-parallel"):
    assert runs[name]["logins"] == runs[name]["handshakes"] == runs[name]["commands"], f"{name}: {runs[name]}"
for name in ("pool-series", "pool-parallel"):
    assert runs[name]["logins"] == runs[name]["handshakes"] < runs[name]["commands"], f"{name}: {runs[name]}"
series = runs["connect-series"]["seconds"] / runs["pool-series"]["seconds"]
assert abs(series - report["speedup"]["series"]) < 0.02 * series, "the ratio is not that of the times"
print(f"demo: pooled is {report['speedup']['series']:.1f} times as fast in series, no command failed")
