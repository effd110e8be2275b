import GeventTesting
import Glibc
import Testing

@testable import Gevent

@Suite(.hub)
struct NameLookupTests {
    // Conformance 143: names are resolved on the thread pool
    @Test func `a name gives its addresses while others run`() throws {
        var others = 0
        spawn { others += 1 }
        let addresses = try SocketAddress.resolve(host: "localhost", port: 80)
        #expect(addresses.contains(.loopback(port: 80)) || addresses.contains(.host("::1", port: 80)))
        #expect(Set(addresses).count == addresses.count)
        #expect(others == 1)
        #expect(Hub.current.threadPoolStorage != nil)
    }

    @Test func `a numeric address is itself, at once`() throws {
        #expect(try SocketAddress.resolve(host: "127.0.0.1") == [.loopback(port: 0)])
        #expect(try SocketAddress.host("0:0:0:0:0:0:0:1", port: 1).resolve() == [.host("::1", port: 1)])
        #expect(try SocketAddress.unix("/x").resolve() == [.unix("/x")])
        #expect(Hub.current.threadPoolStorage == nil)
    }

    @Test func `what has no address is an AddressError`() throws {
        #expect(throws: AddressError.self) { try SocketAddress.resolve(host: "no-such-host.invalid") }
        #expect(throws: AddressError.self) { try SocketAddress.resolve(host: "") }
        #expect(throws: AddressError.self) { try SocketAddress.resolve(host: "127.0.0.1", port: 65_536) }
    }

    @Test func `an address has a name, or its number stands for it`() throws {
        let info = try SocketAddress.loopback(port: 12_345).nameInfo()
        #expect(!info.host.isEmpty)
        #expect(info.service == "12345")
        // 192.0.2.0/24 is for documentation: nobody's, so its number is its name. No look-up may leave the machine.
        #expect(throws: AddressError.self) { try SocketAddress.host("localhost", port: 1).nameInfo() }
    }

    // Conformance 143: names are resolved on the thread pool
    @Test func `a look-up can be abandoned`() throws {
        var configuration = Hub.current.configuration
        configuration.threadPoolSize = 1
        try Hub.withVirtualTime(configuration: configuration) { _ in
            let gate = Gate()
            let blocked = Hub.current.threadPool.spawn { gate.wait() }
            let error = socketError { _ = try SocketAddress.resolve(host: "localhost", timeout: .milliseconds(5)) }
            #expect(error is SocketTimeout)
            let other = socketError { _ = try SocketAddress.loopback(port: 1).nameInfo(timeout: .milliseconds(5)) }
            #expect(other is SocketTimeout)
            #expect(throws: Timeout.self) {
                try withTimeout(.milliseconds(5)) { _ = try SocketAddress.resolve(host: "localhost") }
            }
            gate.open()
            _ = try blocked.get()
        }
    }
}
