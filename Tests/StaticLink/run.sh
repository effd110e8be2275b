#!/usr/bin/env bash
# Builds a program that uses the package with the Swift runtime linked statically, and runs it: greenlets must be as
# isolated there as elsewhere, though the runtime's hidden words lie among the program's own.
set -euo pipefail
cd "$(dirname "$0")"

build=(swift build --scratch-path ../../.build-static --static-swift-stdlib --product check)
"${build[@]}"
program=$("${build[@]}" --show-bin-path)/check
if ldd "$program" | grep -q libswiftCore; then
    echo "the runtime is not linked statically" >&2
    exit 1
fi
timeout 60 "$program" 10000
