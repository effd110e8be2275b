#!/usr/bin/env bash
# Builds the example programs and runs each; what their READMEs show must be what they print. It starts a PostgreSQL
# server of its own, from Debian's packages, in a temporary directory; as root it does so as the user postgres.
set -euo pipefail
cd "$(dirname "$0")/../.."
repository=$PWD
package=Sources/Examples

temporary=$(mktemp -d)
running=()
cleanup() {
    for process in "${running[@]}"; do kill "$process" 2>/dev/null || true; done
    [ ! -d "$temporary/data" ] || as_postgres "$bin/pg_ctl" -D "$temporary/data" -m immediate stop >/dev/null || true
    rm -rf "$temporary"
}
trap cleanup EXIT
fail() { echo "BAD  $*" >&2; exit 1; }

build=(swift build --package-path "$package" --scratch-path "$repository/.build-examples")
"${build[@]}"
programs=$("${build[@]}" --show-bin-path)

# What the README of an example shows as its output.
shown() { sed -n '/^```text$/,/^```$/p' "$package/Sources/$1/README.md" | sed '1d;$d'; }

# Compares what was printed with what is shown, but for what differs in each run: numbers after the words given.
compare() {
    local name=$1 printed=$2
    shift 2
    local same=(-e 's/x/x/')
    for word in "$@"; do same+=(-e "s/$word [0-9]+/$word N/g"); done
    diff <(shown "$name" | sed -E "${same[@]}") <(sed -E "${same[@]}" <<<"$printed") \
        || fail "$name does not print what its README shows"
    echo "ok   $name prints what its README shows"
}

# --- A gevent program and its Swift.
example=$package/Sources/SiteCheck
python3 - "$example" <<'END' || fail "SiteCheck is not the program of AProgramInBothLanguages.md"
import pathlib, re, sys
section = pathlib.Path("Sources/Gevent/Gevent.docc/AProgramInBothLanguages.md").read_text()
for language, file in [("swift", "main.swift"), ("python", "sitecheck.py")]:
    block = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL).group(1)
    if pathlib.Path(sys.argv[1], file).read_text() != block:
        sys.exit(f"{file} differs")
END
"$programs/SiteCheck" >"$temporary/site.log" &
site=$!
running+=("$site")
for _ in $(seq 600); do
    [ ! -s "$temporary/site.log" ] || break
    sleep 0.1
done
kill -TERM "$site"
wait "$site" || fail "SiteCheck ended with $?"
running=()
compare SiteCheck "$(cat "$temporary/site.log")"

# --- STARTTLS.
compare StartTLSPool "$(timeout 120 "$programs/StartTLSPool" "$temporary")"

# --- PostgreSQL.
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
become=()
mkdir "$temporary/data" "$temporary/socket"
if [ "$(id -u)" = 0 ]; then
    # The server refuses to run as root.
    become=(runuser -u postgres --)
    chmod 755 "$temporary"
    chown postgres "$temporary/data" "$temporary/socket"
fi
as_postgres() { (cd / && "${become[@]}" "$@"); }
as_postgres "$bin/initdb" -D "$temporary/data" -U postgres -A trust --no-sync >/dev/null
as_postgres "$bin/pg_ctl" -D "$temporary/data" -w -t 120 -l "$temporary/data/log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$temporary/socket' -c fsync=off" start >/dev/null
restart="cd / && ${become[*]} $bin/pg_ctl -D $temporary/data -w -t 120 -m fast -l $temporary/data/log restart"
printed=$(timeout 300 "$programs/PostgresPool" "host=$temporary/socket user=postgres dbname=postgres" "$restart" \
    2>"$temporary/pool.log") || fail "PostgresPool: $printed $(cat "$temporary/pool.log" "$temporary/data/log")"
compare PostgresPool "$printed" PostgreSQL

# --- A web service.
# Made here: the program may start later than the first look at it.
: >"$temporary/page.log"
"$programs/DomainPage" 0 >>"$temporary/page.log" 2>&1 &
page=$!
running+=("$page")
for _ in $(seq 600); do
    address=$(sed -n 's/^listening on //p' "$temporary/page.log")
    [ -z "$address" ] || break
    kill -0 "$page" || fail "DomainPage: $(cat "$temporary/page.log")"
    sleep 0.1
done
[ -n "$address" ] || fail "DomainPage does not listen"
ask() {
    printf '$ curl localhost:8080%s\n' "$1"
    curl -sS --max-time 30 "http://$address$1"
}
# The pool connects while the service runs already.
for _ in $(seq 600); do
    ! ask /metrics | grep 'state="idle"} 3$' >/dev/null || break
    sleep 0.1
done
printed=$(
    ask "/check?name=free.gov"
    ask "/check?name=example.gov"
    ask "/check?name=no%20name"
    ask "/metrics" | grep -E '^\$|count|max|requests|timeouts'
)
kill -TERM "$page"
wait "$page" || fail "DomainPage ended with $?: $(cat "$temporary/page.log")"
running=()
compare DomainPage "$printed
$(tail -n 1 "$temporary/page.log")"
