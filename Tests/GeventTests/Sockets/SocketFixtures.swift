import Gevent
import Glibc

/// The kinds of sockets that every test of `Socket` runs over.
enum Family: String, CaseIterable, Sendable {
    case ipv4, ipv6, unix

    /// Those that this machine has.
    static var available: [Family] {
        allCases.filter { $0 != .ipv6 || access("/proc/net/if_inet6", F_OK) == 0 }
    }

    /// A listener on a free port, or on a path of its own that is removed from the file system at once.
    func listen(backlog: Int = 128) throws -> Socket {
        switch self {
        case .ipv4: return try .listen(on: .loopback(port: 0), backlog: backlog)
        case .ipv6: return try .listen(on: .host("::1", port: 0), backlog: backlog)
        // An abstract name: no file to clean up.
        case .unix: return try .listen(on: .unix("\0gevent-test-\(UInt64.random(in: 0 ... .max))"), backlog: backlog)
        }
    }

    /// Both ends of a connection.
    func connection() throws -> (client: Socket, server: Socket) {
        let listener = try listen()
        defer { listener.close() }
        let accepting = Greenlet.spawn { try listener.accept().0 }
        let client = try Socket.connect(to: listener.localAddress)
        return (client, try accepting.get())
    }
}

/// Whether `body`, run often, leaves descriptors behind. Only meaningful in a process that runs one test.
func leaksDescriptors(_ body: () throws -> Void) throws -> Bool {
    // First use of everything.
    try body()
    let before = openDescriptors()
    for _ in 0..<20 { try body() }
    // Some room: the libraries under a test open a few of their own when they please.
    return openDescriptors() >= before + 10
}

private func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
}

/// Ends an exit test: success if the body holds, else a message and failure.
func exitWith(_ body: () throws -> Bool) -> Never {
    // Not exit: what stands on greenlets' stacks would look leaked to a sanitizer that then counts.
    do {
        _exit(try body() ? 0 : 3)
    } catch {
        print(error)
        fflush(nil)
        _exit(4)
    }
}

/// What `body` throws as a `SocketError`; nil if it does not.
func socketError(_ body: () throws -> Void) -> SocketError? {
    do {
        try body()
        return nil
    } catch {
        return error as? SocketError
    }
}
