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
    # Debug information of Swift's compiler is more than valgrind 3.19 reads: the program goes without.
    bash Tests/StaticLink/run.sh
    strip --strip-debug -o .build-static/check-stripped .build-static/debug/check
    timeout 600 valgrind --quiet --error-exitcode=1 --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite .build-static/check-stripped 300
    echo "valgrind: nothing to report"
    ;;
*)
    echo "usage: sanitize.sh address|thread|valgrind" >&2
    exit 64
    ;;
esac
