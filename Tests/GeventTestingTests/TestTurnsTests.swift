import EventLoop
import Gevent
import Testing

@testable import GeventTesting

private final class Counts: Sendable {
    // Not a Mutex, which the thread sanitizer does not see into.
    let state = Lock((running: 0, most: 0, all: 0))

    func begin() {
        state.withLock { state in
            state.running += 1
            state.most = max(state.most, state.running)
        }
    }

    func end() {
        state.withLock { state in
            state.running -= 1
            state.all += 1
        }
    }
}

@Suite
struct `Turns of tests` {
    @Test func `no more run at a time than there are turns, and all run`() async throws {
        let turns = TestTurns(2)
        let counts = Counts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await turns.withTurn {
                        counts.begin()
                        for _ in 0..<5 { await Task.yield() }
                        counts.end()
                    }
                }
            }
            try await group.waitForAll()
        }
        counts.state.withLock { #expect($0.most <= 2 && $0.all == 50 && $0.running == 0) }
    }

    @Test func `one that has its turn does not wait for another`() async throws {
        let turns = TestTurns(1)
        let counts = Counts()
        try await turns.withTurn {
            try await turns.withTurn { counts.end() }
        }
        counts.state.withLock { #expect($0.all == 1) }
    }

    @Test func `a failed one gives its turn on`() async throws {
        struct Failed: Error {}
        let turns = TestTurns(1)
        await #expect(throws: Failed.self) { try await turns.withTurn { throw Failed() } }
        try await turns.withTurn {}
    }
}

@Suite(.hub)
struct `A test's time limit` {
    @Test func `interrupts a test that is still parked, and says what its greenlets wait for`() throws {
        let limit = TestTimeLimit.begin(.zero)
        defer { limit.end() }
        let event = Event()
        spawn { try event.wait() }.name = "worker"
        // For the thread that looks after all limits.
        spawn { TestTimeLimit.interruptOverdue() }
        let error = #expect(throws: TestTimeLimitExceeded.self) { try event.wait() }
        #expect(error?.limit == .zero && error?.dump.contains("worker") == true)
    }

    @Test func `leaves one alone that is through`() throws {
        let limit = TestTimeLimit.begin(.zero)
        limit.end()
        TestTimeLimit.interruptOverdue()
        try sleep(for: .milliseconds(1))
    }
}
