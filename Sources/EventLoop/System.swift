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

    /// `write(2)`, by which a closed pipe's `SIGPIPE` does not end the program; it gives `EPIPE` only.
    package static func writeWithoutSignal(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        var pipeSignal = sigset_t()
        var previous = sigset_t()
        sigemptyset(&pipeSignal)
        sigaddset(&pipeSignal, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipeSignal, &previous)
        let count = write(descriptor, bytes.baseAddress, bytes.count)
        let code = errno
        if count < 0, code == EPIPE {
            // It is pending on this thread: taken before it could be delivered.
            var none = timespec()
            while sigtimedwait(&pipeSignal, nil, &none) == -1, errno == EINTR {}
        }
        pthread_sigmask(SIG_SETMASK, &previous, nil)
        errno = code
        return count
    }
}
