#!/usr/bin/env bash
# Clients that nobody here wrote talk to `epp serve` over mutual TLS: PyPI's EPP 0.9.1 (eppy) and pyepp 0.3.2, Debian's
# Net::EPP::Simple (libnet-epp-perl). Each does what it has commands for, as two registrars; README.md says what it has not.
# One line a client; the exit status is 0 only if all of them succeeded.
#
#   bash Tests/Interop/run.sh
#
# EPP_BINARY: the epp command to test (default: the package's debug build, which is made).
# INTEROP_VENV: where the Python packages are kept between runs (default: .build/interop-venv).
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 70
here=Tests/Interop
say() { printf '%s\n' "$*" >&2; }

epp=${EPP_BINARY:-}
if [ -z "$epp" ]; then
    swift build --product epp >&2 || exit 70
    epp=$(swift build --show-bin-path)/epp
fi
[ -x "$epp" ] || { say "interop: no epp binary at $epp"; exit 70; }
perl -MNet::EPP::Simple -e1 2>/dev/null || { say "interop: libnet-epp-perl is missing (apt-get install libnet-epp-perl)"; exit 70; }

venv=${INTEROP_VENV:-.build/interop-venv}
if ! "$venv/bin/python" -c 'import eppy, pyepp' 2>/dev/null; then
    python3 -m venv "$venv" >&2 || exit 70
    "$venv/bin/pip" install --quiet --disable-pip-version-check 'EPP==0.9.1' 'pyepp==0.3.2' >&2 || exit 70
fi

work=$(mktemp -d)
server=
finish() {
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT

export EPP_USER=interop EPP_OTHER_USER=another EPP_PASSWORD="pw-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')"
"$epp" serve --port 0 --pki "$work/pki" --registrar "$EPP_OTHER_USER" >"$work/out" 2>"$work/err" &
server=$!
for _ in $(seq 200); do
    address=$(sed -n 's/^listening on //p' "$work/out")
    [ -n "$address" ] && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
done
if [ -z "${address:-}" ]; then
    say "interop: epp serve did not come up"
    cat "$work/out" "$work/err" >&2
    exit 1
fi
export EPP_HOST=localhost EPP_PORT=${address##*:}
export EPP_CA=$work/pki/ca.pem EPP_CERT=$work/pki/client.pem EPP_KEY=$work/pki/client.key

failures=0
client() {
    local name=$1
    shift
    local output
    if output=$(timeout 60 "$@" 2>"$work/client.err"); then
        echo "ok   $name: $output"
    else
        failures=$((failures + 1))
        echo "FAIL $name: $output"
        sed 's/^/     /' "$work/client.err" | tail -20
    fi
}
client 'EPP 0.9.1 (eppy)' "$venv/bin/python" -W ignore "$here/eppy_client.py"
client 'pyepp 0.3.2' "$venv/bin/python" "$here/pyepp_client.py"
client 'Net::EPP::Simple' perl "$here/net_epp_simple.pl"
client 'epp' bash -c '"$0" hello >/dev/null && "$0" check example.gov >/dev/null && "$0" info example.gov >/dev/null &&
    echo "hello, login, check, info, logout"' "$epp"


# The command's own exit statuses: 0, 1 refused, 2 connection, 64 usage; each failure one line on stderr.
expect() {
    local wanted=$1 what=$2
    shift 2
    "$@" >"$work/client.out" 2>"$work/client.err"
    local status=$?
    local lines
    lines=$(wc -l <"$work/client.err")
    if [ "$status" -ne "$wanted" ]; then
        failures=$((failures + 1))
        echo "FAIL epp: $what: exit status $status instead of $wanted"
        sed 's/^/     /' "$work/client.err" | tail -5
    elif [ "$wanted" -ne 0 ] && [ "$wanted" -ne 64 ] && [ "$lines" -ne 1 ]; then
        failures=$((failures + 1))
        echo "FAIL epp: $what: $lines lines on stderr instead of one"
    else
        echo "ok   epp: $what: $status"
    fi
}
expect 0 'check of a taken name' "$epp" check example.gov free.gov
expect 1 'info of a free name' "$epp" info free.gov
expect 1 'a wrong password' env EPP_PASSWORD=not-the-one "$epp" check example.gov
expect 2 'nobody listens' "$epp" hello --port 1
expect 2 'no client certificate' env -u EPP_CERT -u EPP_KEY "$epp" hello
expect 2 'an authority that is not trusted' env -u EPP_CA "$epp" hello
expect 64 'no password' env -u EPP_PASSWORD "$epp" check example.gov
expect 64 'a key that is not there' "$epp" check example.gov --key "$work/nothing"
expect 64 'no name' "$epp" check
expect 64 'what is no name' "$epp" check 'no name'

kill "$server"
if wait "$server"; then
    echo 'ok   epp serve: ended cleanly on SIGTERM'
else
    failures=$((failures + 1))
    echo 'FAIL epp serve: did not end cleanly on SIGTERM'
    tail -20 "$work/err" >&2
fi
server=
exit $((failures > 0))
