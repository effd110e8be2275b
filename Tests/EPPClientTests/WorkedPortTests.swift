import EPP
import EPPClient
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// The EPP pool of WorkedPorts.md: how it judges a reply, over sessions without a network.
@Suite(.virtualTime)
struct `The worked EPP pool` {
    private func connections(after code: ResultCode) throws -> Int {
        var opened = 0
        let pool = ClosureConnectionPool<EPPSession>(1) {
            opened += 1
            var isFirst = opened == 1
            let transport = try FakeTransport { message in
                defer { isFirst = false }
                return isFirst
                    ? try FakeTransport.reply(code, to: message) : try FakeTransport.success(for: message)
            }
            let session = EPPSession(transport)
            try session.connect()
            return session
        } close: {
            $0.close()
        }
        for _ in 0..<2 {
            _ = try pool.get(timeout: .seconds(60)) { session in
                try session.send(CheckDomain("example.gov"))
            } isReusable: { reply in
                reply.code != .commandUseError && reply.code.rawValue < 2500
            }
        }
        try pool.close()
        return opened
    }

    @Test(arguments: [2002, 2500, 2501, 2502]) func `replaces a session that its server has let go`(code: Int) throws {
        #expect(try connections(after: ResultCode(code)) == 2)
    }

    @Test(arguments: [1000, 2303, 2400]) func `keeps a session after other replies`(code: Int) throws {
        #expect(try connections(after: ResultCode(code)) == 1)
    }
}
