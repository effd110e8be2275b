import CLibEV
import Glibc

/// System calls that Swift's Glibc module lacks; -1 and `errno` where they fail.
package enum System {
    /// A descriptor of a process, readable once it has ended. Close-on-exec.
    package static func openProcess(_ process: Int32) -> Int32 { cev_pidfd_open(process) }

    /// Sends a signal to the process of such a descriptor, and never to another one that got its number.
    package static func signal(_ processDescriptor: Int32, _ signal: Int32) -> Int32 {
        cev_pidfd_send_signal(processDescriptor, signal)
    }

    /// Both ends of a pipe, close-on-exec, blocking; nil and `errno` where there is none.
    package static func pipe() -> (reading: Int32, writing: Int32)? {
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutableBytes(of: &ends) { bytes in
            // Safe: a pair of Int32 lies in memory as an array of two.
            cev_pipe2(bytes.baseAddress?.assumingMemoryBound(to: Int32.self), O_CLOEXEC)
        }
        return result == 0 ? (ends.0, ends.1) : nil
    }

    /// `write(2)` without SIGPIPE: see `withoutPipeSignal`.
    package static func writeWithoutSignal(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        withoutPipeSignal(wanting: bytes.count) { write(descriptor, bytes.baseAddress, bytes.count) }
    }

    /// Makes a system call that writes to what has no flag against SIGPIPE. The signal of a reader that has gone does not
    /// end the program; the call's own result says `EPIPE`, now or at the next call.
    ///
    /// The signal is sent to the calling thread, during the call. It is blocked meanwhile, and taken if the call did less
    /// than it was to do: a blocking pipe whose reader goes in the middle gives a count and the signal. One that was
    /// pending before, on a thread that blocks it, is its owner's and stays.
    ///
    /// - Parameter count: how many bytes the call is to write.
    package static func withoutPipeSignal(wanting count: Int, _ call: () -> Int) -> Int {
        var pipeSignal = sigset_t()
        var previous = sigset_t()
        var pending = sigset_t()
        sigemptyset(&pipeSignal)
        sigaddset(&pipeSignal, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipeSignal, &previous)
        let isBlocked = sigismember(&previous, SIGPIPE) == 1
        let wasPending = isBlocked && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1
        let result = call()
        let code = errno
        if result < count, !wasPending {
            var none = timespec()
            while sigtimedwait(&pipeSignal, nil, &none) == -1, errno == EINTR {}
        }
        if !isBlocked { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        errno = code
        return result
    }
}
