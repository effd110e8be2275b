import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct SocketOptionTests {
    @Test func `options are read back as they were set`() throws {
        let (client, _) = try Family.ipv4.connection()
        for option in [SocketOption<Bool>.keepAlive, .noDelay, .reuseAddress] {
            for value in [true, false] {
                try client.setOption(option, value)
                #expect(try client.option(option) == value)
            }
        }
        try client.setOption(.keepAliveIdle, .seconds(42))
        #expect(try client.option(.keepAliveIdle) == .seconds(42))
        try client.setOption(.keepAliveInterval, .milliseconds(1500))
        #expect(try client.option(.keepAliveInterval) == .seconds(2), "whole seconds, rounded up")
        try client.setOption(.userTimeout, .milliseconds(1500))
        #expect(try client.option(.userTimeout) == .milliseconds(1500), "milliseconds")
        try client.setOption(.keepAliveCount, 3)
        #expect(try client.option(.keepAliveCount) == 3)
        try client.setOption(.cork, true)
        #expect(try client.option(.cork))
        try client.setOption(.timeToLive, 5)
        #expect(try client.option(.timeToLive) == 5)
        try client.setOption(.sendBufferSize, 100_000)
        #expect(try client.option(.sendBufferSize) >= 100_000)
        try client.setOption(.receiveBufferSize, 100_000)
        #expect(try client.option(.receiveBufferSize) >= 100_000)
    }

    @Test func `lingering has a time, or none`() throws {
        let (client, _) = try Family.ipv4.connection()
        #expect(try client.option(.linger) == nil)
        try client.setOption(.linger, .milliseconds(2500))
        #expect(try client.option(.linger) == .seconds(3))
        try client.setOption(.linger, .zero)
        #expect(try client.option(.linger) == .zero)
        try client.setOption(.linger, nil)
        #expect(try client.option(.linger) == nil)
    }

    @Test func `several may listen on one port when all of them say so`() throws {
        let first = try Socket.listen(on: .loopback(port: 0), reusesPort: true)
        #expect(try first.option(.reusePort))
        let second = try Socket.listen(on: first.localAddress, reusesPort: true)
        #expect(try second.localAddress == first.localAddress)
        let address = try first.localAddress
        #expect(socketError { _ = try Socket.listen(on: address) }?.errno == EADDRINUSE)
    }

    @Test func `a structure of C's is handed over as it is`() throws {
        let (client, _) = try Family.ipv4.connection()
        let option = SocketOption<linger>(level: SOL_SOCKET, name: SO_LINGER)
        try client.setOption(option, linger(l_onoff: 1, l_linger: 7))
        #expect(try client.option(option).l_linger == 7)
    }

    @Test func `an option that is none says so`() throws {
        let (client, _) = try Family.ipv4.connection()
        let none = SocketOption<Bool>(level: SOL_SOCKET, name: 9999)
        #expect(socketError { try client.setOption(none, true) }?.errno == ENOPROTOOPT)
        #expect(socketError { _ = try client.option(none) }?.errno == ENOPROTOOPT)
    }
}
