import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.inTurn)
struct `An object of another hub` {
    private func standardError(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    private static func useElsewhere() async {
        let owner = HubThread(name: "owner")
        let user = HubThread(name: "user")
        guard let bound = try? await owner.run({ HubBound(Event()) }) else { return }
        try? await user.run { bound.value.set() }
    }

    // Conformance 111: which thread it belongs to, and which one used it.
    @Test func `names both threads, and what to do`() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            await Self.useElsewhere()
        }
        let text = standardError(result)
        let message = try Regex(#"it belongs to thread \d+ \(owner\) and was used on thread \d+ \(user\)"#)
        #expect(text.contains(message), "\(text)")
        #expect(text.contains("Hub.Handle.post or HubBound"))
    }

    private static func useAfterDestroy(makingNewHubs count: Int) {
        let event = Event()
        for _ in 0...count {
            Hub.current.destroy()
            _ = Hub.current
        }
        event.set()
    }

    @Test func `whose hub is gone is told so, also where a new hub took its place`() async throws {
        for result in [
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.useAfterDestroy(makingNewHubs: 0)
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.useAfterDestroy(makingNewHubs: 50)
            },
        ] {
            let text = standardError(result)
            #expect(text.contains("after its hub was destroyed"), "\(text)")
        }
    }

    private static func useInVirtualTime() {
        let event = Event()
        try? Hub.withVirtualTime { _ in event.set() }
    }

    @Test func `of the hub around virtual time is told so`() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.useInVirtualTime()
        }
        let text = standardError(result)
        #expect(text.contains("under another hub of its thread"), "\(text)")
    }

    private static func askHubAfterDestroy() {
        let greenlet = spawn { 7 }
        _ = try? greenlet.join()
        Hub.current.destroy()
        // What needs no hub still works.
        guard greenlet.value == 7, greenlet.name == "Greenlet-0", greenlet.isSuccessful else { return }
        print(greenlet.hub)
    }

    private static func askHubElsewhere() async {
        let owner = HubThread(name: "owner")
        guard let box = try? await owner.run({ Carried(greenlet: spawn {}) }) else { return }
        print(box.greenlet.hub)
    }

    // Unchecked: that it must not be carried about is what is tested.
    private struct Carried: @unchecked Sendable {
        let greenlet: AnyGreenlet
    }

    @Test func `does not give a hub that is gone, or another thread's`() async throws {
        for (result, words) in [
            (
                await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    Self.askHubAfterDestroy()
                }, "after its hub was destroyed"
            ),
            (
                await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    await Self.askHubElsewhere()
                }, "used on another thread than its hub's"
            ),
        ] {
            let text = standardError(result)
            #expect(text.contains(words), "\(text)")
        }
    }
}

@Suite(.inTurn)
struct `Several hubs` {
    // Conformance 23: posts from hub to hub, each on its thread, in order.
    @Test func `pass a token around by posts`() async throws {
        let threads = (0..<4).map { HubThread(name: "hub-\($0)") }
        let handles = threads.map(\.handle)
        let visits = Locked<[Int]>([])
        let done = Locked(false)
        @Sendable func pass(_ token: Int) {
            visits.change { $0.append(token % 4) }
            guard token < 400 else { return done.set(true) }
            handles[(token + 1) % 4].post { Greenlet { pass(token + 1) }.start() }
        }
        handles[0].post { pass(0) }
        try await threads[0].run { while !done.value { try sleep(for: .milliseconds(1)) } }
        #expect(visits.value == (0...400).map { $0 % 4 })
        for thread in threads { await thread.stop() }
    }

    @Test func `serve each other's events while each has its own work`() async throws {
        let one = HubThread(name: "one")
        let two = HubThread(name: "two")
        let results = Locked<[Int]>([])
        let inbox = try await one.run { HubBound(Queue<Int>()) }
        try await two.run {
            let workers = (0..<10).map { n in
                spawn {
                    try sleep(for: .milliseconds(n % 3))
                    inbox.post { $0.putOrDrop(n) }
                }
            }
            try joinAll(workers)
        }
        try await one.run {
            for _ in 0..<10 {
                let number = try inbox.value.get()
                results.change { $0.append(number) }
            }
        }
        #expect(Set(results.value) == Set(0..<10))
        await two.stop()
        await one.stop()
    }
}

extension Queue where Element == Int {
    fileprivate func putOrDrop(_ number: Int) { try? putNoWait(number) }
}

@Suite(.hub)
struct `Destroying a hub` {
    // Conformance 24: whatever its greenlets are doing.
    @Test func `ends greenlets in every state`() throws {
        let event = Event()
        let semaphore = CountingSemaphore(0)
        let queue = Queue<Int>()
        let pair = try Socket.pair()
        var ends: [String: any Error] = [:]
        func track(_ name: String, _ body: @escaping () throws -> Void) -> Greenlet<Void> {
            spawn {
                do { try body() } catch {
                    ends[name] = error
                    throw error
                }
            }
        }
        let sleeper = track("sleep") { try sleep(for: .seconds(100)) }
        var all: [Greenlet<Void>] = [
            sleeper,
            track("event") { try event.wait() },
            track("semaphore") { try semaphore.acquire() },
            track("queue") { _ = try queue.get() },
            track("join") { try sleeper.join() },
            track("socket") { _ = try pair.0.receive(upTo: 1) },
            track("timeout") { try withTimeout(.seconds(50)) { _ = try event.wait() } },
            track("thread") { try Hub.current.threadPool.apply { _ = usleep(1_000) } },
            track("cleanup") {
                do { try event.wait() } catch {
                    try? yield()
                    throw error
                }
            },
            track("stubborn") {
                for _ in 0..<3 { do { try event.wait() } catch {} }
                try event.wait()
            },
            track("yield") { while true { try yield() } },
        ]
        try sleep(for: .milliseconds(1))
        let handled = all.filter(\.isReady).count
        let unstarted = Greenlet<Void> {}
        all += [spawn(after: .seconds(100)) {}, spawn {}]
        let killed = track("killed") { try event.wait() }
        try yield()
        killed.killNoWait(throwing: Broken())
        Hub.current.onUnhandledError = { _, _ in }
        all.append(killed)
        let hub = Hub.current
        hub.destroy()
        let left = all.filter { !$0.isReady }
        #expect(left.isEmpty, "\(left)")
        #expect(!unstarted.isReady)
        for name in ["sleep", "event", "semaphore", "queue", "socket", "timeout", "cleanup", "stubborn", "yield"] {
            #expect(ends[name] is HubDestroyed, "\(name): \(String(describing: ends[name]))")
        }
        #expect(ends["killed"] is Broken)
        #expect(handled <= 1)
        #expect(Hub.current !== hub)
        #expect(try spawn { 3 }.get() == 3)
    }

    @Test func `is not kept up by a greenlet that will not die`() throws {
        let hub = Hub.current
        let immortal = spawn { while true { do { try sleep(for: .seconds(1)) } catch {} } }
        try yield()
        hub.destroy()
        #expect(!immortal.isReady)
        #expect(try spawn { 3 }.get() == 3)
    }

    /// Whether the other end of a connection was closed, sooner or later: a child process of another test may hold a
    /// copy for a moment.
    private func isClosed(_ peer: Int32) -> Bool {
        var event = pollfd(fd: peer, events: Int16(POLLIN), revents: 0)
        var byte: UInt8 = 0
        return poll(&event, 1, 60_000) == 1 && read(peer, &byte, 1) == 0
    }

    @Test func `may be dropped on any thread once that hub is gone`() async throws {
        let owner = HubThread(name: "owner")
        var bound: HubBound<Socket>?
        let (made, peer) = try await owner.run {
            let (a, b) = try Socket.pair()
            // Watched, as one that was used is.
            let reader = spawn { try a.receive(upTo: 1) }
            try sleep(for: .milliseconds(1))
            try reader.kill()
            return (HubBound(a), try b.detach())
        }
        bound = consume made
        await owner.stop()
        #expect(bound != nil)
        bound = nil
        #expect(isClosed(peer))
        close(peer)
    }

    @Test func `may be dropped while that hub goes`() async throws {
        for _ in 0..<50 {
            var owner: HubThread? = HubThread(name: "owner")
            var bound: HubBound<Socket>?
            let (made, peer) = try await #require(owner).run {
                let (a, b) = try Socket.pair()
                return (HubBound(a), try b.detach())
            }
            bound = consume made
            owner = nil
            #expect(bound != nil)
            bound = nil
            #expect(isClosed(peer))
            close(peer)
        }
    }
}
