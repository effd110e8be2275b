internal import Gevent

/// One connection through a `FaultProxy`: two sockets, and what goes wrong between them.
final class Pipe {
    private let client: Socket
    private let server: Socket
    private var faults: [FaultProxy.Fault]
    private let healed = Event()

    init(_ client: Socket, _ server: Socket, _ faults: [FaultProxy.Fault]) {
        self.client = client
        self.server = server
        self.faults = faults
    }

    /// Hands on both ways until both sides are through, or a fault ends it.
    func run() throws {
        let back = spawn { try self.pump(from: self.server, to: self.client, .toClient) }
        defer {
            back.killNoWait()
            end(byReset: false)
        }
        try pump(from: client, to: server, .toServer)
        try back.join()
    }

    func heal() {
        faults = []
        healed.set()
    }

    /// Closes both sides; whoever waits for them goes on with an error.
    func end(byReset: Bool) {
        for socket in [client, server] {
            if byReset && !socket.isClosed { resetOnClose(socket) }
            socket.close()
        }
    }

    private func pump(from source: Socket, to target: Socket, _ direction: FaultProxy.Direction) throws {
        var passed = 0
        do {
            // A fault after no bytes does not wait for any.
            if try !obstruct(at: 0, direction) { return }
            while true {
                let bytes = try source.receive(upTo: 65_536)
                if bytes.isEmpty {
                    try target.shutDown(.writing)
                    return
                }
                var rest = garbled(bytes, at: passed, direction)[...]
                while !rest.isEmpty {
                    try delay(direction)
                    let piece = rest.prefix(pieceSize(passed, rest.count, direction))
                    try target.sendAll(piece)
                    passed += piece.count
                    rest = rest.dropFirst(piece.count)
                    if try !obstruct(at: passed, direction) { return }
                }
            }
        } catch is SocketError {
            // One side is gone: so is the connection.
            end(byReset: false)
        }
    }

    /// Faults that are due at this place: false if the connection is over.
    private func obstruct(at place: Int, _ direction: FaultProxy.Direction) throws -> Bool {
        for fault in faults {
            switch fault {
            case .close(let after, let way) where way.includes(direction) && place >= after:
                end(byReset: false)
                return false
            case .reset(let after, let way) where way.includes(direction) && place >= after:
                end(byReset: true)
                return false
            case .stall(let after, let way) where way.includes(direction) && place >= after:
                try healed.wait()
                return true
            default:
                break
            }
        }
        return true
    }

    /// How many bytes go at once: no piece goes past a place where something happens.
    private func pieceSize(_ passed: Int, _ available: Int, _ direction: FaultProxy.Direction) -> Int {
        var size = available
        for fault in faults {
            switch fault {
            case .close(let after, let way), .reset(let after, let way), .stall(let after, let way):
                if way.includes(direction), after > passed { size = min(size, after - passed) }
            case .split(let into, let way):
                if way.includes(direction) { size = min(size, into) }
            case .refuse, .delay, .garble:
                break
            }
        }
        return size
    }

    private func delay(_ direction: FaultProxy.Direction) throws {
        for case .delay(let duration, let way) in faults where way.includes(direction) { try sleep(for: duration) }
    }

    private func garbled(_ bytes: [UInt8], at passed: Int, _ direction: FaultProxy.Direction) -> [UInt8] {
        var bytes = bytes
        for case .garble(let place, let way) in faults where way.includes(direction) {
            let index = place - passed
            if bytes.indices.contains(index) { bytes[index] ^= 0xff }
        }
        return bytes
    }
}

extension FaultProxy.Direction {
    func includes(_ other: FaultProxy.Direction) -> Bool { self == .both || self == other }
}
