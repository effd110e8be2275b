#!/usr/bin/env bash
# Fuzzes the decoder with libFuzzer: FUZZ_RUNS inputs (500,000) or FUZZ_SECONDS (60), whichever ends first. No crash, no
# input over 5 s, no more than 512 MiB. What breaks it is left in Tests/Fuzz/Findings; new inputs are not kept.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mapfile -t sources < <(find ../../Sources/EPP -name '*.swift')
swiftc -O -wmo -sanitize=fuzzer -parse-as-library -swift-version 6 -module-name FuzzDecoder -package-name fuzz \
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature MemberImportVisibility \
    "${sources[@]}" FuzzDecoder.swift -o "$work/fuzz"

mkdir -p Findings "$work/corpus"
"$work/fuzz" "$work/corpus" Corpus -dict=epp.dict -runs="${FUZZ_RUNS:-500000}" \
    -max_total_time="${FUZZ_SECONDS:-60}" -max_len=16384 -timeout=5 -rss_limit_mb=512 -seed="${FUZZ_SEED:-1}" \
    -artifact_prefix=Findings/ -print_final_stats=1 "$@" 2>&1 | grep -v '^#[0-9]*.*\(NEW\|REDUCE\|pulse\)'
rmdir Findings 2>/dev/null || true
