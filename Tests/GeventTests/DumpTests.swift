import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A dump` {
    @inline(never)
    private func standHere(_ event: Event) throws -> Bool {
        let isSet = try event.wait()
        return !isSet
    }

    private func snapshot(_ greenlet: AnyGreenlet) throws -> Hub.GreenletSnapshot {
        try #require(Hub.current.greenlets.first { $0.id == ObjectIdentifier(greenlet) })
    }

    @Test func `says what each waits for, since when and until when`() throws {
        let sleeper = spawn { try sleep(for: .seconds(10)) }
        let waiter = spawn { try Event().wait(timeout: .seconds(20)) }
        let limited = spawn { try withTimeout(.seconds(30)) { try CountingSemaphore(0).acquire() } }
        let patient = spawn { _ = try Queue<Int>().get() }
        let joiner = spawn { try patient.join() }
        for (name, greenlet) in zip(["s", "w", "l", "p", "j"], [sleeper, waiter, limited, patient, joiner]) {
            greenlet.name = name
        }
        try sleep(for: .seconds(3))
        let text = Hub.current.dump(stacks: false)
        #expect(text.contains("s: waits for sleep since 3.000 s, for 7.000 s more, spawned at GeventTests/Dump"))
        #expect(text.contains("w: waits for an Event since 3.000 s, for 17.000 s more at most, spawned"))
        #expect(text.contains("l: waits for a semaphore since 3.000 s, Timeout in 27.000 s, spawned"))
        #expect(text.contains("p: waits for a queue since 3.000 s, spawned"))
        #expect(text.contains("j: waits for a greenlet's end since 3.000 s, spawned"))
        #expect(text.contains("MainGreenlet: running"))

        let one = try snapshot(limited)
        #expect(one.state == .waiting && one.waitsFor == "a semaphore" && one.until == nil)
        #expect(one.timeouts.map { $0 - one.taken } == [.seconds(27)])
        #expect(one.since.map { one.taken - $0 } == .seconds(3))
        #expect(one.type == "Greenlet<()>")
        try killAll([sleeper, waiter, limited, patient, joiner] as [AnyGreenlet])
        #expect(Hub.current.greenlets.map(\.name) == ["MainGreenlet"])
    }

    @Test func `knows every state`() throws {
        let delayed = spawn(after: .seconds(5)) {}
        let yielded = spawn { try yield() }
        try yield()
        let scheduled = spawn {}
        #expect(try snapshot(delayed).state == .delayed)
        #expect(try snapshot(yielded).state == .runnable)
        #expect(try snapshot(scheduled).state == .scheduled)
        #expect(try snapshot(scheduled).backtrace.addresses.isEmpty)
        #expect(try snapshot(.current).state == .running)
        let lines = try [delayed, yielded, scheduled].map { "\(try snapshot($0))" }
        #expect(lines[0].contains(": starts in 5.000 s, spawned at"))
        #expect(lines[1].contains(": runnable"))
        #expect(lines[2].contains(": about to start"))
        try joinAll([delayed, yielded, scheduled])
    }

    @Test func `is a tree of who spawned whom, with orphans at its root`() throws {
        func child(_ name: String, _ body: @escaping () throws -> Void = {}) -> Greenlet<Void> {
            let greenlet = spawn {
                try body()
                try sleep(for: .seconds(100))
            }
            greenlet.name = name
            return greenlet
        }
        let rootGreenlet = child("root") {
            _ = child("a") { _ = child("a1") }
        }
        _ = child("wide") { for name in ["b", "c", "d"] { _ = child(name) { _ = child(name + "1") } } }
        try spawn { _ = child("orphan") }.join()
        try sleep(for: .seconds(1))
        let lines = Hub.current.dump(stacks: false).split(separator: "\n").map { $0.prefix { $0 != ":" } }
        #expect(lines.contains("  orphan") && lines.contains("  MainGreenlet") && lines.count == 13)
        let root = try #require(lines.firstIndex(of: "  root"))
        #expect(Array(lines[root...].prefix(3)) == ["  root", "  +- a", "     +- a1"])
        let wide = try #require(lines.firstIndex(of: "  wide"))
        #expect(Set(lines[wide...].prefix(7).filter { $0.hasPrefix("  +- ") }) == ["  +- b", "  +- c", "  +- d"])
        // Each under its own; the last one has no line beside it.
        for place in [wide + 1, wide + 3, wide + 5] {
            let margin = place == wide + 5 ? "     +- " : "  |  +- "
            #expect(lines[place + 1] == margin + lines[place].dropFirst(5) + "1")
        }
        let snapshots = Hub.current.greenlets
        #expect(snapshots.first { $0.name == "a" }?.spawner == ObjectIdentifier(rootGreenlet))
        #expect(snapshots.first { $0.name == "orphan" }?.spawner == nil)
    }

    @Test func `shows where each stands, by name`() throws {
        let event = Event()
        let waiter = spawn { try standHere(event) }
        waiter.name = "the-waiter"
        try yield()
        let frames = try snapshot(waiter).backtrace.frames
        let names = frames.map { $0.function ?? "?" }
        let place = try #require(names.firstIndex { $0.contains("standHere") }, "\(names)")
        // Whom it waits in stands above, the closure that called it below, and the root of the stack at the end.
        #expect(names[..<place].contains { $0.contains("Gevent.Event.wait") })
        #expect(names[place...].contains { $0.contains("closure #1") })
        #expect(names.last == "cg_start" || names.last?.contains("greenletEntry") == true, "\(names)")

        let text = Hub.current.dump()
        let lines = text.split(separator: "\n").map(String.init)
        let start = try #require(lines.firstIndex { $0.contains("the-waiter: waits for an Event") })
        #expect(lines[start + 1].contains("     at Gevent.Event.wait"), "\(text)")
        #expect(lines[start + 2].contains("standHere"))
        #expect(lines[start + 3].contains("closure #1"))
        // Names are short: no results, no file numbers.
        #expect(lines[start + 2].hasSuffix(".standHere(Gevent.Event)"), "\(text)")
        // The runtime's own calls are left out.
        #expect(!text.contains("runToEnd") && !text.contains("WaitLot") && !text.contains("reabstraction thunk"))
        // The main greenlet's too.
        #expect(text.contains("shows where each stands") || text.contains("showswhereeachstands"), "\(text)")
        event.set()
        try waiter.join()
    }

    @Test func `can be made in a callback, in a greenlet and under task-locals`() throws {
        let event = Event()
        let waiter = Number.$current.withValue(1) {
            spawn { try withTimeout(.seconds(100)) { try standHere(event) } }
        }
        try yield()
        var texts = [try spawn { Hub.current.dump() }.get()]
        Hub.current.runCallback { texts.append(Hub.current.dump()) }
        try sleep(for: .seconds(1))
        for text in texts {
            #expect(text.contains("standHere"))
            // Without the generic clause.
            #expect(text.contains("at Gevent.withTimeout(_: Optional<Duration>, throwing: "), "\(text)")
            #expect(!text.contains("InheritingJob") && !text.contains("Backtrace.init"), "\(text)")
        }
        #expect(texts[1].contains("MainGreenlet: waits for sleep"))
        event.set()
        try waiter.join()
    }

    private enum Number {
        @TaskLocal static var current = 0
    }

    @inline(never)
    private func descend(_ depth: Int, _ event: Event) throws -> Int {
        guard depth > 0 else { return try event.wait() ? 1 : 0 }
        let below = try descend(depth - 1, event)
        return below + 1
    }

    @Test func `of a deep stack is cut off, and of a shallow one ends at its root`() throws {
        let event = Event()
        let deep = spawn { try descend(300, event) }
        let shallow = spawn { try descend(10, event) }
        try yield()
        #expect(try snapshot(deep).backtrace.addresses.count == 128)
        let count = try snapshot(shallow).backtrace.addresses.count
        #expect((12..<60).contains(count), "\(count)")
        event.set()
        #expect(try shallow.get() == 11)
        #expect(try deep.get() == 301)
    }

    @Test func `of thousands that spawned each other needs no deep stack`() throws {
        let gate = Event()
        func chain(_ left: Int) {
            spawn {
                if left > 0 { chain(left - 1) }
                try gate.wait()
            }
        }
        chain(2_000)
        try sleep(for: .seconds(1))
        let text = try spawn { Hub.current.dump(stacks: false) }.get()
        #expect(text.split(separator: "\n").count == 2_001 + 3)
        gate.set()
        try sleep(for: .seconds(1))
    }

    @Test func `of a greenlet that waits under virtual time within a greenlet stays within its stack`() throws {
        let names = try spawn {
            try Hub.withVirtualTime { _ in
                Hub.current.greenlets[0].backtrace.frames.map { $0.function ?? "?" }
            }
        }.get()
        #expect(names.contains { $0.contains("withVirtualTime") })
        #expect(names.last == "cg_start" || names.last?.contains("greenletEntry") == true, "\(names)")
    }
}
