import CLibEV
import Glibc

/// Wakes a loop at a deadline to the nanosecond, by one timerfd.
///
/// libev hands epoll whole milliseconds, rounded up: a sleep of 0.05 ms would take 1.09 ms. A timerfd does not, and
/// since it is set to absolute times it can be left alone while the nearest deadline only moves later, as it does
/// where every receive starts and cancels a timeout: one system call a timeout instead of one a receive, paid for by
/// one wake-up in vain.
final class PreciseTimer {
    let descriptor: Int32
    private var armedFor = Nanoseconds.max

    init() throws {
        descriptor = cev_timerfd_create()
        guard descriptor >= 0 else { throw EventLoopError(call: "timerfd_create", errno: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Makes the descriptor readable at `deadline` (real time) or earlier.
    func arm(_ deadline: Nanoseconds) {
        guard deadline < armedFor else { return }
        let result = cev_timerfd_set(descriptor, deadline)
        guard result == 0 else { fatalError("timerfd_settime failed with errno \(errno)") }
        armedFor = deadline
    }

    /// In a forked child: one of its own instead of the parent's, under the same number.
    func reopen() {
        let fresh = cev_timerfd_create()
        // Where there is none, the deadlines are lost: nothing to go on with.
        guard fresh >= 0, dup2(fresh, descriptor) >= 0 else { fatalError("no timer after a fork: errno \(errno)") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        close(fresh)
        armedFor = .max
    }

    /// Takes the expiry, so that the descriptor is no longer readable.
    func acknowledge() {
        var expirations: UInt64 = 0
        // Safe: eight bytes are what a timerfd delivers. EAGAIN: set anew meanwhile, and still armed.
        if read(descriptor, &expirations, 8) == 8 { armedFor = .max }
    }
}
