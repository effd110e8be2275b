#!/usr/bin/env bash
# Runs the core's tests under a sanitizer, or a program that uses the core under valgrind:
#     sanitize.sh address|thread|valgrind
set -euo pipefail
cd "$(dirname "$0")/.."

suites='^(CoroutinesTests|EventLoopTests|GeventTests|GeventTestingTests)\.'

case "${1:-}" in
address | thread)
    # Exit tests end on purpose, in the middle of things: what they leave is no leak.
    export ASAN_OPTIONS=detect_leaks=0
    export TSAN_OPTIONS=halt_on_error=0:exitcode=66
    build=".build-$1"
    swift build --build-tests --sanitize="$1" --scratch-path "$build"
    timeout 600 swift test --skip-build --sanitize="$1" --scratch-path "$build" --filter "$suites" 2>&1 \
        | tee "$build/tests.log" | grep -aE '^✘|^✔ Test run|WARNING: ThreadSanitizer|ERROR: AddressSanitizer|SUMMARY' || true
    if grep -aqE '^✘ Test run|WARNING: ThreadSanitizer|ERROR: AddressSanitizer' "$build/tests.log" \
        || ! grep -aqE '^✔ Test run' "$build/tests.log"; then
        echo "$1 sanitizer: see $build/tests.log" >&2
        exit 1
    fi
    ;;
valgrind)
    # No leak check: it would read all of the stacks' address space. Debug information of Swift's compiler is more than valgrind 3.19
    # reads: the program goes without.
    swift build --package-path Tests/StaticLink --scratch-path .build-static --static-swift-stdlib --product check
    program=$(swift build --package-path Tests/StaticLink --scratch-path .build-static --static-swift-stdlib --show-bin-path)/check
    strip -g -o .build-static/check "$program"
    timeout 600 valgrind --quiet --leak-check=no --error-exitcode=1 --main-stacksize=8388608 .build-static/check 100
    echo "valgrind: nothing to report"
    ;;
*)
    echo "usage: sanitize.sh address|thread|valgrind" >&2
    exit 64
    ;;
esac
