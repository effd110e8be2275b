import Gevent
import GeventTesting
import Glibc
import Testing

// Each in a process of its own: a signal belongs to the whole process.
@Suite(.inTurn)
struct SignalTests {
    @Test func `a handler runs in a greenlet that may park, for each signal until it is cancelled`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let queue = Queue<Int>()
                let handler = onSignal(SIGUSR1) {
                    try sleep(for: .milliseconds(1))
                    try queue.putNoWait(1)
                }
                let other = onSignal(SIGUSR1) { try queue.putNoWait(2) }
                kill(getpid(), SIGUSR1)
                var sum = try queue.get(timeout: .seconds(600)) + queue.get(timeout: .seconds(600))
                handler.cancel()
                handler.cancel()
                kill(getpid(), SIGUSR1)
                sum += try queue.get(timeout: .seconds(600)) * 10
                other.cancel()
                return sum == 23
            }
        }
    }

    @Test func `waiting for a signal alone is a LoopExit unless it keeps the loop alive`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let arrived = Event()
                let handler = onSignal(SIGUSR1) { arrived.set() }
                guard thrown({ try arrived.wait() }) is LoopExit else { return false }
                handler.keepsLoopAlive = true
                let sender = BareThread {
                    usleep(5000)
                    kill(getpid(), SIGUSR1)
                }
                guard try arrived.wait() else { return false }
                sender.join()
                handler.cancel()
                guard !handler.keepsLoopAlive else { return false }
                arrived.clear()
                return thrown { try arrived.wait() } is LoopExit
            }
        }
    }
}
