internal import Gevent
internal import Glibc

/// One direction of a connection through a `FaultProxy`.
///
///     source ──► reader (only with a delay: stamps what comes) ──► wait ──► garble, cut to pieces, pace ──► target
final class Lane {
    /// What came, and when; no bytes: the end of the stream.
    private struct Arrival {
        let bytes: Result<[UInt8], SocketError>
        let time: HubClock.Instant
    }

    private let pipe: Pipe
    private let source: Socket
    private let target: Socket
    private let direction: FaultProxy.Direction
    private let clock = Hub.current.clock
    private let delay: Duration
    /// How many bytes have gone through.
    private var passed = 0
    private var isHalfClosed = false
    /// Since when bytes have gone at the throttle's rate without a pause, and how many.
    private var burst: (start: HubClock.Instant, bytes: Int)
    /// When the throttle has let the last of them through.
    private var free: HubClock.Instant

    init(_ pipe: Pipe, from source: Socket, to target: Socket, _ direction: FaultProxy.Direction) {
        self.pipe = pipe
        self.source = source
        self.target = target
        self.direction = direction
        delay = pipe.faults.reduce(.zero) { sum, fault in
            if case .delay(let duration, let way) = fault, way.includes(direction) { return sum + duration.bounded }
            return sum
        }
        free = clock.now
        burst = (free, 0)
    }

    /// Hands on until the stream ends, or the connection does.
    func run() throws {
        do {
            // A fault after no bytes does not wait for any.
            guard try passFaults() else { return }
            if delay == .zero {
                while try handOn(Arrival(bytes: .success(source.receive(upTo: Self.pieceSize)), time: clock.now)) {}
            } else {
                try runDelayed()
            }
        } catch let error as SocketError {
            // One side is gone: so is the connection.
            pipe.end(byReset: error.errno == ECONNRESET || error.errno == EPIPE)
        }
    }

    private static let pieceSize = 65_536

    private func runDelayed() throws {
        let arrivals = SimpleQueue<Arrival>(maxSize: 16)
        let reader = spawn { [source, clock] in
            while true {
                let bytes = Result { try source.receive(upTo: Self.pieceSize) }
                if case .failure(let error) = bytes { try rethrowInterruption(error) }
                let outcome = bytes.mapError { $0 as? SocketError ?? SocketError("\($0)") }
                try arrivals.put(Arrival(bytes: outcome, time: clock.now))
                guard case .success(let received) = outcome, !received.isEmpty else { return }
            }
        }
        defer { reader.killNoWait() }
        while true {
            let arrival = try arrivals.get()
            try hold(until: arrival.time + delay)
            guard try handOn(arrival) else { return }
        }
    }

    /// Parks until then, unless the faults are healed.
    private func hold(until time: HubClock.Instant) throws {
        let left = time - clock.now
        if left > .zero { try pipe.released.wait(timeout: left) }
    }

    /// Returns whether more may follow.
    private func handOn(_ arrival: Arrival) throws -> Bool {
        let bytes = try arrival.bytes.get()
        if bytes.isEmpty {
            if !isHalfClosed { try target.shutDown(.writing) }
            return false
        }
        var rest = garbled(bytes)[...]
        while !rest.isEmpty {
            let piece = rest.prefix(pieceSize(rest.count))
            try pace(piece.count)
            if !isHalfClosed {
                try target.sendAll(piece)
                count(piece.count)
            }
            passed += piece.count
            rest = rest.dropFirst(piece.count)
            guard try passFaults() else { return false }
            // One look at the descriptors: who waits for this piece on this hub has it before the next one goes.
            if !rest.isEmpty, isSplit { try pipe.released.wait(timeout: .zero) }
        }
        return true
    }

    private func count(_ bytes: Int) {
        if direction == .toServer {
            pipe.connections.statistics.bytesToServer += bytes
        } else {
            pipe.connections.statistics.bytesToClient += bytes
        }
    }

    // MARK: Faults

    private var faults: [FaultProxy.Fault] {
        pipe.faults.filter { $0.direction?.includes(direction) ?? false }
    }

    private func strike() { pipe.connections.statistics.strikes += 1 }

    /// What is due at this place happens. False if the connection is over.
    private func passFaults() throws -> Bool {
        for fault in faults {
            switch fault {
            case .close(let after, _) where passed >= after:
                strike()
                pipe.end(byReset: false)
                return false
            case .reset(let after, _) where passed >= after:
                strike()
                pipe.end(byReset: true)
                return false
            case .halfClose(let after, _) where passed >= after && !isHalfClosed:
                strike()
                isHalfClosed = true
                try target.shutDown(.writing)
            case .stall(let after, _) where passed >= after:
                strike()
                // Healed: no other fault holds any longer. Or over: what follows finds the sockets closed.
                try pipe.released.wait()
                return true
            default:
                break
            }
        }
        return true
    }

    private var isSplit: Bool {
        faults.contains { if case .split = $0 { true } else { false } }
    }

    /// How many bytes go at once: no piece goes past a place where something happens.
    private func pieceSize(_ available: Int) -> Int {
        faults.reduce(available) { size, fault in
            switch fault {
            case .close(let after, _), .halfClose(let after, _), .reset(let after, _), .stall(let after, _):
                after > passed ? min(size, after - passed) : size
            case .split(let into, _): min(size, into)
            case .throttle(let rate, _): min(size, max(1, rate / 10))
            case .refuse, .delay, .garble: size
            }
        }
    }

    /// Parks for as long as the throttle takes for so many bytes.
    private func pace(_ bytes: Int) throws {
        let rates = faults.compactMap { if case .throttle(let rate, _) = $0 { rate } else { nil } }
        guard let rate = rates.min() else { return }
        let now = clock.now
        if now > free { burst = (now, 0) }
        burst.bytes += bytes
        free = burst.start + .seconds(1) * burst.bytes / rate
        try hold(until: free)
    }

    private func garbled(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for case .garble(let place, _) in faults {
            let index = place - passed
            guard bytes.indices.contains(index) else { continue }
            strike()
            bytes[index] ^= 0xff
        }
        return bytes
    }
}
