import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `Hub callbacks` {
    // Conformance 3: callbacks first in, first out
    @Test func `run first in, first out`() throws {
        var order: [Int] = []
        for i in 0..<10 { Hub.current.runCallback { order.append(i) } }
        try yield()
        #expect(order == Array(0..<10))
    }

    // Conformance 3: callbacks first in, first out
    @Test func `a cancelled callback does not run`() throws {
        var ran = false
        let callback = Hub.current.runCallback { ran = true }
        callback.cancel()
        try yield()
        #expect(!ran)
    }

    // Conformance 3: callbacks first in, first out
    @Test func `a callback that a callback adds runs in the same turn`() throws {
        let hub = Hub.current
        var turns: [UInt64] = []
        hub.runCallback {
            turns.append(hub.statistics.turns)
            hub.runCallback { turns.append(hub.statistics.turns) }
        }
        try sleep(for: .milliseconds(1))
        #expect(turns.count == 2)
        #expect(turns.first == turns.last)
    }

    // Conformance 4: a callback is pending until entered
    @Test func `a callback is pending until it is entered`() throws {
        var inside: Bool?
        var callback: Hub.Callback?
        callback = Hub.current.runCallback { inside = callback?.isPending }
        #expect(callback?.isPending == true)
        try yield()
        #expect(inside == false)
        #expect(callback?.isPending == false)
    }

    // Conformance 18: nothing parks in a callback
    @Test(arguments: ["sleep", "yield", "event", "result", "semaphore", "join", "kill", "wait", "idle"])
    func `what parks is refused in a callback`(call: String) throws {
        let sleeper = spawn { try sleep(for: .seconds(100)) }
        try yield()
        var error: (any Error)?
        Hub.current.runCallback {
            error = thrown {
                switch call {
                case "sleep": try sleep(for: .seconds(1))
                case "yield": try yield()
                case "event": try Event().wait()
                case "result": _ = try AsyncResult<Int>().get()
                case "semaphore": try CountingSemaphore(0).acquire()
                case "join": try sleeper.join()
                case "kill": try sleeper.kill()
                case "wait": try wait(for: [sleeper])
                default: try idle()
                }
            }
        }
        try yield()
        #expect(error is BlockingSwitchOutError)
        #expect(error.map { "\($0)" } == "Impossible to call blocking function in the event loop callback")
    }

    // Conformance 18: nothing parks in a callback
    @Test func `what does not park may be called in a callback`() throws {
        let event = Event()
        let queue = Queue<Int>()
        let sleeper = spawn { try sleep(for: .seconds(100)) }
        try yield()
        var spawned: Greenlet<Int>?
        Hub.current.runCallback {
            spawned = Greenlet { 7 }.start()
            event.set()
            try queue.putNoWait(1)
            sleeper.killNoWait()
        }
        try event.wait()
        #expect(try queue.get() == 1)
        #expect(try spawned?.get() == 7)
        try sleeper.join()
        #expect(sleeper.isSuccessful)
    }

    // Conformance 118: queues in a callback
    @Test func `a queue is full or empty in a callback, and is not waited for`() throws {
        let queue = Queue<Int>(maxSize: 1)
        var (atEmpty, atFull): ((any Error)?, (any Error)?)
        Hub.current.runCallback {
            atEmpty = thrown { _ = try queue.get() }
            try queue.put(1)
            atFull = thrown { try queue.put(2) }
        }
        try yield()
        #expect(atEmpty is QueueEmpty)
        #expect(atFull is QueueFull)
    }

    // Conformance 18: nothing parks in a callback
    @Test func `a link may not park`() throws {
        let reports = Reports()
        let greenlet = spawn { 1 }
        greenlet.rawLink { _ in try sleep(for: .seconds(1)) }
        try sleep(for: .milliseconds(1))
        #expect(reports.errors.first is BlockingSwitchOutError)
    }

    // Conformance 73: when an error is handled
    @Test func `an error of a callback is reported and the next one runs`() throws {
        let reports = Reports()
        let error = Broken()
        var ran = false
        Hub.current.runCallback { throw error }
        Hub.current.runCallback { ran = true }
        try yield()
        #expect(ran)
        #expect(same(reports.errors.first, error))
        guard case .callback = reports.contexts.first else {
            Issue.record("reported as \(reports.contexts)")
            return
        }
    }
}
