#!/usr/bin/env bash
# Builds the stack switch as a C program, natively and for AArch64, and runs both: the second under qemu.
# Exit status 1: a check failed, or a tool is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources=(Tests/CrossCheck/main.c Tests/CrossCheck/registers.S Sources/CCoroutine/*.c Sources/CCoroutine/*.S)

need() {
    command -v "$1" >/dev/null && return
    echo "$1 is missing: apt-get install $2" >&2
    exit 1
}

# check "COMPILER WORDS" [RUNNER]
check() {
    local compiler=$1 runner=${2:-} options
    for options in "-O0" "-O2" "-O2 -fomit-frame-pointer"; do
        echo "== $compiler $options"
        # shellcheck disable=SC2086  # the words of a command
        # No frame of ours may get over a guard: none is larger than a page.
        $compiler -std=gnu11 -Wall -Wextra -Wvla -Wframe-larger-than=4000 -Werror $options -ISources/CCoroutine/include -static -pthread \
            -o "$work/check" "${sources[@]}"
        timeout 120 $runner "$work/check"
    done
}

# Swift's own clang compiles the switch into Swift code; gcc chooses other registers, and so finds other mistakes.
natives=$(command -v clang gcc || true)
[ -n "$natives" ] || { echo "no C compiler: apt-get install gcc" >&2; exit 1; }
for native in $natives; do check "$native"; done
need aarch64-linux-gnu-gcc "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
need qemu-aarch64 qemu-user
check aarch64-linux-gnu-gcc qemu-aarch64
if command -v clang ld.lld >/dev/null; then
    check "clang --target=aarch64-linux-gnu -fuse-ld=lld" qemu-aarch64
fi
