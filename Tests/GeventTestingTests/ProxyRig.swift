import Gevent
import GeventTesting
import Glibc

/// A server that echoes, and a proxy in front of it.
func withEcho(_ body: (FaultProxy) throws -> Void) throws {
    try withServer { socket in
        while true {
            let bytes = try socket.receive(upTo: 4_096)
            if bytes.isEmpty { return }
            try socket.sendAll(bytes)
        }
    } _: { proxy in
        try body(proxy)
    }
}

/// A server of `handler`, and a proxy in front of it.
func withServer(_ handler: @escaping (Socket) throws -> Void, _ body: (FaultProxy) throws -> Void) throws {
    let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in try handler(socket) }
    // What faults do to the handlers is no failure.
    Hub.current.onUnhandledError = { _, _ in }
    try server.start()
    let proxy = try FaultProxy(to: server.address)
    defer {
        proxy.close()
        server.close()
    }
    try body(proxy)
}

/// A client's end; its timeout is beyond what tests let pass.
func connect(_ proxy: FaultProxy) throws -> Socket {
    let socket = try Socket.connect(to: proxy.address, timeout: .seconds(1_000_000))
    // No deadline to jump to: another test's child process may hold a copy of the descriptor for longer than a quiet.
    socket.timeout = nil
    // The system holds back nothing, so that a quiet is a quiet.
    try socket.setOption(.noDelay, true)
    return socket
}

/// Descriptors of TCP connections with this port on one side, in this network's whole space.
func ownedConnections(_ port: Int) -> Int {
    let suffix = ":" + String(port, radix: 16, uppercase: true)
    guard let file = fopen("/proc/self/net/tcp", "r") else { return -1 }
    defer { fclose(file) }
    var count = 0
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, Int32(line.count), file) != nil {
        let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ")
        // No inode: nobody's any longer.
        guard fields.count > 9, fields[9] != "0" else { continue }
        if fields[1].hasSuffix(suffix) || fields[2].hasSuffix(suffix) { count += 1 }
    }
    return count
}
