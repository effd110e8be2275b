internal import EventLoop
internal import Glibc

/// A descriptor that threads use; closed when it is to be and none of them is at it. A greenlet that was killed leaves its
/// thread behind, which must not find another file under its number.
final class OpenFile: Sendable {
    private struct State {
        var descriptor: Int32
        var users = 0
        var isClosing = false
    }

    private let state: Lock<State>
    /// Whether it is closed at all.
    private let isOwned: Bool

    init(_ descriptor: Int32, isOwned: Bool = true) {
        state = Lock(State(descriptor: descriptor))
        self.isOwned = isOwned
    }

    deinit { close() }

    /// The descriptor, -1 once it is closed.
    var descriptor: Int32 { state.withLock { $0.isClosing ? -1 : $0.descriptor } }

    /// Runs a system call; -1 and an error number instead where it fails. Any thread.
    ///
    /// - Parameter event: What to wait for where somebody has made the descriptor non-blocking.
    func perform(awaiting event: Int32 = 0, _ call: (Int32) -> Int) -> (result: Int, error: Int32) {
        let descriptor = state.withLock { state in
            if state.isClosing { return Int32(-1) }
            state.users += 1
            return state.descriptor
        }
        guard descriptor >= 0 else { return (-1, EBADF) }
        var outcome: (Int, Int32)
        repeat {
            let result = call(descriptor)
            outcome = (result, result == -1 ? errno : 0)
            if outcome.1 == EAGAIN, event != 0 {
                var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
                poll(&entry, 1, -1)
            }
        } while outcome.1 == EINTR || outcome.1 == EAGAIN && event != 0
        let isLast = state.withLock { state in
            state.users -= 1
            return state.isClosing && state.users == 0
        }
        if isLast, isOwned { Glibc.close(descriptor) }
        return outcome
    }

    /// Idempotent.
    func close() {
        let descriptor = state.withLock { state in
            defer { state.isClosing = true }
            return state.isClosing || state.users > 0 ? -1 : state.descriptor
        }
        if descriptor >= 0, isOwned { Glibc.close(descriptor) }
    }
}
