#!/usr/bin/env bash
# Runs the scenarios against PyPI's geventconnpool on gevent, in virtual time, and compares what happens with the record
# that the Swift tests compare our pool with (PoolTraceTests). Then 500 random scenarios, by the original and by ours.
#
#   bash Tests/PoolTrace/run.sh            # is the record still what the original does?
#   bash Tests/PoolTrace/run.sh --record   # writes it, after scenarios were added
#
# POOL_TRACE_SEED: of the random scenarios, to repeat those that failed (default: another each time).
# POOL_TRACE_VENV: where the Python packages are kept between runs (default: .build/pool-trace-venv).
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 70
here=Tests/PoolTrace

skip() { echo "pool trace: skipped: $*" >&2; exit 0; }
command -v python3 >/dev/null || skip "no python3"
venv=${POOL_TRACE_VENV:-.build/pool-trace-venv}
modules='import importlib.util as u, gevent; assert u.find_spec("geventconnpool")'
if ! "$venv/bin/python" -c "$modules" 2>/dev/null; then
    python3 -m venv "$venv" >&2 || skip "python3 makes no venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check gevent geventconnpool==0.2.1 >&2 \
        || skip "gevent and geventconnpool could not be installed"
fi

trace=$(mktemp)
random=$(mktemp -d)
trap 'rm -rf "$trace" "$random"' EXIT
export PYTHONDONTWRITEBYTECODE=1
timeout 120 "$venv/bin/python" "$here/trace.py" "$here/scenarios.json" >"$trace" || exit 1
if [ "${1:-}" = --record ]; then
    cp "$trace" "$here/original.json"
elif ! diff -u "$here/original.json" "$trace"; then
    echo "pool trace: the original does not do what $here/original.json says" >&2
    exit 1
fi
python3 - "$here/scenarios.json" <<'EOP'
import json, sys

scenarios = json.load(open(sys.argv[1]))
equal = sum("difference" not in one for one in scenarios)
print("pool trace: the original ran %d scenarios as recorded; ours is to equal %d, and to differ as documented in %d"
      % (len(scenarios), equal, len(scenarios) - equal))
EOP
[ "${1:-}" = --record ] && exit 0

seed=${POOL_TRACE_SEED:-$RANDOM}
echo "pool trace: 500 random scenarios, POOL_TRACE_SEED=$seed"
timeout 120 "$venv/bin/python" "$here/trace.py" --random "$seed" 500 "$random" || exit 1
POOL_TRACE_RANDOM=$random swift test --skip-build --filter PoolTraceTests >"$random/log" 2>&1 && exit 0
grep -A 3 "recorded an issue" "$random/log" || tail -n 30 "$random/log"
echo "pool trace: repeat with POOL_TRACE_SEED=$seed" >&2
exit 1
