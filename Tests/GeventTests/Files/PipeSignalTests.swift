import EventLoop
import Gevent
import GeventTesting
import Glibc
import Testing

/// A pipe; blocking, as one is that comes from a shell.
private func makePipe() -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { exit(90) }
    return (ends[0], ends[1])
}

private func putByte(_ writing: Int32) -> Int {
    withUnsafeBytes(of: UInt8(1)) { System.writeWithoutSignal(writing, $0) }
}

/// Returns once a writer has filled the pipe and so waits, in the middle of its call, for the reader.
private func waitUntilFull(_ reading: Int32) {
    var available: Int32 = 0
    repeat { usleep(1_000) } while ioctl(reading, UInt(FIONREAD), &available) == 0 && available < 65_536
}

// Each in a process of its own, which a SIGPIPE would end.
@Suite(.inTurn)
struct `A reader that goes away` {
    @Test func `in the middle of a write to a blocking pipe gives EPIPE, and no signal`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let ends = makePipe()
                let file = try File(descriptor: ends.writing)
                let writer = spawn { try file.write([UInt8](repeating: 1, count: 1 << 20)) }
                try yield()
                waitUntilFull(ends.reading)
                close(ends.reading)
                return socketError { try writer.get() }?.errno == EPIPE
            }
        }
    }

    @Test func `before a write to a pipe gives EPIPE, and no signal`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let ends = makePipe()
                close(ends.reading)
                return putByte(ends.writing) == -1 && errno == EPIPE
            }
        }
    }

    @Test func `of standard error does not end the program with an error that nobody caught`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let ends = makePipe()
                guard dup2(ends.writing, STDERR_FILENO) >= 0 else { return false }
                close(ends.writing)
                close(ends.reading)
                try spawn { throw Broken() }.join()
                return true
            }
        }
    }

    @Test func `leaves a SIGPIPE pending that the thread had blocked before`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                var pipeSignal = sigset_t()
                sigemptyset(&pipeSignal)
                sigaddset(&pipeSignal, SIGPIPE)
                pthread_sigmask(SIG_BLOCK, &pipeSignal, nil)
                func isPending() -> Bool {
                    var pending = sigset_t()
                    sigpending(&pending)
                    return sigismember(&pending, SIGPIPE) == 1
                }
                let ends = makePipe()
                close(ends.reading)
                // Its own is taken, although the thread blocks the signal.
                _ = putByte(ends.writing)
                guard !isPending() else { return false }
                // The owner's is left.
                pthread_kill(pthread_self(), SIGPIPE)
                _ = putByte(ends.writing)
                return isPending()
            }
        }
    }
}
