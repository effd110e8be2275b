#if canImport(Testing)
    internal import Glibc
    internal import EventLoop

    /// Lets a few tests run at a time; the others wait for their turn, first come, first served.
    ///
    /// Swift Testing starts all tests of a run at once. A test with a thread of its own is then one of thousands, and
    /// on a busy machine its clocks and its peers' time limits run while it waits for a processor.
    final class TestTurns: Sendable {
        /// Eight tests a processor: most wait for a socket, a process or a quiet moment most of the time.
        static let shared = TestTurns(8 * max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

        /// Whether the current task has its turn already: a test may have one trait of its suite's and one of its own.
        @TaskLocal private static var hasTurn = false

        private struct State {
            var free: Int
            var waiting: [CheckedContinuation<Void, Never>] = []
        }

        private let state: Lock<State>

        init(_ count: Int) { state = Lock(State(free: count)) }

        /// Runs `body` in its turn.
        func withTurn(_ body: @concurrent @Sendable () async throws -> Void) async throws {
            if Self.hasTurn { return try await body() }
            await take()
            defer { give() }
            try await Self.$hasTurn.withValue(true) { try await body() }
        }

        private func take() async {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard state.free == 0 else {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append(continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        }

        private func give() {
            let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard !state.waiting.isEmpty else {
                    state.free += 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
            next?.resume()
        }
    }
#endif
