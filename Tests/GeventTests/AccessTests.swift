import Gevent
import GeventTesting
import Glibc
import Testing

/// Something whose accesses are checked at run time.
private final class Tally {
    var value = 0
}

@inline(never)
private func modify(_ value: inout Int, _ body: () throws -> Void) rethrows {
    value += 1
    try body()
}

@Suite(.virtualTime)
struct `Exclusive accesses` {
    @Test func `of parked greenlets do not meet`() throws {
        let counter = Tally()
        let all = (0..<10).map { i in
            spawn {
                try modify(&counter.value) { try sleep(for: .seconds(10 - i)) }
                try modify(&counter.value) { try yield() }
            }
        }
        try sleep(for: .seconds(1))
        modify(&counter.value) {}
        try joinAll(all)
        #expect(counter.value == 21)
    }

    @Test func `of a greenlet that was killed leave nothing behind`() throws {
        let counter = Tally()
        for _ in 0..<100 {
            let g = spawn { try modify(&counter.value) { try Event().wait() } }
            try yield()
            try g.kill()
            modify(&counter.value) {}
        }
        #expect(counter.value == 200)
    }

    @Test func `cost the same beside ten thousand that are parked`() throws {
        let (parked, own) = (Tally(), Tally())
        let gate = Event()
        let before = Self.time(own)
        let all = (0..<10_000).map { _ in spawn { try modify(&parked.value) { try gate.wait() } } }
        try yield()
        #expect(parked.value == 10_000)
        let during = Self.time(own)
        // Walking the parked ones would take a thousand times as long.
        #expect(during < before * 20 + 0.01)
        gate.set()
        try joinAll(all)
    }

    /// Seconds of processor time for 10,000 accesses.
    private static func time(_ counter: Tally) -> Double {
        var (start, end) = (timespec(), timespec())
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
        for _ in 0..<10_000 { modify(&counter.value) {} }
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
        return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
    }

    private static func overlap(detecting: Bool) {
        let configuration = Hub.Configuration { $0.detectsOverlappingAccesses = detecting }
        _ = try? Hub.withVirtualTime(configuration: configuration) { _ in
            let counter = Tally()
            let all = (0..<2).map { _ in spawn { try modify(&counter.value) { try yield() } } }
            try joinAll(all)
        }
    }

    @Test func `that overlap end the program where that is asked for, and only there`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.overlap(detecting: true)
        }
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("Simultaneous accesses"))
        await #expect(processExitsWith: .success) { Self.overlap(detecting: false) }
    }
}
