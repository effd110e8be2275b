import EPP
import EPPClient
import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A session with a window` {
    private func connected(window: Int, _ transport: FakeTransport) throws -> EPPSession {
        let session = EPPSession(transport, window: window)
        try session.connect()
        return session
    }

    /// Sends a check for a name and wants the answer to be about that name.
    private func check(_ session: EPPSession, _ name: String) throws -> Bool {
        try session.send(CheckDomain(name)).data?.first?.name == name
    }

    @Test(arguments: [1, 2, 3, 10]) func `has as many commands under way and no more`(window: Int) throws {
        let transport = try FakeTransport()
        transport.latency = .seconds(1)
        let session = try connected(window: window, transport)
        #expect(session.window == window)
        let jobs = (0..<7).map { number in spawn { try self.check(session, "name-\(number).gov") } }
        for job in try joinAll(jobs) { #expect(try job.get()) }
        #expect(transport.mostUnanswered == min(window, 7))
    }

    @Test func `gives each greenlet the reply to its own command`() throws {
        let transport = try FakeTransport()
        transport.latency = .milliseconds(20)
        let session = try connected(window: 4, transport)
        let callers = (0..<10).map { number in
            spawn {
                for round in 0..<20 {
                    let isOwn = try self.check(session, "name-\(number)-\(round).gov")
                    #expect(isOwn)
                }
            }
        }
        try joinAll(callers, raisingErrors: true)
        #expect(session.commandCount == 200)
        #expect(!session.isClosed)
    }

    @Test(arguments: [1, 3, 50]) func `sends a list of commands and gives the replies in its order`(window: Int) throws
    {
        let transport = try FakeTransport()
        transport.latency = .milliseconds(20)
        let session = try connected(window: window, transport)
        let names = (0..<20).map { "name-\($0).gov" }
        let replies = try session.sendAll(names.map { CheckDomain($0) })
        #expect(replies.compactMap { $0.data?.first?.name } == names)
        #expect(transport.mostUnanswered == min(window, 20))
        #expect(try check(session, "after.gov"))
    }

    @Test func `serves several lists at once, beside single commands`() throws {
        let transport = try FakeTransport()
        transport.latency = .milliseconds(20)
        let session = try connected(window: 3, transport)
        let lists = (0..<4).map { list in
            spawn {
                let names = (0..<10).map { "list-\(list)-\($0).gov" }
                let replies = try session.sendAll(names.map { CheckDomain($0) })
                #expect(replies.compactMap { $0.data?.first?.name } == names)
            }
        }
        let single = spawn { try self.check(session, "single.gov") }
        try joinAll(lists, raisingErrors: true)
        #expect(try single.get())
        #expect(transport.mostUnanswered == 3)
    }

    @Test func `finds a command that cannot be before it sends any`() throws {
        let transport = try FakeTransport()
        let session = try connected(window: 3, transport)
        #expect(throws: InvalidValue.self) {
            try session.sendAll([CheckDomain("a.gov"), CheckDomain("-")])
        }
        #expect(transport.sent.isEmpty)
        #expect(try session.sendAll([CheckDomain]()).isEmpty)
        #expect(try check(session, "a.gov"))
    }

    @Test(arguments: 0..<3) func `ends for all that are under way when one is killed`(victim: Int) throws {
        let transport = try FakeTransport()
        transport.latency = .seconds(10)
        let session = try connected(window: 3, transport)
        let jobs = (0..<3).map { number in spawn { try self.check(session, "name-\(number).gov") } }
        let late = spawn(after: .seconds(1)) { try self.check(session, "late.gov") }
        try sleep(for: .seconds(2))
        try jobs[victim].kill()
        #expect(session.isClosed)
        for (number, job) in jobs.enumerated() where number != victim {
            #expect(throws: TransportError.self) { try job.get() }
        }
        #expect(throws: TransportError.self) { try late.get() }
        #expect(transport.sent.count == 3)
    }

    @Test func `ends for all when a list is interrupted, and can connect again`() throws {
        let transport = try FakeTransport()
        transport.latency = .seconds(10)
        let session = try connected(window: 2, transport)
        let other = spawn { try self.check(session, "other.gov") }
        #expect(throws: Timeout.self) {
            try withTimeout(.seconds(15)) { try session.sendAll((0..<5).map { CheckDomain("name-\($0).gov") }) }
        }
        #expect(session.isClosed)
        _ = try? other.get()
        transport.latency = .zero
        try session.connect()
        let replies = try session.sendAll((0..<5).map { CheckDomain("name-\($0).gov") })
        #expect(replies.allSatisfy { $0.isSuccess })
        #expect(session.commandCount == 5)
    }

    @Test func `ends for all when a reply is for another command`() throws {
        var ids: [String] = []
        let transport = try FakeTransport { message in
            ids.append(message.transactionID ?? "")
            // The second and third answers change places.
            let id = ids.count == 2 ? "later" : message.transactionID
            return try FakeTransport.reply(.success, to: id)
        }
        transport.latency = .seconds(1)
        let session = try connected(window: 3, transport)
        let jobs = (0..<3).map { number in spawn { try session.send(CheckDomain("name-\(number).gov")).code } }
        try joinAll(jobs)
        #expect(try jobs[0].get() == .success)
        let error = try #require(jobs[1].error as? TransportError)
        #expect(error.cause is UnexpectedReply)
        #expect(jobs[2].error is TransportError)
        #expect(session.isClosed)
    }

    @Test func `is not ended by what happens to a greenlet that waits for its turn`() throws {
        let transport = try FakeTransport()
        transport.latency = .seconds(10)
        let session = try connected(window: 2, transport)
        let jobs = (0..<2).map { number in spawn { try self.check(session, "name-\(number).gov") } }
        try sleep(for: .seconds(1))
        #expect(throws: Timeout.self) {
            try withTimeout(.seconds(1)) { try session.send(CheckDomain("late.gov")) }
        }
        for job in try joinAll(jobs) { #expect(try job.get()) }
        #expect(!session.isClosed)
    }

    @Test(arguments: [1, 3, 8]) func `never gives a greenlet another's reply, whatever is interrupted`(
        window: Int
    ) throws {
        let transport = try FakeTransport()
        transport.latency = .milliseconds(10)
        let session = try connected(window: window, transport)
        let reconnecting = BoundedSemaphore(1)
        var answered = 0
        var interrupted = 0
        let callers = (0..<6).map { number in
            spawn {
                for round in 0..<50 {
                    let name = "name-\(number)-\(round).gov"
                    do {
                        let reply = try withTimeout(.milliseconds(5 + (number * 31 + round * 17) % 90)) {
                            try session.send(CheckDomain(name))
                        }
                        #expect(reply.data?.first?.name == name)
                        answered += 1
                    } catch {
                        interrupted += 1
                        try reconnecting.withPermit {
                            if session.isClosed { try session.connect() }
                        }
                    }
                }
            }
        }
        try joinAll(callers, raisingErrors: true)
        #expect(answered > 50 && interrupted > 20, "\(answered) answered, \(interrupted) interrupted")
        transport.latency = .zero
        for number in 0..<window { #expect(try check(session, "after-\(number).gov")) }
    }

    @Test func `is closed by another greenlet while it connects, and stays so`() throws {
        let transport = SlowTransport()
        let session = EPPSession(transport)
        let job = spawn { try session.connect() }
        try sleep(for: .seconds(1))
        session.close()
        #expect(throws: TransportError.self) { try job.get() }
        #expect(session.isClosed)
        #expect(!transport.isOpen)
    }

    /// Takes ten seconds to connect, and does not notice that it is closed meanwhile.
    private final class SlowTransport: Transport {
        private(set) var isOpen = false

        func connect() throws {
            try sleep(for: .seconds(10))
            isOpen = true
        }
        func send(_ document: [UInt8]) throws {}
        func receive() throws -> [UInt8] { throw TransportError("nothing comes") }
        func close() { isOpen = false }
    }
}
