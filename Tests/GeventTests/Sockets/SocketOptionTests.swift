import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub, .timeLimit(.minutes(1)))
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
        try client.setOption(.sendBufferSize, 100_000)
        #expect(try client.option(.sendBufferSize) >= 100_000)
        try client.setOption(.receiveBufferSize, 100_000)
        #expect(try client.option(.receiveBufferSize) >= 100_000)
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
