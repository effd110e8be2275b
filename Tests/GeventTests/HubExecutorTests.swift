import Gevent
import GeventTesting
import Glibc
import Testing

private func thisThread() -> UInt { UInt(pthread_self()) }

/// Lives on a hub, with the greenlets that it spawns.
private actor Ledger {
    private let hub: HubThread
    private(set) var entries: [String] = []
    private var balance = 0

    init(on hub: HubThread) { self.hub = hub }

    nonisolated var unownedExecutor: UnownedSerialExecutor { hub.asUnownedSerialExecutor() }

    func thread() -> UInt { thisThread() }

    /// Greenlets that use the actor's state without an `await`.
    func bookInParallel(_ count: Int) throws -> Int {
        let all = (0..<count).map { i in
            spawn {
                try sleep(for: .microseconds(i % 7))
                self.assumeIsolated { $0.balance += 1 }
            }
        }
        try joinAll(all, raisingErrors: true)
        return balance
    }

    func wait(for event: HubBound<Event>, _ name: String) throws {
        entries.append("\(name) waits")
        try event.value.wait()
        entries.append("\(name) is through")
    }

    func set(_ event: HubBound<Event>) { event.value.set() }

    func note(_ text: String) { entries.append(text) }

    func hop(_ count: Int) async -> Set<UInt> {
        var seen: Set = [thisThread()]
        for _ in 0..<count {
            await Task.yield()
            seen.insert(thisThread())
        }
        return seen
    }
}

@Suite(.inTurn)
struct `A hub as the executor of actors and tasks` {
    @TaskLocal static var tag = "none"

    @Test func `an actor's state and its greenlets are on the hub's thread`() async throws {
        let hub = HubThread()
        let ledger = Ledger(on: hub)
        let thread = try await hub.run { thisThread() }
        #expect(await ledger.thread() == thread)
        #expect(try await ledger.bookInParallel(100) == 100)
        #expect(await ledger.hop(20) == [thread])
        await hub.stop()
    }

    @Test func `a task runs on the hub from beginning to end`() async throws {
        let hub = HubThread()
        let thread = try await hub.run { thisThread() }
        let seen = try await Task(executorPreference: hub) {
            var seen: Set = [thisThread()]
            for _ in 0..<10 {
                await Task.yield()
                seen.insert(thisThread())
            }
            try await Task.sleep(for: .milliseconds(1))
            seen.insert(thisThread())
            await withTaskGroup(of: UInt.self) { group in
                for _ in 0..<5 { group.addTask { thisThread() } }
                for await one in group { seen.insert(one) }
            }
            return seen
        }.value
        #expect(seen == [thread])
        await hub.stop()
    }

    @Test func `a job that parks lets other jobs of its actor run`() async throws {
        let hub = HubThread()
        let ledger = Ledger(on: hub)
        let event = try await hub.run { HubBound(Event()) }
        async let waiting: Void = ledger.wait(for: event, "first")
        while await ledger.entries.isEmpty { await Task.yield() }
        await ledger.note("second")
        await ledger.set(event)
        try await waiting
        #expect(await ledger.entries == ["first waits", "second", "first is through"])
        await hub.stop()
    }

    @Test func `run in a task of the hub's runs in the task's own greenlet, at once`() async throws {
        let hub = HubThread()
        let (same, before, after, value) = try await Task(executorPreference: hub) {
            let here = ObjectIdentifier(AnyGreenlet.current)
            let before = Hub.current.statistics.switches
            let same = try await hub.run { ObjectIdentifier(AnyGreenlet.current) } == here
            let value = try await hub.run { 42 }
            return (same, before, Hub.current.statistics.switches, value)
        }.value
        #expect(same)
        #expect(before == after)
        #expect(value == 42)
        // It is a greenlet like any other: it may park.
        let other = try await Task(executorPreference: hub) {
            try await hub.run {
                let other = spawn { "spawned" }
                try sleep(for: .milliseconds(1))
                return try other.get()
            }
        }.value
        #expect(other == "spawned")
        await #expect(throws: Broken.self) {
            try await Task(executorPreference: hub) { try await hub.run { throw Broken() } }.value
        }
        await hub.stop()
    }

    @Test func `run goes to its own hub from a task of another's`() async throws {
        let (one, other) = (HubThread(), HubThread())
        let threads = try await Task(executorPreference: one) {
            let here = thisThread()
            let there = try await other.run { thisThread() }
            return (here, there, thisThread())
        }.value
        #expect(threads.0 == threads.2)
        #expect(threads.0 != threads.1)
        await one.stop()
        await other.stop()
    }

    @Test func `cancelling a task of the hub's interrupts what it runs there`() async throws {
        let hub = HubThread()
        let started = Locked(false)
        let task = Task(executorPreference: hub) {
            try await hub.run {
                started.set(true)
                try sleep(for: .seconds(1_000))
            }
        }
        while !started.value { await Task.yield() }
        task.cancel()
        await #expect(throws: GreenletExit.self) { try await task.value }
        await hub.stop()
    }

    @Test func `a cancellation that comes too late for one run hits nothing else`() async throws {
        let hub = HubThread()
        let (started, isCancelled) = (Locked(false), Locked(false))
        func park() throws { try sleep(for: .milliseconds(5)) }
        let task = Task(executorPreference: hub) {
            try await hub.run {
                started.set(true)
                // The hub's thread is kept busy: the kill can only arrive when this is over.
                while !isCancelled.value {}
            }
            try park()
            return "whole"
        }
        while !started.value { await Task.yield() }
        task.cancel()
        isCancelled.set(true)
        #expect(try await task.value == "whole")
        await hub.stop()
    }

    @Test func `priority and task-locals come along, and stay where they belong`() async throws {
        let hub = HubThread()
        for priority in [TaskPriority.low, .high] {
            let task = Task(priority: priority) {
                try await Self.$tag.withValue("outer") {
                    try await hub.run { (Task.currentPriority, Self.tag, try spawn { Self.tag }.get()) }
                }
            }
            let seen = try await task.value
            // Awaiting it may have raised it, never lowered.
            #expect(seen.0 >= priority)
            #expect(seen.1 == "outer" && seen.2 == "outer")
        }
        let low = Locked<TaskPriority?>(nil)
        let detached = Task.detached(priority: .background) { low.set(try await hub.run { Task.currentPriority }) }
        while low.value == nil { try await Task.sleep(for: .milliseconds(1)) }
        #expect(low.value == .background)
        try await detached.value
        let seen = try await Task(executorPreference: hub) {
            let inside = try await Self.$tag.withValue("inside") {
                try await hub.run {
                    try Self.$tag.withValue("innermost") { try sleep(for: .milliseconds(1)) }
                    return Self.tag
                }
            }
            return try await [inside, hub.run { Self.tag }]
        }.value
        #expect(seen == ["inside", "none"])
        await hub.stop()
    }

    @Test func `a greenlet that makes a task ready lends it nothing`() async throws {
        let hub = HubThread()
        let seen = try await Task(executorPreference: hub) {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                hub.post {
                    Greenlet { Self.$tag.withValue("the greenlet's") { continuation.resume() } }.start()
                }
            }
            return try await hub.run { (Self.tag, AnyGreenlet.current.spawner == nil) }
        }.value
        #expect(seen == ("none", true))
        await hub.stop()
    }

    @Test func `a run that is cancelled before it began throws a GreenletExit and no HubDestroyed`() async throws {
        let hub = HubThread()
        let mayGoOn = Locked(false)
        hub.post { while !mayGoOn.value {} }
        let task = Task { try await hub.run {} }
        task.cancel()
        mayGoOn.set(true)
        do {
            try await task.value
        } catch {
            #expect(type(of: error) == GreenletExit.self)
        }
        await hub.stop()
    }

    @Test func `tasks and actors outlive the hub`() async throws {
        let hub = HubThread()
        let ledger = Ledger(on: hub)
        let parked = Locked(false)
        let task = Task(executorPreference: hub) {
            do {
                try await hub.run {
                    parked.set(true)
                    try sleep(for: .seconds(1_000))
                }
                return "slept"
            } catch {
                await Task.yield()
                return "\(type(of: error))"
            }
        }
        while !parked.value { await Task.yield() }
        await hub.stop()
        #expect(await task.value == "HubDestroyed")
        await ledger.note("late")
        #expect(await ledger.entries == ["late"])
        #expect(await ledger.hop(10).isEmpty == false)
        await #expect(throws: HubDestroyed.self) { try await hub.run {} }
        // One at a time, after the end too.
        await withTaskGroup(of: Void.self) { group in
            for i in 0..<100 { group.addTask { await ledger.note("\(i)") } }
        }
        #expect(await ledger.entries.count == 101)
    }

    @Test func `a task of the hub's may stop it`() async {
        let hub = HubThread()
        let ended = await Task(executorPreference: hub) {
            await hub.stop()
            return true
        }.value
        #expect(ended)
    }

    @Test func `thousands of tasks share the hub with greenlets`() async throws {
        let hub = HubThread()
        let ledger = Ledger(on: hub)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for i in 0..<2_000 {
                group.addTask(executorPreference: hub) {
                    try await hub.run { try sleep(for: .microseconds(i % 100)) }
                    await ledger.note("\(i)")
                }
            }
            try await group.waitForAll()
        }
        #expect(await ledger.entries.count == 2_000)
        await hub.stop()
    }

    @Test func `jobs for which no stack is left run all the same`() async throws {
        let hub = HubThread(configuration: .init { $0.maximumGreenlets = 3 })
        try await hub.run { Hub.current.onUnhandledError = { _, _ in } }
        let event = try await hub.run { HubBound(Event()) }
        let ledger = Ledger(on: hub)
        async let one: Void = ledger.wait(for: event, "one")
        async let two: Void = ledger.wait(for: event, "two")
        async let three: Void = ledger.wait(for: event, "three")
        while await ledger.entries.count < 3 { await Task.yield() }
        await ledger.set(event)
        _ = try await (one, two, three)
        #expect(await ledger.entries.count == 6)
        await hub.stop()
    }
}
