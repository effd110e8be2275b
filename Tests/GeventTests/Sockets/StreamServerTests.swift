import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct StreamServerTests {
    struct Failure: Error {}

    // Conformance 145: StreamServer
    @Test(arguments: Family.available)
    func `each connection has a greenlet of its own`(_ family: Family) throws {
        var greenlets: [ObjectIdentifier] = []
        let server = StreamServer(try family.listen()) { socket, _ in
            greenlets.append(ObjectIdentifier(AnyGreenlet.current))
            while let line = try socket.receiveLine() { try socket.sendAll(line.uppercased() + "\n") }
        }
        #expect(!server.isStarted)
        try server.start()
        try server.start()
        #expect(server.isStarted)
        let clients = try (0..<3).map { _ in try Socket.connect(to: server.address) }
        for (number, client) in clients.enumerated() {
            try client.sendAll("hello \(number)\n")
            #expect(try client.receiveLine() == "HELLO \(number)")
        }
        #expect(Set(greenlets).count == 3)
        try server.stop()
        #expect(!server.isStarted)
        // Without a pool, what was accepted goes on.
        try clients[0].sendAll("more\n")
        #expect(try clients[0].receiveLine() == "MORE")
    }

    // Conformance 145: StreamServer
    @Test func `a connection is closed when its handler returns or throws, and errors are reported`() throws {
        var reports: [any Error] = []
        Hub.current.onUnhandledError = { _, error in reports.append(error) }
        let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in
            if try socket.receiveLine() == "fail" { throw Failure() }
            try socket.sendAll("bye")
        }
        try server.start()
        for _ in 0..<2 {
            let failing = try Socket.connect(to: server.address)
            try failing.sendAll("fail\n")
            #expect(try failing.receive(upTo: 10).isEmpty)
            let good = try Socket.connect(to: server.address)
            try good.sendAll("good\n")
            #expect(try good.receiveExactly(3) == Array("bye".utf8))
            #expect(try good.receive(upTo: 10).isEmpty)
        }
        #expect(reports.count == 2 && reports.allSatisfy { $0 is Failure })
        try server.stop()
    }

    // Conformance 145: StreamServer
    @Test func `a full pool keeps connections waiting in the backlog`() throws {
        let pool = Pool(size: 2)
        var running = 0
        var peak = 0
        let server = try StreamServer(on: .loopback(port: 0), pool: pool) { socket, _ in
            running += 1
            peak = max(peak, running)
            defer { running -= 1 }
            try socket.sendAll("in")
            _ = try socket.receiveLine()
        }
        try server.start()
        let clients = try (0..<4).map { _ in try Socket.connect(to: server.address) }
        #expect(try clients[0].receiveExactly(2).count == 2)
        #expect(try clients[1].receiveExactly(2).count == 2)
        clients[2].timeout = .milliseconds(20)
        #expect(socketError { _ = try clients[2].receive(upTo: 2) } is SocketTimeout)
        clients[0].close()
        clients[2].timeout = nil
        #expect(try clients[2].receiveExactly(2).count == 2)
        clients[1].close()
        #expect(try clients[3].receiveExactly(2).count == 2)
        #expect(peak == 2)
        try server.stop(timeout: .zero)
        #expect(running == 0, "stopping ends the pool's members")
        #expect(try clients[3].receive(upTo: 1).isEmpty)
    }

    @Test func `stopping closes the listener and it cannot be started again`() throws {
        let server = try StreamServer(on: .loopback(port: 0)) { _, _ in }
        try server.start()
        try server.stop()
        try server.stop()
        // Its port may be another test's by now: that the listener is closed is what can be told.
        #expect(socketError { try server.start() }?.errno == EBADF)
    }

    @Test func `serving for ever ends when the server is stopped`() throws {
        let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in try socket.sendAll("x") }
        let serving = spawn { try server.serveForever() }
        #expect(try Socket.connect(to: server.address).receiveExactly(1).count == 1)
        #expect(!serving.isReady)
        try server.stop()
        try serving.get()
    }

    @Test func `interrupting who serves stops the server`() throws {
        let server = try StreamServer(on: .loopback(port: 0)) { _, _ in }
        let serving = spawn { try server.serveForever() }
        try yield()
        try serving.kill()
        #expect(!server.isStarted)
        #expect(socketError { try server.start() }?.errno == EBADF)
    }

    // Conformance 145: StreamServer
    @Test func `a fatal error ends the server and is thrown to who serves`() throws {
        // Not listening: accept says EINVAL.
        let (a, _) = try Socket.pair()
        var reports = 0
        Hub.current.onUnhandledError = { _, _ in reports += 1 }
        let server = StreamServer(a) { _, _ in }
        let error = socketError { try server.serveForever() }
        #expect(error?.errno == EINVAL)
        #expect(!server.isStarted)
        #expect(reports == 1 || reports == 2)
    }

    // Conformance 145: StreamServer
    @Test func `without descriptors it backs off and goes on when there are some again`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                var reports: [Duration] = []
                let began = Hub.current.clock.now
                Hub.current.onUnhandledError = { _, error in
                    guard (error as? SocketError)?.errno == EMFILE else { return }
                    reports.append(Hub.current.clock.now - began)
                }
                let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in try socket.sendAll("hi") }
                let client = try Socket.connect(to: server.address)
                // No descriptor above those that are open.
                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                let previous = limit.rlim_cur
                limit.rlim_cur = rlim_t(client.descriptor)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                try server.start()
                try sleep(for: .milliseconds(100))
                limit.rlim_cur = previous
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                client.timeout = .seconds(600)
                guard try client.receiveExactly(2) == Array("hi".utf8) else { return false }
                // 0, 10, 30, 70 ms… later: each gap is at least twice the one before.
                let gaps = zip(reports.dropFirst(), reports).map { $0 - $1 }
                return !gaps.isEmpty && gaps.enumerated().allSatisfy { $1 >= .milliseconds(10 << $0) }
            }
        }
    }

    @Test func `servers leave no descriptor behind`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                func turn(_ family: Family, _ pool: Pool?) throws {
                    Hub.current.onUnhandledError = { _, _ in }
                    let server = StreamServer(try family.listen(), pool: pool) { socket, _ in
                        if try socket.receiveLine() == nil { throw Failure() }
                    }
                    try server.start()
                    let clients = try (0..<5).map { _ in try Socket.connect(to: server.address) }
                    try clients[0].sendAll("x\n")
                    clients[1].close()
                    try sleep(for: .milliseconds(2))
                    clients[2].close()
                    for client in clients { client.close() }
                    try server.stop()
                    try sleep(for: .milliseconds(2))
                }
                return try !leaksDescriptors {
                    for family in Family.available {
                        try turn(family, nil)
                        try turn(family, Pool(size: 2))
                    }
                }
            }
        }
    }

    // Conformance 145: StreamServer
    @Test func `a flood of connections does not keep others from their turn`() throws {
        var accepted = 0
        let server = try StreamServer(on: .loopback(port: 0), backlog: 400) { _, _ in accepted += 1 }
        let clients = try (0..<150).map { _ in try Socket.connect(to: server.address) }
        try server.start()
        // The acceptor's turn takes a hundred at most; then it is ours again.
        try yield()
        #expect(accepted <= 100)
        for _ in 0..<200 where accepted < 150 { try sleep(for: .milliseconds(1)) }
        #expect(accepted == 150)
        try server.stop()
        withExtendedLifetime(clients) {}
    }

    // Conformance 145: servers
    @Test func `accepting can be stopped for a while`() throws {
        let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in try socket.sendAll("in") }
        try server.start()
        let first = try Socket.connect(to: server.address)
        #expect(try first.receiveExactly(2).count == 2)
        server.stopAccepting()
        let second = try Socket.connect(to: server.address)
        second.timeout = .milliseconds(10)
        #expect(socketError { _ = try second.receive(upTo: 2) } is SocketTimeout)
        #expect(server.isStarted)
        second.timeout = nil
        server.startAccepting()
        #expect(try second.receiveExactly(2).count == 2)
        server.stopAccepting()
        try server.stop()
    }

    // Conformance 145: servers
    @Test func `how much is accepted in one turn can be set`() throws {
        var accepted = 0
        let server = try StreamServer(on: .loopback(port: 0)) { _, _ in accepted += 1 }
        server.limits.maximumAccepts = 3
        let clients = try (0..<10).map { _ in try Socket.connect(to: server.address) }
        try server.start()
        try yield()
        #expect(accepted <= 3)
        for _ in 0..<1000 where accepted < 10 { try sleep(for: .milliseconds(1)) }
        #expect(accepted == 10)
        #expect(!server.isFull)
        try server.stop()
        withExtendedLifetime(clients) {}
    }

    // Conformance 145: servers
    @Test func `a server that was paused while its pool filled up waits for room`() throws {
        let pool = Pool(size: 1)
        let reports = Reports()
        let server = try StreamServer(on: .loopback(port: 0), pool: pool) { socket, _ in try socket.sendAll("in") }
        server.stopAccepting()
        try server.start()
        let client = try Socket.connect(to: server.address)
        // The acceptor has found the pool empty, and waits to go on.
        try sleep(for: .milliseconds(2))
        let other = Event()
        try pool.spawn { try other.wait() }
        server.startAccepting()
        client.timeout = .milliseconds(10)
        #expect(socketError { _ = try client.receive(upTo: 2) } is SocketTimeout)
        client.timeout = nil
        other.set()
        #expect(try client.receiveExactly(2).count == 2)
        #expect(reports.errors.isEmpty)
        try server.stop()
    }
}
