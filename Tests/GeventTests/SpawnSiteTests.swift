import EventLoop
import Gevent
import GeventTesting
import Glibc
import Testing

/// What is reported of greenlets that the package spawns: the user's place, not the package's.
@Suite(.hub)
struct SpawnSiteTests {
    /// The texts of all reports while `body` runs.
    func reports(_ body: () throws -> Void) rethrows -> [String] {
        let hub = Hub.current
        let previous = hub.errorStream
        var texts: [String] = []
        hub.errorStream = .init { texts.append($0) }
        defer { hub.errorStream = previous }
        try body()
        return texts
    }

    /// Whether a report names the line that is `offset` lines from the caller's.
    func names(_ report: String?, _ offset: Int, line: Int = #line) -> Bool {
        report?.contains(": spawned at GeventTests/SpawnSiteTests.swift:\(line + offset)>") ?? false
    }

    @Test(arguments: Family.available)
    func `a failed handler's report names the server's place and the peer`(_ family: Family) throws {
        var peer: SocketAddress?
        let server = StreamServer(try family.listen()) { _, _ in throw Broken() }
        let texts = try reports {
            try server.start()
            let client = try Socket.connect(to: server.address)
            peer = try client.localAddress
            #expect(try client.receive(upTo: 1).isEmpty)
        }
        #expect(names(texts.first, -7))
        if family != .unix { #expect(texts.first?.contains("<Greenlet<()> \"\(try #require(peer))\" at") == true) }
        try server.stop()
    }

    @Test func `a failed handler in a pool and one of messages do so too`() throws {
        let streams = try StreamServer(on: .loopback(port: 0), pool: Pool(size: 1)) { _, _ in throw Broken() }
        let messages = try DatagramServer(on: .loopback(port: 0)) { _, _, _ in throw Broken() }
        let client = try Socket.datagram(connectedTo: messages.address)
        let texts = try reports {
            try streams.start()
            #expect(try Socket.connect(to: streams.address).receive(upTo: 1).isEmpty)
            try messages.start()
            try client.send("x")
            try sleep(for: .milliseconds(1))
        }
        #expect(names(texts.first, -10))
        #expect(names(texts.last, -10))
        #expect(texts.last?.contains("\"\(try client.localAddress)\"") == true)
        try streams.stop()
        try messages.stop()
    }

    @Test func `a failed member's report names the place of map, lazyMap and apply`() throws {
        let group = Group()
        let texts = try reports {
            #expect(throws: Broken.self) { try group.map([1]) { _ in throw Broken() } as [Int] }
            #expect(throws: Broken.self) { try group.lazyMap([1]) { _ in throw Broken() }.next() as Int? }
            #expect(throws: Broken.self) { try group.lazyMapUnordered([1]) { _ in throw Broken() }.next() as Int? }
            #expect(throws: Broken.self) { try group.apply { throw Broken() } }
            #expect(throws: Broken.self) { try group.applyAsync { throw Broken() }.get() }
            let full = Pool(size: 1)
            let holder = try full.spawn { try sleep(for: .milliseconds(1)) }
            // One waits for a place, and both fail.
            #expect(throws: Broken.self) { try full.applyAsync { throw Broken() }.get() }
            try holder.get()
        }
        #expect(texts.count == 7)
        for (text, offset) in zip(texts, [-12, -11, -10, -9, -8, -4, -4]) { #expect(names(text, offset)) }
    }

    @Test func `a report of a thread pool's function and of a raw greenlet names its place`() throws {
        let pool = ThreadPool(size: 1)
        let texts = try reports {
            #expect(throws: Broken.self) { try pool.apply { throw Broken() } }
            #expect(throws: Broken.self) { try pool.spawn { throw Broken() }.get() }
            #expect(throws: Broken.self) { try pool.map([1]) { _ in throw Broken() } as [Int] }
            #expect(throws: Broken.self) { try pool.lazyMap([1]) { _ in throw Broken() }.next() as Int? }
            spawnRaw { throw Broken() }
            try yield()
        }
        #expect(texts.count == 5)
        for (text, offset) in zip(texts, [-8, -7, -6, -5, -4]) { #expect(names(text, offset)) }
        #expect(texts[0].contains("<Callback: spawned at"))
    }

    @Test func `what a task has run in a greenlet has the place of run`() async throws {
        let thread = HubThread()
        let text = try await thread.run { "\(AnyGreenlet.current)" }
        #expect(names(text, -1))
        await thread.stop()
    }
}
