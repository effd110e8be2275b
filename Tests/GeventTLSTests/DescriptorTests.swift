import Gevent
import GeventTesting
import Glibc
import Testing

@testable import GeventTLS

/// Nothing is left open. In a process of its own, where nobody else opens anything.
@Suite(.inTurn)
struct DescriptorTests {
    @Test func `a thousand connections, good and bad, leave no descriptor behind`() async throws {
        await #expect(processExitsWith: .success) { try DescriptorTests.churn() }
    }

    private static func descriptorCount() throws -> Int {
        guard let directory = opendir("/proc/self/fd") else { throw SocketError(errno: errno) }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }

    private static func churn() throws {
        Hub.current.onUnhandledError = { _, _ in }
        let server = try listen(Certificates.serverContext()) { stream, _ in try echo(stream) }
        let good = try Certificates.clientContext()
        let bad = try Certificates.clientContext { $0.trust = Certificates.otherAuthority.trust }
        try connect(good, bad, server.address, rounds: 10)
        let before = try settled()
        try connect(good, bad, server.address, rounds: 250)
        let after = try settled()
        guard before == after else {
            print("descriptors: \(before) before, \(after) after")
            exit(3)
        }
        try server.stop()
        // Nothing stays on stacks that a leak checker does not look at.
        Hub.current.destroy()
        exit(0)
    }

    /// The count once the server's greenlets have closed their ends.
    private static func settled() throws -> Int {
        try sleep(for: .milliseconds(50))
        return try descriptorCount()
    }

    private static func connect(
        _ good: TLSContext, _ bad: TLSContext, _ address: SocketAddress, rounds: Int
    ) throws {
        for _ in 0..<rounds {
            // Used and closed, dropped, refused, and killed in the middle of the handshake.
            let stream = try good.connect(to: address)
            try stream.sendAll("x")
            _ = try stream.receiveExactly(1)
            stream.close()
            _ = try good.connect(to: address)
            guard thrown({ _ = try bad.connect(to: address) }) is TLSError else { exit(4) }
            let connecting = Greenlet.spawn { _ = try good.connect(to: address) }
            try yield()
            try connecting.kill()
        }
    }
}
