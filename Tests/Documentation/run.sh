#!/usr/bin/env bash
# Builds the documentation of every library; a link that leads nowhere is an error.
#
# Parameters that their names explain are not described, so that is not asked for. The plugin is no dependency of the
# package but where this asks for it: it takes a build of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
export GEVENT_DOCUMENTATION=1

libraries=(Gevent GeventTLS GeventConnPool GeventTesting GeventInstrumentation EPP EPPClient EPPServer EPPSchema)
targets=()
for library in "${libraries[@]}"; do
    [ -d "Sources/$library/$library.docc" ] || { echo "$library has no catalogue" >&2; exit 1; }
    targets+=(--target "$library")
done
swift package --scratch-path .build-documentation --allow-writing-to-directory .build-documentation/site \
    generate-documentation "${targets[@]}" --warnings-as-errors --disable-parameters-and-returns-validation \
    --output-path .build-documentation/site "$@"
