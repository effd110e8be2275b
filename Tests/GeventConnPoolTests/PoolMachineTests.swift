import Gevent
import GeventTesting
import Testing

@testable import GeventConnPool

/// Every order in which things can happen to a small pool, without hub or time.
@Suite(.inTurn, .tags(.slow))
struct `The decisions of a pool` {
    /// Visits every state that can be reached, by the shortest way to it, and from each lets everything end well.
    private func explore(
        _ size: Int, waiters: Int, late: Int = 0, most: Int? = nil, isShared: Bool = false, limit: Int = 40_000,
        location: SourceLocation = #_sourceLocation, _ configure: (inout PoolConfiguration) -> Void = { _ in }
    ) -> Int {
        let configuration = PoolConfiguration(configure)
        func replay(_ path: [MachineDriver.Event]) -> MachineDriver {
            let driver = MachineDriver(size, borrowers: size + waiters, late: late, most: most, configuration)
            driver.isShared = isShared
            for event in path { driver.perform(event, isChecked: false) }
            return driver
        }
        var seen: Set<[Int]> = [replay([]).key]
        var frontier: [[MachineDriver.Event]] = [[]]
        while !frontier.isEmpty, seen.count < limit {
            var next: [[MachineDriver.Event]] = []
            for path in frontier {
                for event in replay(path).possibleEvents(resizing: most != nil) {
                    let driver = replay(path)
                    driver.perform(event)
                    if seen.insert(driver.key).inserted {
                        next.append(path + [event])
                        driver.settle()
                    }
                    if !driver.failures.isEmpty {
                        Issue.record("\(driver.failures) after \(path + [event])", sourceLocation: location)
                        return seen.count
                    }
                }
            }
            frontier = next
        }
        #expect(frontier.isEmpty, "more states than \(limit)", sourceLocation: location)
        return seen.count
    }

    @Test(arguments: 0...3) func `hold in every interleaving at size 1`(waiters: Int) {
        #expect(explore(1, waiters: waiters) >= 13)
    }

    @Test(arguments: 0...3) func `hold in every interleaving at size 2`(waiters: Int) {
        #expect(explore(2, waiters: waiters) >= 100)
    }

    @Test(arguments: 0...2) func `hold for those that come late`(late: Int) {
        #expect(explore(2, waiters: 0, late: late) >= 100)
    }

    @Test(arguments: 1...3) func `hold when every idle connection is checked`(late: Int) {
        #expect(explore(1, waiters: -1, late: late) { $0.trustWindow = .zero } >= 20)
    }

    @Test(arguments: 1...3) func `hold when every idle connection is checked, at size 2`(late: Int) {
        #expect(explore(2, waiters: -2, late: late) { $0.trustWindow = .zero } >= 100)
    }

    @Test(arguments: 0...2) func `hold when connects take turns`(waiters: Int) {
        #expect(explore(2, waiters: waiters) { $0.maximumConcurrentConnects = 1 } >= 100)
    }

    @Test(arguments: 0...2) func `hold for an elastic pool`(waiters: Int) {
        #expect(explore(2, waiters: waiters - 1, late: 1) { $0.minimumSize = 0 } >= 100)
    }

    @Test(arguments: 0...2) func `hold when others want connections back`(waiters: Int) {
        #expect(explore(2, waiters: waiters - 1, late: 1, isShared: true) { $0.minimumSize = 0 } >= 100)
        #expect(explore(1, waiters: waiters, isShared: true) >= 20)
    }

    @Test(arguments: 0...2) func `hold when connections are used once, in lifo order`(waiters: Int) {
        let count = explore(2, waiters: waiters) {
            $0.usesLimit = 1
            $0.idleOrder = .lifo
        }
        #expect(count >= 100)
    }

    @Test func `hold while the pool is resized and invalidated`() {
        #expect(explore(1, waiters: 0, most: 2) >= 100)
    }

    @Test func `space first attempts, and leave retries alone`() {
        let machine = PoolMachine(rules: PoolRules(PoolConfiguration(), frequency: .milliseconds(100)))
        machine.start(3, 0)
        let ms: Int64 = 1_000_000
        #expect(machine.slots.map(\.state) == [0, 100 * ms, 200 * ms].map { .waitingToConnect(due: $0) })
        #expect(machine.firstFree(0) == 300 * ms)
        #expect(machine.firstFree(150 * ms) == 300 * ms)
        #expect(machine.firstFree(301 * ms) == 301 * ms)
        machine.slots[0].failures = 1
        #expect(machine.firstFree(0) == 0)
    }

    @Test func `find a waiter in the middle that left`() {
        var queue = WaiterQueue()
        let waiters = (0..<100).map { _ in Waiter(nil, site: BorrowSite(file: "", line: 0), since: 0) }
        for waiter in waiters { queue.append(waiter) }
        for n in stride(from: 0, to: 100, by: 2) { queue.leave(waiters[n]) }
        for n in stride(from: 1, to: 75, by: 2) { queue.leave(waiters[n]) }
        var left: [Int] = []
        while let waiter = queue.popFirst() {
            waiter.outcome = .leased(0)
            left.append(waiters.firstIndex { $0 === waiter } ?? -1)
        }
        #expect(left == Array(stride(from: 75, to: 100, by: 2)))
        #expect(queue.isEmpty)
    }

    @Test func `know when delays double, and where they end`() {
        let delays = BackOffDelays(.init())
        let ms: Int64 = 1_000_000
        #expect((0..<4).map { delays.delay($0) { 0 } } == [100 * ms, 200 * ms, 400 * ms, 800 * ms])
        #expect(delays.delay(100) { 0 } == 409_600 * ms)
        let varied = BackOffDelays(.init(initial: .seconds(1), factor: 1, jitter: 0.5))
        #expect(varied.delay(0) { 0 } == 500 * ms)
        #expect(varied.delay(0) { 0.5 } == 1000 * ms)
        #expect(BackOffDelays(.init(initial: .zero)).delay(1_000_000) { 0 } == 0)
    }

    @Test func `match errors by type, by superclass, and all but interruptions`() {
        #expect(matches(SocketTimeout("x"), [SocketError.self]))
        #expect(!matches(SocketError("x"), [SocketTimeout.self]))
        #expect(matches(NoConnection(), [SocketError.self, NoConnection.self]))
        #expect(matches(NoConnection(), [(any Error).self]))
        #expect(!matches(GreenletExit(), [(any Error).self, GreenletExit.self]))
        #expect(!matches(NoConnection(), []))
    }

    @Test func `tell quantiles within a quarter`() throws {
        var histogram = PoolStatistics.Histogram()
        for n in 1...1000 { histogram.record(Int64(n) * 1000) }
        for q in [0.01, 0.5, 0.9, 0.99, 1] {
            let exact = Duration.microseconds(Int64((1000 * q).rounded(.up)))
            let found = try #require(histogram.quantile(q))
            #expect(found >= exact && found <= exact * 1.25)
        }
        histogram.record(.max)
        #expect(histogram.quantile(1) ?? .zero > .seconds(9_000_000_000))
        #expect(histogram.count == 1001)
    }
}
