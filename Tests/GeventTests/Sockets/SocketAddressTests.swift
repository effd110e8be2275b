import GeventTesting
import Glibc
import Testing

@testable import Gevent

@Suite(.inTurn)
struct SocketAddressTests {
    @Test func `addresses describe themselves`() {
        #expect("\(SocketAddress.loopback(port: 80))" == "127.0.0.1:80")
        #expect("\(SocketAddress.any(port: 0))" == "0.0.0.0:0")
        #expect("\(SocketAddress.host("::1", port: 443))" == "[::1]:443")
        #expect("\(SocketAddress.unix("/run/x"))" == "unix:/run/x")
        #expect("\(SocketAddress.unix("\0x"))" == "unix:@x")
        #expect(SocketAddress.unix("/x").port == nil && SocketAddress.unix("/x").host == nil)
        #expect(SocketAddress.host("a", port: 1).host == "a")
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("0:0:0:0:0:0:0:1", "::1"), ("fe80::1%7", "fe80::1%7"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
    ])
    func `a numeric host is read without a thread`(_ host: String, _ expected: String) throws {
        let raw = try #require(RawAddress(numeric: host, port: 8080))
        #expect(raw.address == .host(expected, port: 8080))
    }

    @Test(arguments: ["localhost", "", "1.2.3", "1.2.3.4.5", "::g", "fe80::1%no-such-interface", "%eth0", " 127.0.0.1"])
    func `what is not numeric is not taken for it`(_ host: String) {
        #expect(RawAddress(numeric: host, port: 1) == nil)
    }

    @Test(arguments: ["/tmp/a", "\0abstract", String(repeating: "x", count: 107), "\0a\0b", ""])
    func `a path survives the way to the system and back`(_ path: String) throws {
        #expect(try RawAddress(path: path).address == .unix(path))
    }

    @Test func `a path that cannot be is refused`() {
        #expect(throws: AddressError.self) { try RawAddress(path: String(repeating: "x", count: 108)) }
        #expect(throws: AddressError.self) { try RawAddress(path: "/tmp/a\0b") }
    }

    @Test func `errors tell what was tried and why it failed`() {
        let refused = SocketError("connecting to x", errno: ECONNREFUSED)
        #expect("\(refused)" == "connecting to x: Connection refused (errno 111)")
        #expect("\(SocketError(errno: EPIPE))" == "Broken pipe (errno 32)")
        #expect("\(SocketError("the peer is odd"))" == "the peer is odd")
        #expect(SocketTimeout("timed out") as Any is SocketError)
        #expect(AddressError("no") as Any is SocketError)
    }
}
