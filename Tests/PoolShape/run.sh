#!/usr/bin/env bash
# The port is what is left of the pool when Additions/ is deleted: builds that in a copy, runs the original's traces against
# it, and looks whether it is still small enough to be read.
#
#   bash Tests/PoolShape/run.sh
#
# POOL_SHAPE_DIR: where the copy is built (default: .build/pool-shape).
set -euo pipefail
cd "$(dirname "$0")/../.."
core=Sources/GeventConnPool

# What is neither blank nor a comment.
lines=$(grep -hvE '^[[:space:]]*(//|$)' "$core"/*.swift | wc -l)
files=$(ls "$core"/*.swift | wc -l)
echo "pool shape: $files files, $lines lines of code, $(cat "$core"/*.swift | wc -l) with comments"
# To become smaller: 750 is what one reads in ten minutes.
most=850
if [ "$files" -gt 4 ] || [ "$lines" -gt "$most" ]; then
    echo "pool shape: the core may have 4 files and $most lines of code" >&2
    exit 1
fi

copy=${POOL_SHAPE_DIR:-.build/pool-shape}
mkdir -p "$copy/Sources" "$copy/Tests/ShapeTests"
for target in CCoroutine Coroutines EventLoop Gevent GeventTesting; do
    rsync -a --delete --exclude '*.docc' "Sources/$target" "$copy/Sources/" 2>/dev/null \
        || { rm -rf "$copy/Sources/$target"; cp -r "Sources/$target" "$copy/Sources/"; }
done
rm -rf "$copy/Sources/GeventConnPool" "$copy/Vendor" "$copy/Tests"
mkdir -p "$copy/Sources/GeventConnPool" "$copy/Tests/ShapeTests" "$copy/Tests/PoolTrace"
cp "$core"/*.swift "$copy/Sources/GeventConnPool/"
cp -r Vendor "$copy/"
cp Tests/PoolTrace/*.json "$copy/Tests/PoolTrace/"
cp Tests/GeventConnPoolTests/Trace*.swift Tests/GeventConnPoolTests/PoolTraceTests.swift "$copy/Tests/ShapeTests/"
cp Tests/PoolShape/Shape.swift "$copy/Tests/ShapeTests/"
cp MIGRATION.md "$copy/"
python3 - Package.swift "$copy/Package.swift" <<'EOP'
import re, sys

# The package as it is, less all that the port does not need.
text = open(sys.argv[1]).read()
keep = {"CLibEV", "CCoroutine", "Coroutines", "EventLoop", "Gevent", "GeventConnPool", "GeventTesting"}
text += """
package.products = []
package.targets.removeAll { !%s.contains($0.name) }
package.targets.append(
    .testTarget(name: "ShapeTests", dependencies: ["Gevent", "GeventConnPool", "GeventTesting", log], swiftSettings: strict))
""" % ("[" + ", ".join('"%s"' % name for name in sorted(keep)) + "]")
open(sys.argv[2], "w").write(text)
EOP
[ -f Package.resolved ] && cp Package.resolved "$copy/"
swift test --package-path "$copy" --scratch-path "$copy/.build" --filter ShapeTests
