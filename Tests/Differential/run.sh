#!/usr/bin/env bash
# Runs random programs of greenlets by gevent and by this package, both in virtual time, and compares what each step gave:
#
#   bash Tests/Differential/run.sh [FIRST [COUNT]]
#
# One a seed, COUNT of them (2,000) from FIRST (random) on. GEVENT_PYTHON: a Python with gevent.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=Tests/Differential
first=${1:-$((RANDOM * 1000))}
count=${2:-2000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
swift build --product differential >/dev/null
echo "differential: seeds from $first on"
PYTHONDONTWRITEBYTECODE=1 timeout 600 "${GEVENT_PYTHON:-python3}" "$here/original.py" "$first" "$count" \
    "$work/programs" "$work/original"
timeout 300 "$(swift build --show-bin-path)/differential" <"$work/programs" >"$work/ours"
python3 "$here/compare.py" "$work/programs" "$work/original" "$work/ours"
