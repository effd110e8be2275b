#!/usr/bin/env bash
# Builds main.swift against this package with -static-stdlib and runs it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/Sources/check"
cp "$here/main.swift" "$work/Sources/check/"
cat >"$work/Package.swift" <<PACKAGE
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "check",
    dependencies: [.package(name: "tested", path: "$root")],
    targets: [.executableTarget(name: "check", dependencies: [.product(name: "Gevent", package: "tested")])],
    swiftLanguageModes: [.v6]
)
PACKAGE
swift build --package-path "$work" --static-swift-stdlib --product check
"$work/.build/debug/check"
