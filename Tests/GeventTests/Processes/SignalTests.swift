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

    // gevent: hub.handle_error(None, …), which hands every error to handle_system_error.
    @Test(arguments: ["failure", "exit"])
    func `what a handler throws reaches the main greenlet, and is reported unless it is an exit`(way: String) async {
        await #expect(processExitsWith: .success) { [way] in
            exitWith {
                let error: any Error = way == "exit" ? GreenletExit() : Broken()
                let reports = Reports()
                let other = spawn { try sleep(for: .seconds(600)) }
                let handler = onSignal(SIGUSR1) {
                    try yield()
                    throw error
                }
                kill(getpid(), SIGUSR1)
                let caught = thrown { try sleep(for: .seconds(600)) }
                guard same(caught, error as AnyObject), !other.isReady else { return false }
                handler.cancel()
                guard way == "failure" else { return reports.errors.isEmpty }
                guard reports.errors.count == 1, case .signal? = reports.contexts.first else { return false }
                return same(reports.errors[0], error as AnyObject)
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
