import Gevent
import GeventTesting
import Glibc
import Testing

/// An error whose report is looked at.
struct ValueError: Error, CustomStringConvertible {
    let description: String
}

@Suite(.virtualTime)
struct `An error that nobody caught` {
    // Conformance 73: when an error is handled
    @Test func `is handled before links and joiners run, in the greenlet that ends`() throws {
        var order: [String] = []
        var current: AnyGreenlet?
        Hub.current.onUnhandledError = { _, _ in
            order.append("handler")
            current = .current
        }
        let g = spawn {
            try sleep(for: .seconds(1))
            throw Broken()
        }
        g.rawLink { _ in order.append("link") }
        let joiner = spawn {
            try g.join()
            order.append("joiner")
        }
        try joiner.join()
        #expect(order == ["handler", "link", "joiner"])
        #expect(current === g)
    }

    // Conformance 73: when an error is handled
    @Test func `comes with the greenlet it ended`() throws {
        let reports = Reports()
        let g = spawn { throw Broken() }
        try g.join()
        guard case .greenlet(let owner) = reports.contexts.first else {
            Issue.record("reported as \(reports.contexts)")
            return
        }
        #expect(owner === g)
    }

    // Conformance 73: when an error is handled
    @Test func `of a signal's handler comes as a signal's, and the handler goes on`() throws {
        let reports = Reports()
        // Used by no other test, nor by the runtime.
        let handler = onSignal(41) { throw Broken() }
        defer { handler.cancel() }
        for count in 1...2 {
            raise(41)
            #expect(thrown { try sleep(for: .seconds(600)) } is Broken)
            #expect(reports.errors.count == count)
        }
        #expect(reports.errors.count == 2 && reports.errors.allSatisfy { $0 is Broken })
        for context in reports.contexts {
            guard case .signal = context else {
                Issue.record("reported as \(context)")
                continue
            }
        }
    }

    // Conformance 75: reported each time
    @Test func `is reported although somebody gets it, and again for each it ends`() throws {
        let reports = Reports()
        let error = Broken()
        let inner = spawn { throw error }
        let outer = spawn { try inner.get() }
        #expect(same(thrown { try outer.get() }, error))
        #expect(reports.errors.count == 2)
        #expect(reports.errors.allSatisfy { same($0, error) })
    }

    // Conformance 76: what is not reported
    @Test func `is not reported when it is a GreenletExit`() throws {
        let reports = Reports()
        try spawn { throw GreenletExit() }.join()
        spawnRaw { throw HubDestroyed("x") }
        Hub.current.runCallback { throw GreenletExit("x") }
        try yield()
        #expect(reports.errors.isEmpty)
    }

    private static func failNamed() {
        let g = spawn { throw ValueError(description: "bad") }
        g.name = "worker-7"
        _ = try? g.join()
    }

    // Conformance 74: the report's text
    @Test func `is written to standard error in gevent's form`() async throws {
        let result = try await #require(
            processExitsWith: .success, observing: [\.standardErrorContent]
        ) {
            Self.failNamed()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        let report = try Regex(
            #"""
            (?x) ^ValueError:\ bad\n
            \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\ <Greenlet<\(\)>\ "worker-7"\ at\ 0x[0-9a-f]+:\ spawned\ at\ [^>]*>
            \ failed\ with\ ValueError\n\n$
            """#)
        #expect(text.contains(report), "\(text)")
    }

    private static func failInCallbacks() {
        Hub.current.runCallback { throw ValueError(description: "in a callback") }
        let g = spawn { 1 }
        g.rawLink { _ in throw ValueError(description: "in a link") }
        _ = try? sleep(for: .milliseconds(1))
        Hub.current.onUnhandledError = { _, _ in }
        Hub.current.runCallback { throw ValueError(description: "swallowed") }
        _ = try? yield()
        Hub.current.onUnhandledError = nil
        Hub.current.runCallback { throw ValueError(description: "printed again") }
        _ = try? yield()
    }

    // Conformance 74: the report's text
    @Test func `names the callback or the link, and a handler of nil prints again`() async throws {
        let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
            Self.failInCallbacks()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("<Callback> failed with ValueError\n\n"))
        #expect(try text.contains(Regex(#"\(link, <Greenlet<Int> at 0x[0-9a-f]+: .*>\) failed with ValueError\n\n"#)))
        #expect(!text.contains("swallowed"))
        #expect(text.contains("printed again"))
    }

    private static func failDescribed() {
        final class Worker: Greenlet<Void> {
            override func run() throws { throw ValueError(description: "bad") }
            override var description: String { "<worker of the described kind>" }
        }
        _ = try? Worker().start().join()
    }

    // Conformance 80: the report's subject
    @Test func `names its greenlet as that describes itself`() async throws {
        let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
            Self.failDescribed()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("Z <worker of the described kind> failed with ValueError\n\n"))
    }

    // Conformance 21: the program's end
    @Test func `a program that ends does not wait for its greenlets`() async throws {
        let result = try await #require(processExitsWith: .exitCode(3), observing: [\.standardErrorContent]) {
            Self.leave()
        }
        #expect(!String(decoding: result.standardErrorContent, as: UTF8.self).contains("deferred"))
    }

    private static func leave() {
        spawn {
            defer { perror("deferred") }
            try sleep(for: .seconds(100))
        }
        _ = try? yield()
        exit(3)
    }
}
