#!/usr/bin/env bash
# Long runs of optimised programs: a million random operations, the ends of ten million greenlets.
set -euo pipefail
cd "$(dirname "$0")"

build=(swift build -c release --scratch-path ../../.build-soak)
"${build[@]}"
programs=$("${build[@]}" --show-bin-path)
timeout 300 "$programs/operations" "${STEPS:-1000000}"
timeout 300 "$programs/lives" "${MILLIONS:-10}"
