import Gevent

/// A server in memory that counts: what is open, what was opened and closed, who was answered.
final class FakeServer {
    /// Whether it accepts connects; what it refuses with.
    var isUp = true
    var refusal: any Error = SocketError("connection refused")
    /// How long a connect takes.
    var connectTime = Duration.zero
    private(set) var opened = 0
    private(set) var closed = 0
    private(set) var mostAlive = 0
    /// When each attempt began, seconds after the server was made.
    private(set) var attempts: [Double] = []
    private let start = Hub.current.clock.now

    var alive: Int { opened - closed }
    /// Seconds after the server was made, to the millisecond.
    var now: Double { ((Hub.current.clock.now - start) / .milliseconds(1)).rounded() / 1000 }

    @available(*, noasync)
    func connect() throws -> FakeConnection {
        attempts.append(now)
        if connectTime > .zero { try sleep(for: connectTime) }
        guard isUp else { throw refusal }
        opened += 1
        mostAlive = max(mostAlive, alive)
        return FakeConnection(self, opened)
    }

    func didClose() { closed += 1 }
}

/// A connection to a `FakeServer`, over which requests are answered in order: who leaves without reading an answer
/// leaves it to the next one.
final class FakeConnection {
    let number: Int
    let server: FakeServer
    var isBroken = false
    private(set) var isClosed = false
    private var replies: [(number: Int, at: HubClock.Instant)] = []
    var pings = 0

    init(_ server: FakeServer, _ number: Int) {
        self.server = server
        self.number = number
    }

    func send(_ number: Int, answeredAfter delay: Duration = .zero) throws {
        if isClosed || isBroken { throw SocketError("broken pipe") }
        replies.append((number, Hub.current.clock.now + delay))
    }

    @available(*, noasync)
    func receive() throws -> Int {
        guard let first = replies.first else { throw SocketError("nothing was asked") }
        let wait = first.at - Hub.current.clock.now
        if wait > .zero { try sleep(for: wait) }
        if isClosed || isBroken { throw SocketError("connection reset") }
        return replies.removeFirst().number
    }

    func ping() throws {
        if isClosed || isBroken { throw SocketError("no PONG") }
        pings += 1
    }

    func close() {
        precondition(!isClosed, "connection \(number) is closed twice")
        isClosed = true
        server.didClose()
    }
}
