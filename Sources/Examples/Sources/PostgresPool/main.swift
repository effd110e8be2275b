// A pool of PostgreSQL connections through keepalives, the end of every backend and a restart of the server, without a
// query that fails.
import Gevent
import GeventConnPool
import Glibc

guard CommandLine.arguments.count == 3 else {
    print("usage: PostgresPool CONNINFO 'COMMAND THAT RESTARTS THE SERVER'")
    exit(64)
}
let (conninfo, restartCommand) = (CommandLine.arguments[1], CommandLine.arguments[2])
let pool = PostgresPool(5, conninfo, keepalive: .milliseconds(200))
try pool.waitUntilReady(timeout: .seconds(30))

// Twenty greenlets that ask all the time. What fails is asked again on another connection.
var queries = 0
var failures = 0
var isOver = false
let patience = RetryPolicy(on: [SocketError.self], maxFailures: 600, interval: .milliseconds(100))
let askers = (0..<20).map { i in
    spawn {
        while !isOver {
            do {
                let sum = try withRetry(patience) { try pool.get { try $0.query("SELECT $1::int + 1", "\(i)") } }
                if sum == [["\(i + 1)"]] { queries += 1 } else { failures += 1 }
            } catch {
                try rethrowInterruption(error)
                print("failed:", error)
                failures += 1
            }
            try sleep(for: .milliseconds(1))
        }
    }
}

@MainActor func wait(until isSo: () -> Bool) throws {
    try withTimeout(.seconds(60)) { while !isSo() { try sleep(for: .milliseconds(5)) } }
}

/// Waits until each asker has got about ten answers more.
@MainActor func letThemAsk() throws {
    let enough = queries + 200
    try wait { queries >= enough }
}

try letThemAsk()
let version = try pool.get { try $0.query("SHOW server_version_num") }
print("asking PostgreSQL \((version.first?.first ?? nil).map { $0.prefix(2) } ?? "?") over", pool.size, "connections")

// Every backend of the pool goes; the statement comes over a connection that is none of the pool's.
let before = pool.statistics.connects
let backends = pool.backends.map { "\($0)" }.joined(separator: ",")
let other = try PostgresConnection(conninfo)
let ended = try other.query("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", "{\(backends)}")
    .count { $0 == ["t"] }
other.close()
try wait { pool.statistics.connects >= before + ended }
try letThemAsk()
let again = pool.statistics.connects - before
print("terminated", ended, "backends: connected again", again, "times;", failures, "queries failed")

let status = try Subprocess.run(["sh", "-c", restartCommand]).status
try letThemAsk()
print("restarted the server (\(status.isSuccess ? "well" : "badly")):", failures, "queries failed")

// They end by themselves: a greenlet that is killed in the middle of a query costs the pool its connection.
isOver = true
try joinAll(askers, timeout: .seconds(60))

@MainActor func waitUntilAllAreKeptAlive() throws {
    pool.keptAlive = []
    try wait { pool.keptAlive.count >= pool.size }
    try pool.waitUntilReady(timeout: .seconds(60))
}

// The first round finds the connections that the restart broke and nobody has used since.
try waitUntilAllAreKeptAlive()
let connects = pool.statistics.connects
try waitUntilAllAreKeptAlive()
print("idle: all", pool.keptAlive.count, "kept alive,", pool.statistics.connects - connects, "connects")

let discardsBefore = pool.statistics.discards
do {
    try pool.get { try $0.query("SELECT 1 / 0") }
} catch let refusal as PostgresConnection.Refusal {
    let discards = pool.statistics.discards - discardsBefore
    print("a refusal is no failure of the connection:", refusal.code, "- discards:", discards)
}
try pool.close(timeout: .seconds(5))
exit(failures == 0 && queries > 0 ? 0 : 1)
