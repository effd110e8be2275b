import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `Links` {
    // Conformance 64: links in order
    @Test func `run in the order in which they were added, joins and gets among them`() throws {
        var order: [Int] = []
        let g = spawn { try sleep(for: .seconds(1)) }
        try yield()
        for i in 0..<1_000 {
            switch i % 3 {
            case 0:
                g.rawLink { _ in order.append(i) }
            case 1:
                spawn {
                    try g.join()
                    order.append(i)
                }
            default:
                spawn {
                    try g.get()
                    order.append(i)
                }
            }
            try yield()
        }
        try sleep(for: .seconds(2))
        #expect(order == Array(0..<1_000))
    }

    // Conformance 64: links in order
    @Test func `come after the one that joined before them, and before the next`() throws {
        var order: [String] = []
        let g = spawn { try sleep(for: .seconds(1)) }
        func join(_ name: String) -> Greenlet<Void> {
            spawn {
                try g.join()
                order.append(name)
            }
        }
        let first = join("first")
        try yield()
        g.rawLink { _ in order.append("link") }
        let second = join("second")
        let timed = spawn { try g.join(timeout: .milliseconds(500)) }
        try yield()
        try sleep(for: .seconds(2))
        #expect(order == ["first", "link", "second"])
        #expect(first.isSuccessful && second.isSuccessful && timed.value == false)
    }

    @Test func `do not miss the end where the only one that joined was killed`() throws {
        var order: [String] = []
        let g = spawn { try sleep(for: .seconds(1)) }
        let victim = spawn {
            do { try g.join() } catch {
                order.append("killed")
                // Parked in something else when the end has its turn.
                try sleep(for: .seconds(5))
                order.append("slept")
            }
        }
        try yield()
        victim.killNoWait()
        try sleep(for: .milliseconds(10))
        let other = spawn {
            try g.join()
            order.append("joined")
        }
        try other.join()
        #expect(order == ["killed", "joined"])
        try victim.join()
        #expect(order == ["killed", "joined", "slept"])
    }

    // Conformance 65: links run later
    @Test func `run after the greenlets that were runnable when it ended`() throws {
        var order: [String] = []
        let g = spawn { order.append("g") }
        spawn { order.append("other") }
        g.link { _ in order.append("link") }
        try sleep(for: .milliseconds(1))
        #expect(order == ["g", "other", "link"])
    }

    // Conformance 66: raw links on the hub, others in greenlets
    @Test func `one that parks does not hold up the next`() throws {
        var order: [String] = []
        let g = spawn { 1 }
        g.link { _ in
            try sleep(for: .seconds(1))
            order.append("slow")
        }
        g.link { _ in order.append("fast") }
        try sleep(for: .seconds(2))
        #expect(order == ["fast", "slow"])
    }

    // Conformance 66: raw links on the hub, others in greenlets
    @Test func `raw ones run on the hub`() throws {
        let g = spawn { 1 }
        var current: AnyGreenlet?
        g.rawLink { _ in current = .current }
        try sleep(for: .milliseconds(1))
        #expect(current?.name == "Hub")
    }

    // Conformance 67: links of the ended
    @Test func `of a greenlet that has ended are notified soon`() throws {
        let g = spawn { 1 }
        try g.join()
        var seen: [Int?] = []
        g.rawLink { seen.append($0.value) }
        g.link { seen.append($0.value) }
        #expect(seen.isEmpty)
        try sleep(for: .milliseconds(1))
        #expect(seen == [1, 1])
    }

    // Conformance 68: a link that throws
    @Test func `one that throws is reported and the others run`() throws {
        let reports = Reports()
        let error = Broken()
        var ran: [String] = []
        let g = spawn { 1 }
        g.rawLink { _ in throw error }
        g.link { _ in throw error }
        g.rawLink { _ in ran.append("raw") }
        g.link { _ in ran.append("link") }
        try sleep(for: .milliseconds(1))
        #expect(ran == ["raw", "link"])
        #expect(reports.errors.count == 2)
        for context in reports.contexts {
            guard case .link(let owner) = context else {
                Issue.record("reported as \(context)")
                continue
            }
            #expect(owner === g)
        }
    }

    // Conformance 69: a callback linked twice
    @Test func `the same callback linked twice runs twice`() throws {
        var runs = 0
        let callback: (Greenlet<Int>) -> Void = { _ in runs += 1 }
        let g = spawn { 1 }
        g.rawLink(callback)
        g.rawLink(callback)
        try sleep(for: .milliseconds(1))
        #expect(runs == 2)
    }

    // Conformance 70: taking links away
    @Test func `may be taken away, also twice and by an earlier one`() throws {
        var ran: [String] = []
        let g = spawn { 1 }
        let gone = g.rawLink { _ in ran.append("gone") }
        g.unlink(gone)
        g.unlink(gone)
        var later: Link?
        g.rawLink { _ in
            ran.append("first")
            later?.cancel()
        }
        later = g.rawLink { _ in ran.append("later") }
        g.rawLink { _ in ran.append("last") }
        try sleep(for: .milliseconds(1))
        #expect(ran == ["first", "last"])
    }

    // Conformance 71: results and queues as link targets
    // Conformance 100: a result as link target
    @Test func `an AsyncResult can be linked to`() throws {
        _ = Reports()
        let error = Broken()
        let (good, bad, killed) = (AsyncResult<Int>(), AsyncResult<Int>(), AsyncResult<Int>())
        spawn { 9 }.link(to: good)
        spawn { throw error }.link(to: bad)
        let sleeper = spawn {
            try sleep(for: .seconds(9))
            return 1
        }
        sleeper.link(to: killed)
        #expect(try good.get() == 9)
        #expect(same(thrown { _ = try bad.get() }, error))
        sleeper.killNoWait()
        #expect(throws: GreenletExit.self) { try killed.get() }
    }

    // Conformance 71: results and queues as link targets
    @Test func `a queue can be linked to`() throws {
        let queue = Queue<Int>()
        for i in 0..<3 { spawn { i }.rawLink { g in try g.value.map { try queue.putNoWait($0) } } }
        #expect(try [queue.get(), queue.get(), queue.get()] == [0, 1, 2])
    }

    // Conformance 39: GreenletExit is success
    @Test func `for values and for errors run for theirs only`() throws {
        _ = Reports()
        var ran: [String] = []
        let good = spawn { 1 }
        let bad = spawn { throw Broken() }
        good.linkValue { _ in ran.append("good value") }
        good.linkError { _ in ran.append("good error") }
        bad.linkValue { _ in ran.append("bad value") }
        bad.linkError { _ in ran.append("bad error") }
        try sleep(for: .milliseconds(1))
        #expect(Set(ran) == ["good value", "bad error"])
    }
}
