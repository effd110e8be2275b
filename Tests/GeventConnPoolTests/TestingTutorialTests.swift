// The examples of GeventTesting's documentation, TestingGreenlets.md, word for word: Tests/check_examples.py compares.
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// Values that are forgotten an hour after they were set.
final class Cache {
    private var values: [String: String] = [:]

    subscript(_ key: String) -> String? { values[key] }

    func set(_ key: String, _ value: String) {
        values[key] = value
        spawn(after: .seconds(3_600)) { [weak self] in self?.values[key] = nil }
    }
}

@Suite(.virtualTime)
struct `A cache` {
    @Test func `forgets after an hour`() throws {
        let cache = Cache()
        cache.set("a", "1")
        try sleep(for: .seconds(3_599))
        #expect(cache["a"] == "1")
        try sleep(for: .seconds(2))  // takes no time
        #expect(cache["a"] == nil)
    }
}

/// Tries again after 1 s, 2 s, 4 s and so on.
func persistently<Value>(attempts: Int, _ body: () throws -> Value) throws -> Value {
    var pause = Duration.seconds(1)
    for _ in 1..<attempts {
        do {
            return try body()
        } catch {
            try rethrowInterruption(error)
            try sleep(for: pause)
            pause *= 2
        }
    }
    return try body()
}

@Suite(.virtualTime)
struct `Persistence` {
    @Test func `waits twice as long each time`() throws {
        let clock = Hub.current.clock
        let start = clock.now
        var attempts: [Duration] = []
        #expect(throws: SocketError.self) {
            try persistently(attempts: 4) {
                attempts.append(clock.now - start)
                throw SocketError("down")
            }
        }
        #expect(attempts == [.zero, .seconds(1), .seconds(3), .seconds(7)])
    }

    @Test func `can be interrupted in a pause`() throws {
        let job = spawn { try persistently(attempts: 10) { throw SocketError("down") } }
        try Hub.current.clock.advance(by: .seconds(5))
        #expect(!job.isReady)
        try job.kill()
        #expect(job.error == nil)  // a kill is no failure
    }
}

/// A balance that is read and written with something in between.
final class Account {
    var balance = 0

    func deposit(_ amount: Int, check: () throws -> Void = {}) throws {
        let seen = balance
        try check()  // may park
        balance = seen + amount
    }
}

@Suite(.virtualTime)
struct `An account without a lock` {
    @Test func `loses a deposit that comes in between`() throws {
        let account = Account()
        let sequencer = Sequencer()
        let first = spawn {
            try account.deposit(10) {
                try sequencer.step(0)  // has read
                try sequencer.step(2)  // may write
            }
        }
        let second = spawn { try sequencer.step(1) { try account.deposit(5) } }
        try joinAll([first, second], raisingErrors: true)
        #expect(account.balance == 10)  // and not 15
    }
}

/// Sends a line and gives the answer's.
func ask(_ question: String, at address: SocketAddress) throws -> String {
    let socket = try Socket.connect(to: address, timeout: .seconds(30))
    defer { socket.close() }
    try socket.sendAll(question + "\n")
    guard let answer = try socket.receiveLine() else { throw SocketError("no answer") }
    return answer
}

/// A server that answers each line, and a proxy in front of it.
func withProxy(_ body: (FaultProxy) throws -> Void) throws {
    let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in
        while let line = try socket.receiveLine() { try socket.sendAll("re: \(line)\n") }
    }
    Hub.current.onUnhandledError = { _, _ in }  // what faults do to the server is not reported
    try server.start()
    let proxy = try FaultProxy(to: server.address)
    defer {
        proxy.close()
        server.close()
    }
    try body(proxy)
}

@Suite(.virtualTime(quiet: .milliseconds(200)))
struct `Asking` {
    @Test func `gives up after half a minute of silence`() throws {
        try withProxy { proxy in
            proxy.inject(.stall(.toClient))
            let took = try Hub.current.clock.measure {
                #expect(throws: SocketTimeout.self) { try ask("why", at: proxy.address) }
            }
            #expect(took == .seconds(30))
        }
    }

    @Test func `is patient with a slow line`() throws {
        try withProxy { proxy in
            proxy.inject(.throttle(bytesPerSecond: 1, .toClient))
            let clock = Hub.current.clock
            let start = clock.now
            let answer = try ask("why", at: proxy.address)
            #expect(answer == "re: why")
            #expect(clock.now - start == .seconds(8))  // for 8 bytes
        }
    }

    @Test func `fails once when the second connection is reset`() throws {
        try withProxy { proxy in
            proxy.inject(.reset(after: 2, .toClient), connections: 1, skipping: 1)
            let answers = (1...3).map { n in try? ask("\(n)", at: proxy.address) }
            #expect(answers == ["re: 1", nil, "re: 3"])
            #expect(proxy.statistics.strikes == 1)
        }
    }
}

/// Connections to that server, each asked once before it is lent, and every minute that it lies idle.
class AskingPool: ConnectionPool<Socket> {
    private let address: SocketAddress

    init(_ size: Int, to address: SocketAddress) {
        self.address = address
        super.init(size, keepalive: .seconds(60))
    }

    override func newConnection() throws -> Socket {
        let socket = try Socket.connect(to: address, timeout: .seconds(5))
        try keepalive(socket)
        return socket
    }

    override func keepalive(_ socket: Socket) throws {
        try socket.sendAll("alive?\n")
        guard try socket.receiveLine() == "re: alive?" else { throw SocketError("a strange answer") }
    }
}

@Suite(.virtualTime(quiet: .milliseconds(20)))
struct `A pool of asking connections` {
    @Test func `replaces what was cut while nobody looked`() throws {
        try withProxy { proxy in
            let pool = AskingPool(3, to: proxy.address)
            try pool.waitUntilReady(timeout: .seconds(10))
            proxy.cutAll()
            try sleep(for: .seconds(180))
            #expect(pool.statistics.idle == 3)
            #expect(pool.statistics.connects == 6)
            try pool.close(timeout: .seconds(5))
        }
    }

    @Test func `is back after an outage of an hour`() throws {
        try withProxy { proxy in
            let pool = AskingPool(3, to: proxy.address)
            try pool.waitUntilReady(timeout: .seconds(10))
            proxy.inject(.refuse)
            proxy.cutAll()
            try sleep(for: .seconds(3_600))
            #expect(pool.statistics.idle == 0)
            proxy.heal()
            try pool.waitUntilReady(timeout: .seconds(600))
            try pool.get { socket in try socket.sendAll("hello\n") }
            try pool.close(timeout: .seconds(5))
        }
    }
}

func waitWrongly(until isDone: () -> Bool) throws {
    while !isDone() { try yield() }  // time stands still: for ever
}

func waitRightly(for done: Event) throws {
    guard try done.wait(timeout: .seconds(60)) else { throw SocketError("not done in time") }
}

@Suite(.virtualTime)
struct `Traps` {
    @Test func `waiting on an Event lets time pass`() throws {
        let done = Event()
        spawn(after: .seconds(30)) { done.set() }
        try waitRightly(for: done)
    }

    @Test func `an expectation in a greenlet counts if the greenlet is waited for`() throws {
        let job = spawn {
            try sleep(for: .seconds(1))
            #expect(1 + 1 == 2)
        }
        try job.get()  // else the test ends before the greenlet is there
    }

    @Test func `async code takes its own time`() throws {
        let alarm = spawn(after: .seconds(3_600)) {}
        try awaitTask { try await Task.sleep(for: .milliseconds(5)) }  // 5 ms of yours
        #expect(!alarm.isReady)
    }
}
