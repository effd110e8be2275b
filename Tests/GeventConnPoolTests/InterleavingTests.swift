import Gevent
import GeventTesting
import Testing

@testable import GeventConnPool

/// Every order in which things can happen to a small pool.
@Suite(.hub, .tags(.slow))
struct `A pool in every order of events` {
    /// Visits every state that can be reached, by the shortest way to it, and from each lets everything end well.
    @available(*, noasync)
    private func explore(
        _ size: Int, borrowers: Int, location: SourceLocation = #_sourceLocation,
        _ configure: (inout PoolConfiguration) -> Void = { _ in }
    ) throws -> Int {
        /// Where a path leads, what can follow, and what went wrong on it.
        func walk(
            _ path: [Interleaving.Event], toTheEnd: Bool
        ) throws -> (key: [Int], next: [Interleaving.Event], failures: [String]) {
            try Hub.withVirtualTime { _ in
                Hub.current.onUnhandledError = { _, _ in }
                let pool = try Interleaving(size, borrowers: borrowers, configure)
                for event in path { try pool.perform(event) }
                let (key, next) = (pool.key, pool.possible)
                if toTheEnd { try pool.settle() }
                let failures = pool.failures
                try pool.end()
                return (key, next, failures)
            }
        }
        var seen: Set<[Int]> = []
        var frontier: [[Interleaving.Event]] = [[]]
        while !frontier.isEmpty {
            var next: [[Interleaving.Event]] = []
            for path in frontier {
                let found = try walk(path, toTheEnd: false)
                guard seen.insert(found.key).inserted else { continue }
                let end = try walk(path, toTheEnd: true)
                if !end.failures.isEmpty {
                    Issue.record("\(end.failures.prefix(3)) after \(path)", sourceLocation: location)
                    return seen.count
                }
                next += found.next.map { path + [$0] }
            }
            frontier = next
        }
        return seen.count
    }

    @Test(arguments: 0...3) func `of size 1`(waiters: Int) throws {
        #expect(try explore(1, borrowers: 1 + waiters) >= 15)
    }

    @Test(arguments: 0...3) func `of size 2`(waiters: Int) throws {
        #expect(try explore(2, borrowers: 2 + waiters) >= 100)
    }

    @Test func `that connects on demand`() throws {
        #expect(try explore(2, borrowers: 2) { $0.minimumSize = 0 } >= 100)
    }

    @Test func `that connects one at a time`() throws {
        #expect(try explore(2, borrowers: 2) { $0.maximumConcurrentConnects = 1 } >= 50)
    }
}
