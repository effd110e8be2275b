#!/usr/bin/env bash
# Runs the tests of everything that stands on greenlets under a sanitizer, or a program that uses the core under
# valgrind:
#     sanitize.sh address|thread|valgrind
set -euo pipefail
cd "$(dirname "$0")/.."

suites='^(CoroutinesTests|EventLoopTests|GeventTests|GeventTestingTests|GeventTLSTests|GeventConnPoolTests)\.'
# What stands or falls with real time means nothing here, and a simulation of pure decisions only takes long.
skipped='ClockTests|A simulated pool'
# Hooks, and others, that ignore every kill. A greenlet that will not die keeps its stack, and what it refers to must stay with it:
# its hub is not freed, on purpose (Hub.tearDown), and the leak checker says so.
leaking='does not hang in a hook that cannot be interrupted|does not depend on hooks that hang|ignores every kill'
leaking="$leaking|a right does not go to a greenlet whose hub is gone|a retire hook that hangs keeps its slot"

# Makes thousands of hubs, one after the other. The address sanitizer keeps a stack of its own for each hub's stack, which
# never comes to its end: 20 GB of them.
large='A pool in every order of events'

case "${1:-}" in
address | thread)
    export TSAN_OPTIONS=halt_on_error=0:exitcode=66
    # Where the address sanitizer ends, leaks are looked for.
    if [ "$1" = address ]; then skipped="$skipped|$leaking|$large"; fi
    build=".build-$1"
    swift build --build-tests --sanitize="$1" --scratch-path "$build"
    log="$build/tests.log"
    status=0
    # XCTest has no tests here, and leaks. One test after the other: all at once each would take longer than it may.
    timeout 600 swift test --skip-build --disable-xctest --no-parallel --sanitize="$1" --scratch-path "$build" \
        --filter "$suites" --skip "$skipped" >"$log" 2>&1 || status=$?
    grep -aE '^✘|Test run with|WARNING: ThreadSanitizer|ERROR: (Address|Leak)Sanitizer|SUMMARY' "$log" \
        | head -n 40 || true
    # Exit tests have processes of their own, whose status says nothing about them: hence the words, too.
    if [ "$status" != 0 ] || ! grep -aqE 'Test run with .* passed' "$log" \
        || grep -aqE 'WARNING: ThreadSanitizer|ERROR: (Address|Leak)Sanitizer' "$log"; then
        echo "$1 sanitizer: status $status, see $log" >&2
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
