import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct `A hub` {
    // Conformance 2: one hub a thread
    @Test func `is one a thread`() async throws {
        #expect(sees() == sees())
        let thread = HubThread()
        let there = try await thread.run { ObjectIdentifier(Hub.current) }
        #expect(try await thread.run { ObjectIdentifier(Hub.current) } == there)
        #expect(sees() != there)
        await thread.stop()
    }

    private func sees() -> ObjectIdentifier { ObjectIdentifier(Hub.current) }

    // Conformance 24: destroying a hub
    @Test func `that is destroyed makes room for a new one`() throws {
        for _ in 0..<3 {
            let old = Hub.current
            var ended: (any Error)?
            let g = spawn { () throws -> Void in
                do { try Event().wait() } catch {
                    ended = error
                    throw error
                }
            }
            let fresh = Greenlet { 1 }.start()
            let later = Greenlet { 1 }.start(after: .seconds(100))
            try sleep(for: .milliseconds(1))
            #expect(fresh.isReady)
            old.destroy()
            #expect(g.isDead && ended is HubDestroyed)
            #expect(later.isDead)
            #expect(throws: HubDestroyed.self) { try later.getNoWait() }
            #expect(Hub.current !== old)
            #expect(try spawn { 4 }.get() == 4)
        }
    }

    @Test func `that is destroyed holds nothing any more`() throws {
        weak var gone: Hub?
        func use() throws {
            let hub = Hub.current
            gone = hub
            var contexts: [UnhandledErrorContext] = []
            hub.onUnhandledError = { context, _ in contexts.append(context) }
            try spawn { throw Broken() }.join()
            spawn(after: .seconds(100)) {}
            spawn { try Event().wait(timeout: .seconds(100)) }
            _ = Timeout.started(after: .seconds(100))
            Event().rawLink { _ in }
            try yield()
            hub.destroy()
        }
        try use()
        #expect(gone == nil)
    }

    @Test func `counts what it holds`() throws {
        let before = Hub.current.statistics
        let gate = Event()
        let all = (0..<10).map { _ in spawn { try gate.wait(timeout: .seconds(100)) } }
        #expect(Hub.current.statistics.runnable == before.runnable + 10)
        try yield()
        let during = Hub.current.statistics
        #expect(during.timers == before.timers + 10)
        #expect(during.stacks == before.stacks + 10)
        #expect(during.switches >= before.switches + 10)
        gate.set()
        try joinAll(all)
        let after = Hub.current.statistics
        #expect(after.timers == before.timers && after.stacks == before.stacks)
        #expect(after.greenlets == before.greenlets)
    }

    @Test func `dumps its greenlets with what they wait for`() throws {
        let waiter = spawn { try Event().wait() }
        waiter.name = "the-waiter"
        try yield()
        let dump = Hub.current.dump()
        #expect(dump.contains("the-waiter: waits for an Event"))
        #expect(dump.contains("HubTests.swift"))
        try waiter.kill()
        #expect(!Hub.current.dump().contains("the-waiter"))
    }

    @Test func `a signal runs its handler in a greenlet`() async throws {
        try await HubThread().run { () throws in
            let arrived = Event()
            let handler = onSignal(SIGUSR2) {
                try yield()
                arrived.set()
            }
            defer { handler.cancel() }
            raiseSignal(SIGUSR2)
            #expect(try arrived.wait(timeout: .seconds(600)))
        }
    }
}

@Suite(.inTurn)
struct `Posting to a hub` {
    // Conformance 23: posts from other threads
    @Test func `wakes a loop that sleeps, and keeps the order`() async throws {
        let thread = HubThread()
        let seen = Locked<[Int]>([])
        try await thread.run { try sleep(for: .milliseconds(1)) }
        for i in 0..<1_000 { thread.post { seen.change { $0.append(i) } } }
        try await thread.run {}
        #expect(seen.value == Array(0..<1_000))
        await thread.stop()
    }

    @Test func `from several threads loses nothing`() async throws {
        let thread = HubThread()
        let count = Locked(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { for _ in 0..<500 { thread.post { count.change { $0 += 1 } } } }
            }
        }
        try await thread.run {}
        #expect(count.value == 2_000)
        await thread.stop()
    }

    @Test func `a post may not park`() async throws {
        let thread = HubThread()
        let outcome = Locked<String?>(nil)
        thread.post {
            // Not a greenlet: refused.
            do { try parkBriefly() } catch { outcome.set("\(error)") }
        }
        try await thread.run {}
        #expect(outcome.value?.contains("Impossible to call blocking function") == true)
        await thread.stop()
    }

    @Test func `to a hub that is gone is dropped`() async throws {
        let thread = HubThread()
        let handle = thread.handle
        await thread.stop()
        let flag = Locked(false)
        handle.post { flag.set(true) }
        #expect(flag.value == false)
        await #expect(throws: HubDestroyed.self) { try await handle.run { 1 } }
    }

    @Test func `a hub's object travels in a HubBound`() async throws {
        let thread = HubThread()
        let bound = try await thread.run { HubBound(Event()) }
        let waiter = Task { try await thread.run { try bound.value.wait(timeout: .seconds(600)) } }
        bound.post { $0.set() }
        #expect(try await waiter.value)
        await thread.stop()
    }

    private static func touchAnothersEvent() async {
        let thread = HubThread()
        guard let bound = try? await thread.run({ HubBound(Event()) }) else { return }
        bound.value.set()
    }

    // Conformance 111: events across threads
    @Test func `using another hub's object stops the program`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            await Self.touchAnothersEvent()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("used on another thread than its hub's"))
    }
}

/// Synchronous, so that it may be called from a closure that is not in a greenlet.
private func parkBriefly() throws { try sleep(for: .milliseconds(1)) }
