#!/usr/bin/env bash
# A newcomer's way: a package in an empty directory that follows README.md and nothing else, to a pool of one's own that
# talks to a TCP server. And what such a user of the pool alone gets: no OpenSSL, nothing of EPP, nothing of metrics.
set -euo pipefail
cd "$(dirname "$0")/../.."
repository=$PWD
began=$SECONDS

scratch=$repository/.build-newcomer
parent=$(mktemp -d)
directory=$parent/mypool
server=
trap 'rm -rf "$parent"; [ -z "$server" ] || kill "$server"' EXIT
# The checkout that README.md speaks of.
ln -s "$repository" "$parent/swift-geventconnpool"
python3 Tests/Newcomer/follow_readme.py "$directory"

# The other side, which nobody wrote in Swift.
python3 -u Tests/Newcomer/line_server.py 2485 >"$parent/server.log" &
server=$!
cd "$directory"
swift build --scratch-path "$scratch"
program=$(swift build --scratch-path "$scratch" --show-bin-path)/mypool
output=$(timeout 60 "$program")
echo "$output"
case $output in
"the time is "*) ;;
*) echo "the program of README.md did not print the time" >&2; exit 1 ;;
esac

fail() { echo "a user of the pool alone gets $1" >&2; exit 1; }
if ldd "$program" | grep -E 'libssl|libcrypto'; then fail "OpenSSL"; fi
for module in EPP EPPClient EPPServer EPPSchema GeventTLS GeventInstrumentation CoreMetrics ServiceLifecycle Tracing; do
    if find "$scratch/debug/$module.build" -name '*.o' | grep .; then fail "$module built"; fi
done
echo "from an empty directory to a pool of one's own: $((SECONDS - began)) s"
