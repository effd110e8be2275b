import Gevent
import GeventTesting
import Glibc
import Testing

private class AppError: Error, @unchecked Sendable {}
private final class DiskError: AppError, @unchecked Sendable {}

/// The texts that went to the current hub's stream.
private final class Stream {
    private(set) var texts: [String] = []

    init() { Hub.current.errorStream = Hub.ErrorStream { self.texts.append($0) } }
}

@Suite(.virtualTime)
struct `The classes of errors of a hub` {
    // Conformance 76: NOT_ERROR is assignable, per hub, and subclasses match.
    @Test func `decide what is not reported`() throws {
        let stream = Stream()
        #expect(Hub.current.notErrors.map { ObjectIdentifier($0) } == [ObjectIdentifier(GreenletExit.self)])
        Hub.current.notErrors.append(AppError.self)
        for error in [AppError(), DiskError(), Broken(), GreenletExit()] as [any Error] {
            try spawn { throw error }.join()
        }
        #expect(stream.texts.count == 1)
        #expect(stream.texts.first?.hasPrefix("Broken: GeventTests.Broken\n") == true, "\(stream.texts)")
        Hub.current.notErrors = [(any Error).self]
        try spawn { throw Broken() }.join()
        #expect(stream.texts.count == 1)
    }

    // Conformance 76: the stream may be another, or none.
    @Test func `leave it to the stream where reports go`() throws {
        let stream = Stream()
        try spawn { throw ValueError(description: "seen") }.join()
        Hub.current.errorStream = .silent
        try spawn { throw ValueError(description: "silenced") }.join()
        #expect(stream.texts.count == 1)
        #expect(stream.texts[0].hasPrefix("ValueError: seen\n"))
        #expect(stream.texts[0].hasSuffix(" failed with ValueError\n\n"))

        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        Hub.current.errorStream = .descriptor(ends[1])
        try spawn { throw ValueError(description: "piped") }.join()
        var bytes = [UInt8](repeating: 0, count: 500)
        let count = read(ends[0], &bytes, 500)
        #expect(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).hasPrefix("ValueError: piped\n"))
        close(ends[0])
        close(ends[1])
    }

    // Conformance 74: the type alone where there is no text, as Python prints it.
    @Test func `an error without a text of its own is named once`() throws {
        struct Empty: Error {}
        let stream = Stream()
        try spawn { throw Empty() }.join()
        #expect(stream.texts[0].hasPrefix("Empty\n"))
    }

    // Conformance 77: into main where it waits, before the failing greenlet completes.
    @Test func `throw a system error into the main greenlet`() throws {
        let stream = Stream()
        Hub.current.systemErrors.append(AppError.self)
        let error = DiskError()
        var order: [String] = []
        let failing = spawn { throw error }
        failing.rawLink { _ in order.append("link") }
        let main = thrown { try sleep(for: .seconds(10)) }
        order.append("main")
        #expect(same(main, error))
        #expect(stream.texts.count == 1)
        try sleep(for: .seconds(1))
        #expect(order == ["main", "link"])
        #expect(same(failing.error, error))
    }

    // Conformance 77: not printed when it is a NOT_ERROR as well.
    @Test func `do not report a system error that is not an error`() throws {
        let stream = Stream()
        Hub.current.systemErrors = [AppError.self]
        Hub.current.notErrors = [DiskError.self]
        let failing = spawn { throw DiskError() }
        #expect(throws: DiskError.self) { try failing.join() }
        Hub.current.runCallback { throw AppError() }
        #expect(throws: AppError.self) { try sleep(for: .seconds(1)) }
        #expect(stream.texts.count == 1)
        #expect(stream.texts[0].contains("<Callback> failed with AppError"))
    }

    // Conformance 77: main that is about to run gets it where it waits next.
    @Test func `reach a main greenlet that does not wait at the moment`() throws {
        Hub.current.systemErrors = [AppError.self]
        Hub.current.errorStream = .silent
        let unstarted = Greenlet<Void> {}
        unstarted.killNoWait(throwing: AppError())
        #expect(throws: AppError.self) { try sleep(for: .seconds(1)) }

        spawn { throw AppError() }
        #expect(throws: AppError.self) { try yield() }
        try sleep(for: .seconds(1))
    }

    // Conformance 79: whatever the handler does, the result arrives.
    @Test func `a handler that parks, spawns or fails in a greenlet does not break the delivery`() throws {
        var contexts = 0
        var spawned: Greenlet<Int>?
        Hub.current.onUnhandledError = { _, error in
            contexts += 1
            guard error is DiskError else { return }
            let refusal = thrown { try sleep(for: .seconds(3)) }
            spawned = Greenlet { throw refusal ?? Broken() }.start()
        }
        let error = DiskError()
        let failing = spawn { throw error }
        var linked = false
        failing.rawLink { _ in linked = true }
        let other = spawn {
            try sleep(for: .seconds(1))
            return 5
        }
        #expect(try other.get() == 5)
        #expect(same(thrown { try failing.get() }, error))
        try sleep(for: .seconds(5))
        #expect(linked && contexts == 2)
        #expect(spawned?.error is Broken)
    }

    // Conformance 79: in a callback the handler may not park, as any callback.
    @Test func `a handler that parks in a callback is told so, and the hub goes on`() throws {
        var refusal: (any Error)?
        Hub.current.onUnhandledError = { _, _ in refusal = thrown { try sleep(for: .seconds(1)) } }
        Hub.current.runCallback { throw Broken() }
        try sleep(for: .seconds(1))
        #expect(refusal is BlockingSwitchOutError)
        #expect(try spawn { 1 }.get() == 1)
    }

    // Conformance 79: and can be ended there.
    @Test func `a greenlet that waits in its handler can be killed and its hub destroyed`() throws {
        var interruptions: [any Error] = []
        try Hub.withVirtualTime { _ throws in
            Hub.current.onUnhandledError = { _, _ in
                if let error = thrown({ try Event().wait() }) { interruptions.append(error) }
            }
            let first = spawn { throw Broken() }
            spawn { throw Broken() }
            try sleep(for: .seconds(1))
            try first.kill()
            try yield()
            #expect(interruptions.count == 1)
            #expect(first.error is Broken)
        }
        #expect(interruptions.count == 2)
        #expect(interruptions.last is HubDestroyed)
    }
}

@Suite(.inTurn)
struct `Ctrl-C` {
    private static func interrupt() {
        let hub = Hub.current
        hub.throwsKeyboardInterrupt = true
        var others = 0
        let waiter = spawn {
            do { try sleep(for: .seconds(60)) } catch { others += 1 }
        }
        // Twice: the hub goes on.
        for _ in 0..<2 {
            spawn(after: .milliseconds(1)) { raiseSignal(SIGINT) }
            do {
                try sleep(for: .seconds(30))
                exit(3)
            } catch is KeyboardInterrupt {
            } catch {
                exit(4)
            }
        }
        guard others == 0, !waiter.isReady, hub.throwsKeyboardInterrupt else { exit(5) }
        // A greenlet that computes is not interrupted; main is, where it waits next.
        let computing = Greenlet { () throws -> Int in
            raiseSignal(SIGINT)
            burn(.milliseconds(5))
            return 7
        }.start()
        do {
            try computing.join()
            try sleep(for: .seconds(30))
            exit(6)
        } catch is KeyboardInterrupt {
        } catch {
            exit(7)
        }
        guard computing.isReady ? computing.value == 7 : (try? computing.get()) == 7 else { exit(8) }
        exit(0)
    }

    // Conformance 78: SIGINT is a KeyboardInterrupt in main only, where that was asked for.
    @Test func `is thrown into the main greenlet alone, where it was asked for`() async throws {
        let result = try await #require(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
            Self.interrupt()
        }
        // Conformance 73, 74: without a context only the time follows the error.
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        let report = try Regex(#"KeyboardInterrupt\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n"#)
        #expect(text.matches(of: report).count == 3, "\(text)")
        #expect(!text.contains("failed with"))
    }

    private static func takeBack() {
        Hub.current.throwsKeyboardInterrupt = true
        Hub.current.throwsKeyboardInterrupt = false
        raiseSignal(SIGINT)
        _ = try? sleep(for: .seconds(30))
    }

    // Conformance 78: Swift's own way otherwise.
    @Test func `ends the program otherwise`() async {
        await #expect(processExitsWith: .signal(SIGINT)) { Self.takeBack() }
    }
}
