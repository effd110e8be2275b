#!/usr/bin/env bash
# Runs the core's tests as on other kernels and hosts: without guard markers, which Linux has from 6.13 on; with what
# Docker's default list of system calls refuses; and a small program under limits on address space. Expects the tests to
# be built.
set -euo pipefail
cd "$(dirname "$0")/../.."

suites='^(CoroutinesTests|EventLoopTests|GeventTests)\.'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiler=$(command -v clang gcc | head -n 1)
[ -n "$compiler" ] || { echo "no C compiler: apt-get install gcc" >&2; exit 1; }
"$compiler" -O1 -Wall -Wextra -Werror -o "$work/world" Tests/Kernels/world.c

for world in old container; do
    echo "== $world"
    status=0
    timeout 300 "$work/world" $world swift test --skip-build --filter "$suites" >"$work/log" 2>&1 || status=$?
    grep -aE '^✘|Test run with|Fatal error' "$work/log" | head -n 40 || true
    if [ "$status" != 0 ] || ! grep -aqE 'Test run with .* passed' "$work/log"; then
        tail -n 20 "$work/log" >&2
        echo "$world: status $status" >&2
        exit 1
    fi
done

echo "== limits on address space"
program=$(swift build --show-bin-path)/crashing
for mebibytes in 512 768 1024 1536 2048 3072 4096 5120 6144 8192 10240 12288 16384 24576 32768 65536 131072; do
    answer=$(ulimit -v $((mebibytes * 1024)) && timeout 60 "$program" not) || answer="status $?"
    [ "$answer" = 2 ] || { echo "ulimit -v $mebibytes MiB: $answer" >&2; exit 1; }
done
echo "from 512 MiB on: as without"
