import Gevent
import GeventTLS
import GeventTesting
import Glibc
import Testing

@testable import GeventConnPool

/// Not exit: the runner's exit handlers are not this process's.
private func exitWith(_ body: () throws -> Bool) -> Never {
    do {
        _exit(try body() ? 0 : 3)
    } catch {
        print(error)
        fflush(nil)
        _exit(4)
    }
}

/// What `body` says in a forked child.
private func child(_ body: () throws -> Bool) throws -> Bool {
    let child = try forkProcess()
    if child == 0 { exitWith(body) }
    var status: Int32 = -1
    while waitpid(child, &status, 0) == -1 && errno == EINTR {}
    return status == 0
}

/// Keeps the other end of each connection, to see what arrives there.
private final class PairPool: ConnectionPool<Socket> {
    private(set) var ends: [Socket] = []
    private(set) var retired = 0

    override class var spawnFrequency: Duration { .zero }

    override func newConnection() throws -> Socket {
        let (a, b) = try Socket.pair()
        ends.append(b)
        return a
    }

    override func keepalive(_ connection: Socket) throws { try connection.sendAll("PING\n") }

    override func retireConnection(_ connection: Socket) throws {
        retired += 1
        try connection.sendAll("LOGOUT\n")
    }

    /// Whether nothing has come and no connection has ended.
    func isQuiet(_ count: Int) throws -> Bool {
        for end in ends.prefix(count) {
            end.timeout = .zero
            do {
                _ = try end.receive(upTo: 10)
                return false
            } catch let error as SocketError where error.errno == EAGAIN {}
        }
        return true
    }
}

// Each in a process of its own: the others' threads are not to be copied.
@Suite(.inTurn)
struct `A pool in a forked child` {
    @Test func `starts empty and leaves the parent's connections alone`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let pool = PairPool(3)
                try pool.waitUntilReady()
                let isGood = try child {
                    guard pool.statistics.idle == 0, pool.statistics.size == 3, pool.statistics.connects == 0 else {
                        return false
                    }
                    try pool.get { try $0.sendAll("x") }
                    try pool.waitUntilReady()
                    guard pool.ends.count == 6, pool.statistics.connects == 3 else { return false }
                    try pool.close()
                    return pool.retired == 3 && pool.statistics.size == 0
                }
                guard isGood, try pool.isQuiet(3), pool.statistics.idle == 3 else { return false }
                // And they still work.
                try pool.get { try $0.sendAll("hello\n") }
                pool.ends[0].timeout = .seconds(5)
                return try pool.ends[0].receiveLine() == "hello" && pool.ends.count == 3
            }
        }
    }

    @Test func `has room for all of its size although the parent's are borrowed, retired and waited for`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let configuration = PoolConfiguration { $0.maximumLifetime = .seconds(60) }
                let pool = PairPool(2, keepalive: .seconds(30), configuration: configuration)
                try pool.waitUntilReady()
                try pool.get { _ in try sleep(for: .milliseconds(1)) }
                // Keepalive has seen the first.
                guard try pool.ends[0].receiveLine() == "PING" else { return false }
                let before = pool.ends.count
                let holder = spawn {
                    try pool.get { _ in
                        try sleep(for: .milliseconds(20))
                        // The same in both processes, so that nobody writes here.
                        return getpid()
                    }
                }
                let other = try pool.lease()
                try yield()
                let waiter = spawn { try pool.get { $0.descriptor } }
                try yield()
                guard pool.statistics.waiters == 1, pool.statistics.leased == 2 else { return false }
                let isGood = try child {
                    guard pool.statistics.leased == 0, pool.statistics.waiters == 1 else { return false }
                    _ = try waiter.get()
                    guard try holder.get() == getpid() else { return false }
                    try pool.waitUntilReady()
                    let s = pool.statistics
                    // What came back was dropped, not lent again.
                    return pool.ends.count == before + 2 && s.idle + s.checking == 2 && s.leases == 1
                        && pool.retired == 0
                }
                let isQuiet = try pool.isQuiet(before)
                other.return()
                _ = try waiter.get()
                return isGood && isQuiet && pool.statistics.size == 2
            }
        }
    }

    @Test func `has an allowance of its own`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let quota = SharedAllowance(2)
                let pool = PairPool(2)
                pool.allowance = quota
                try pool.waitUntilReady()
                let isGood = try child {
                    guard quota.used == 0 else { return false }
                    try pool.get { _ in }
                    try pool.waitUntilReady()
                    return quota.used == 2
                }
                return isGood && quota.used == 2
            }
        }
    }

    @Test func `sends no end mark over the parent's TLS sessions`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let authority = try CertificateAuthority(keyKind: .ecP256)
                let credential = try authority.issueServer().credential
                let context = try TLSContext(TLSConfiguration { $0.credential = credential })
                let server = try StreamServer(Socket.listen(on: .loopback(port: 0)), context: context) { socket, _ in
                    while let line = try socket.receiveLine() { try socket.sendAll(line + "\n") }
                }
                try server.start()
                let trust = authority.trust
                let client = try TLSContext(TLSConfiguration { $0.trust = trust })
                let port = server.address.port ?? 0
                let pool = ClosureConnectionPool(1) {
                    try client.connect(host: "localhost", port: port, timeout: .seconds(5))
                }
                let echo = {
                    try pool.get { c in
                        try c.sendAll("x\n")
                        return try c.receiveLine() == "x"
                    }
                }
                guard try echo() else { return false }
                let isGood = try child {
                    // Its reference to the parent's session is gone already.
                    pool.statistics.idle == 0
                }
                return try isGood && echo() && pool.statistics.connects == 1
            }
        }
    }
}
