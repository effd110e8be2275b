import Gevent
import GeventTesting
import Testing

@testable import GeventTLS

/// The two ends of an encrypted connection on this hub.
@available(*, noasync)
func connectedPair(
    version: TLSVersion? = nil, client clientContext: TLSContext? = nil, server serverContext: TLSContext? = nil
) throws -> (client: TLSSocket, server: TLSSocket) {
    let clientContext = try clientContext ?? Certificates.clientContext { if let version { $0.only(version) } }
    let serverContext = try serverContext ?? Certificates.serverContext()
    let (near, far) = try Socket.pair()
    let accepting = Greenlet.spawn { try serverContext.accept(far) }
    let client = try clientContext.wrap(near, serverHostname: "localhost")
    return (client, try accepting.get())
}

/// A server on a free loopback port that does something with each connection.
@available(*, noasync)
func listen(
    _ context: TLSContext, onHandshakeFailure: ((any Error, SocketAddress) -> Void)? = nil,
    _ handler: @escaping (TLSSocket, SocketAddress) throws -> Void
) throws -> StreamServer {
    let server = StreamServer(
        try Socket.listen(on: .loopback(port: 0)), context: context, onHandshakeFailure: onHandshakeFailure,
        handler: handler)
    try server.start()
    return server
}

/// A peer that does not speak TLS, on a free loopback port.
@available(*, noasync)
func listenPlain(_ handler: @escaping (Socket) throws -> Void) throws -> StreamServer {
    let server = StreamServer(try Socket.listen(on: .loopback(port: 0))) { socket, _ in try handler(socket) }
    try server.start()
    return server
}

/// Sends back what it receives, up to the end.
@available(*, noasync)
func echo(_ stream: TLSSocket) throws {
    while true {
        let bytes = try stream.receive(upTo: 65_536)
        if bytes.isEmpty { return }
        try stream.sendAll(bytes)
    }
}

/// What a body throws.
func thrown(_ body: () throws -> Void) -> (any Error)? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}

/// Bytes that differ from place to place, and by seed; made in blocks, which is fast without optimisation too.
func pattern(_ count: Int, seed: UInt8) -> [UInt8] {
    // Neither a power of two nor a record's size, so that no exchange of parts goes unnoticed.
    let block = (0..<4093).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ ($0 >> 8)) &+ seed }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + block.count)
    while bytes.count < count { bytes += block }
    return Array(bytes.prefix(count))
}
