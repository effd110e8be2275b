// A program of its own that uses the package: statically linked, and under valgrind.
import Ballast
import Gevent
import Glibc

enum Local {
    @TaskLocal static var tag = 0
}

final class Counter {
    var value = 0
}

@inline(never)
func modify(_ value: inout Int, _ body: () throws -> Void) rethrows {
    value += 1
    try body()
    value += 1
}

nonisolated func seconds(_ body: () -> Void) -> Double {
    var (start, end) = (timespec(), timespec())
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
    body()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
    return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
}

func expect(_ holds: Bool, _ what: String) {
    print(holds ? "ok    \(what)" : "FAIL  \(what)")
    guard holds else { exit(1) }
}

/// Greenlets that bind, park and unbind, each its own value.
func taskLocalsAreApart(_ count: Int) throws -> Bool {
    let outer = Local.tag
    let all = (1...count).map { i in
        spawn {
            guard Local.tag == outer else { return false }
            let inside = try Local.$tag.withValue(i) {
                try yield()
                let first = Local.tag
                try sleep(for: .milliseconds(i % 3))
                return first == i && Local.tag == i
            }
            return inside && Local.tag == outer
        }
    }
    return try joinAll(all).allSatisfy { $0.value == true } && Local.tag == outer
}

func accessesAreApart(_ count: Int) throws -> Bool {
    let (shared, own) = (Counter(), Counter())
    let gate = Event()
    let before = seconds { for _ in 0..<1_000 { modify(&own.value) {} } }
    let all = (0..<count).map { _ in spawn { try modify(&shared.value) { try gate.wait() } } }
    try yield()
    guard shared.value == count else { return false }
    let during = seconds { for _ in 0..<1_000 { modify(&own.value) {} } }
    gate.set()
    try joinAll(all)
    // Walking a list of the parked ones would take hundreds of times as long.
    return shared.value == 2 * count && during < before * 50 + 0.01
}

let count = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 1_000 : 1_000
expect(ballast(3) == 3, "the program has thread-local memory of its own")
expect(try taskLocalsAreApart(count), "task-locals of \(count) greenlets are apart")
expect(try Local.$tag.withValue(-1) { try taskLocalsAreApart(count) }, "and with one that they inherit")
expect(try accessesAreApart(count), "accesses of \(count) parked greenlets are apart")
expect(
    try awaitTask {
        await Task.yield(); return Local.tag
    } == 0, "a greenlet awaits a task")

let (near, far) = try Socket.pair()
let echo = spawn {
    while true {
        let bytes = try far.receive(upTo: 1_000)
        if bytes.isEmpty { return }
        try far.sendAll(bytes)
    }
}
var echoed = 0
for _ in 0..<100 {
    try near.sendAll("hello")
    echoed += try near.receiveExactly(5).count
}
near.close()
try echo.join()
far.close()
expect(echoed == 500, "sockets echo")

var interrupted = 0
let killed = (0..<50).map { _ in
    spawn {
        do { try sleep(for: .seconds(100)) } catch {
            interrupted += 1
            throw error
        }
    }
}
try yield()
try killAll(killed)
expect(interrupted == 50, "kills arrive")
do {
    try withTimeout(.milliseconds(1)) { try Event().wait() }
} catch is Timeout {
    interrupted += 1
}
expect(interrupted == 51, "a Timeout arrives")
Hub.current.destroy()
expect(try spawn { 1 }.get() == 1, "a hub follows one that was destroyed")
