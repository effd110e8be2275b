import Gevent
import GeventTesting
import Testing

/// Something to wait for as the contract sees it. A new type joins by one line of `all`.
struct WaitableKind: CustomTestStringConvertible, Sendable {
    /// One that is not ready, what makes it so, and its own way to wait: whether it was ready in time.
    struct Face {
        let object: any Waitable
        let makeReady: () -> Void
        let wait: (Duration?) throws -> Bool
    }

    let testDescription: String
    let make: @Sendable () -> Face
    /// Greenlets live until they end, whoever holds them.
    var livesUnheld = false

    private init(_ name: String, livesUnheld: Bool = false, _ make: @escaping @Sendable () -> Face) {
        testDescription = name
        self.livesUnheld = livesUnheld
        self.make = make
    }

    static let all = [
        greenlet("Greenlet") {},
        greenlet("Greenlet that fails") { throw Broken() },
        greenlet("Greenlet that exits") { throw GreenletExit() },
        WaitableKind("Event") {
            let event = Event()
            return Face(object: event, makeReady: event.set, wait: { try event.wait(timeout: $0) })
        },
        WaitableKind("AsyncResult") {
            let result = AsyncResult<Int>()
            return Face(object: result, makeReady: { result.set(1) }, wait: { try result.wait(timeout: $0) == 1 })
        },
        WaitableKind("AsyncResult that fails") {
            let result = AsyncResult<Int>()
            return Face(
                object: result, makeReady: { result.setError(Broken()) },
                wait: {
                    try result.wait(timeout: $0)
                    return result.isReady
                })
        },
        semaphore("CountingSemaphore") { CountingSemaphore(0) },
        semaphore("BoundedSemaphore") {
            let semaphore = BoundedSemaphore(1)
            _ = semaphore.acquireNoWait()
            return semaphore
        },
    ]

    private static func greenlet(_ name: String, _ end: @escaping @Sendable () throws -> Void) -> WaitableKind {
        WaitableKind(name, livesUnheld: true) {
            let gate = Event()
            let greenlet = Greenlet<Void> {
                try gate.wait()
                try end()
            }
            return Face(object: greenlet.start(), makeReady: gate.set, wait: { try greenlet.join(timeout: $0) })
        }
    }

    private static func semaphore(_ name: String, _ make: @escaping @Sendable () -> CountingSemaphore) -> WaitableKind {
        WaitableKind(name) {
            let semaphore = make()
            var isReleased = false
            return Face(
                object: semaphore,
                makeReady: {
                    if !isReleased { semaphore.release() }
                    isReleased = true
                }, wait: { try semaphore.wait(timeout: $0) > 0 })
        }
    }
}

@Suite(.virtualTime)
struct `Any waitable` {
    // Conformance 130: waiting for several
    @Test(arguments: WaitableKind.all)
    func `becomes ready and is waited for`(kind: WaitableKind) throws {
        _ = Reports()
        let face = kind.make()
        #expect(!face.object.isReady)
        #expect(try wait(for: [face.object], timeout: .seconds(1)).isEmpty)
        #expect(try !face.wait(.seconds(1)))
        face.makeReady()
        #expect(try wait(for: [face.object]).count == 1)
        #expect(face.object.isReady)
        #expect(try wait(for: [face.object], timeout: .zero).count == 1)
        #expect(try wait(for: [face.object, face.object]).count == 2)
    }

    // Conformance 1: nothing switches that need not wait
    // Conformance 95: waiting for what is set
    @Test(arguments: WaitableKind.all)
    func `that is ready is not waited for`(kind: WaitableKind) throws {
        _ = Reports()
        let face = kind.make()
        face.makeReady()
        try wait(for: [face.object])
        // The notification that woke this greenlet is over afterwards.
        try yield()
        var others = 0
        spawn { others += 1 }
        #expect(try face.wait(nil))
        #expect(try face.wait(.zero))
        #expect(others == 0)
    }

    // Conformance 38: joiners in order
    // Conformance 64: links in order
    // Conformance 93: set wakes all, in order
    @Test(arguments: WaitableKind.all)
    func `wakes its waiters and calls its links in the order in which they came`(kind: WaitableKind) throws {
        _ = Reports()
        let face = kind.make()
        var order: [Int] = []
        for i in 0..<12 {
            if i.isMultiple(of: 2) {
                spawn { if try face.wait(nil) { order.append(i) } }
            } else {
                link(face.object) { order.append(i) }
            }
            try yield()
        }
        face.makeReady()
        #expect(order.isEmpty)
        try sleep(for: .seconds(1))
        #expect(order == Array(0..<12))
    }

    // Conformance 33: join and get, timed out
    // Conformance 36: an outer Timeout
    // Conformance 97: a wait's own timeout
    @Test(arguments: WaitableKind.all)
    func `keeps no trace of who timed out, was interrupted or killed`(kind: WaitableKind) throws {
        _ = Reports()
        let face = kind.make()
        let outer = Timeout(after: .seconds(2))
        let late = spawn { (try face.wait(.seconds(1)), try slept()) }
        let interrupted = spawn {
            outer.start()
            return (thrown { _ = try face.wait(.seconds(50)) }, try slept())
        }
        let killed = spawn {
            _ = try? face.wait(nil)
            return try slept()
        }
        let stays = spawn { try face.wait(nil) }
        try sleep(for: .seconds(2))
        killed.killNoWait()
        // Ready while those who have left sleep.
        try sleep(for: .seconds(1))
        face.makeReady()
        #expect(try stays.get())
        let (wasReady, first) = try late.get()
        #expect(!wasReady && first == .seconds(10))
        let (error, second) = try interrupted.get()
        #expect(same(error, outer) && second == .seconds(10))
        #expect(try killed.get() == .seconds(10))
    }

    /// How long a sleep of ten seconds takes: less for one that is woken by what it no longer waits for.
    private func slept() throws -> Duration {
        try Hub.current.clock.measure { try sleep(for: .seconds(10)) }
    }

    // Conformance 20: wakes before, during and after a wait
    @Test(arguments: WaitableKind.all)
    func `wakes a waiter once, also when it is ready at the moment of the timeout`(kind: WaitableKind) throws {
        _ = Reports()
        let twice = kind.make()
        let waiter = spawn { (try twice.wait(nil), try slept()) }
        try yield()
        twice.makeReady()
        twice.makeReady()
        let (wasReady, after) = try waiter.get()
        #expect(wasReady && after == .seconds(10))

        let close = kind.make()
        let racing = spawn {
            _ = try close.wait(.seconds(1))
            return try slept()
        }
        spawn(after: .seconds(1)) { close.makeReady() }
        #expect(try racing.get() == .seconds(10))
        #expect(close.object.isReady)
    }

    // Conformance 65: links run later
    // Conformance 67: links of the ended
    // Conformance 72: links fire once
    @Test(arguments: WaitableKind.all)
    func `calls its links once, in order, and never at once`(kind: WaitableKind) throws {
        _ = Reports()
        let face = kind.make()
        var order: [Int] = []
        for i in 0..<5 { link(face.object) { order.append(i) } }
        try yield()
        face.makeReady()
        #expect(order.isEmpty)
        try sleep(for: .seconds(1))
        #expect(order == [0, 1, 2, 3, 4])
        face.makeReady()
        try sleep(for: .seconds(1))
        #expect(order.count == 5)
        link(face.object) { order.append(5) }
        #expect(order.count == 5)
        try sleep(for: .seconds(1))
        #expect(order.last == 5 && order.count == 6)
    }

    // Conformance 69: a callback linked twice
    @Test(arguments: WaitableKind.all)
    func `calls a callback that was linked twice twice`(kind: WaitableKind) throws {
        _ = Reports()
        let face = kind.make()
        var calls = 0
        let callback = { () throws -> Void in calls += 1 }
        link(face.object, callback)
        link(face.object, callback)
        face.makeReady()
        try sleep(for: .seconds(1))
        #expect(calls == 2)
    }

    // Conformance 70: taking links away
    @Test(arguments: WaitableKind.all)
    func `forgets a link that was taken away, also by one that is called before`(kind: WaitableKind) throws {
        _ = Reports()
        let face = kind.make()
        var ran: [String] = []
        let gone = link(face.object) { ran.append("gone") }
        face.object.unlink(gone)
        face.object.unlink(gone)
        var later: Link?
        link(face.object) {
            ran.append("first")
            later.map(face.object.unlink)
        }
        later = link(face.object) { ran.append("later") }
        face.makeReady()
        try sleep(for: .seconds(1))
        #expect(ran == ["first"])
    }

    // Conformance 68: a link that throws
    @Test(arguments: WaitableKind.all)
    func `reports a link that throws and calls the others`(kind: WaitableKind) throws {
        let reports = Reports()
        let face = kind.make()
        var ran = false
        link(face.object) { throw ValueError(description: "link") }
        link(face.object) { ran = true }
        face.makeReady()
        try sleep(for: .seconds(1))
        #expect(ran)
        #expect(reports.errors.count { $0 is ValueError } == 1)
    }

    // Conformance 18: nothing parks in a callback
    @Test(arguments: WaitableKind.all)
    func `is not waited for in a hub callback`(kind: WaitableKind) throws {
        _ = Reports()
        let face = kind.make()
        try yield()
        var errors: [(any Error)?] = []
        Hub.current.runCallback {
            for timeout in [nil, Duration.zero, .seconds(1)] {
                errors.append(thrown { _ = try face.wait(timeout) })
                errors.append(thrown { try wait(for: [face.object], timeout: timeout) })
            }
        }
        try yield()
        #expect(errors.count == 6 && errors.allSatisfy { $0 is BlockingSwitchOutError })
        face.makeReady()
        try sleep(for: .seconds(1))
        #expect(face.object.isReady)
    }

    // Conformance 133: iterateReady
    @Test(arguments: WaitableKind.all)
    func `lets go of an iteration that is dropped, and of its own links`(kind: WaitableKind) throws {
        _ = Reports()
        var held = 0
        do {
            let face = kind.make()
            let counter = HeldCounter { held -= 1 }
            held += 1
            link(face.object) { withExtendedLifetime(counter) {} }
            _ = iterateReady([face.object, face.object])
            // The dropped iteration's links are gone: nothing of it is called.
            face.makeReady()
            try sleep(for: .seconds(1))
        }
        #expect(held == 0)
        if !kind.livesUnheld {
            do {
                let face = kind.make()
                let counter = HeldCounter { held -= 1 }
                held += 1
                link(face.object) { withExtendedLifetime(counter) {} }
            }
            #expect(held == 0)
        }
    }

    @discardableResult
    private func link(_ object: any Waitable, _ body: @escaping () throws -> Void) -> Link {
        func open<W: Waitable>(_ object: W) -> Link { object.rawLink { _ in try body() } }
        return open(object)
    }

    private final class HeldCounter {
        private let onDeinit: () -> Void
        init(_ onDeinit: @escaping () -> Void) { self.onDeinit = onDeinit }
        deinit { onDeinit() }
    }
}
