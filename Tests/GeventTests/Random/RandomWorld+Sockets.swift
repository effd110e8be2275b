import Gevent
import Glibc

/// Two connected sockets: one sends counted bytes, the other receives them.
final class PairModel {
    let sender: Socket
    let receiver: Socket
    var sent = 0
    var received = 0
    var isClosed = false
    var readers = 0
    var writers = 0

    init() throws {
        (sender, receiver) = try Socket.pair()
        try sender.setOption(.sendBufferSize, 4_096)
    }

    /// Who waits at either end gets EBADF.
    func close() {
        isClosed = true
        sender.close()
        receiver.close()
    }
}

extension RandomWorld {
    func closePair(_ i: Int) throws {
        guard pick(2) == 0 else { return }
        tally.closed += 1
        pairs[i].close()
        pairs[i] = try PairModel()
    }

    func read(_ pair: PairModel) throws {
        let isBusy = pair.readers > 0
        pair.readers += 1
        defer { pair.readers -= 1 }
        do {
            let bytes =
                try pick(2) == 0
                ? pair.receiver.receive(upTo: 1 + pick(256))
                : withTimeout(delay, default: nil) { try pair.receiver.receive(upTo: 1 + pick(256)) }
            guard let bytes else { return tally.timeouts += 1 }
            check(!bytes.isEmpty, "a stream ended")
            for byte in bytes {
                check(byte == UInt8(truncatingIfNeeded: pair.received), "a byte was lost, or came twice")
                pair.received += 1
            }
            tally.bytes += bytes.count
            check(pair.received <= pair.sent, "more was received than sent")
        } catch {
            try expect(error, isBusy, pair)
        }
    }

    func write(_ pair: PairModel) throws {
        // Which bytes are next is known to one at a time.
        guard pair.writers == 0 else { return }
        pair.writers += 1
        defer { pair.writers -= 1 }
        do {
            let bytes = (0..<(1 + pick(256))).map { UInt8(truncatingIfNeeded: pair.sent + $0) }
            let count = try pair.sender.send(bytes)
            pair.sent += count
        } catch {
            try expect(error, false, pair)
        }
    }

    /// A second one at a socket is refused, and a closed socket says so; anything else passes on.
    private func expect(_ error: any Error, _ isBusy: Bool, _ pair: PairModel) throws {
        switch error {
        case is ConcurrentObjectUseError: check(isBusy, "one alone was refused")
        case let error as SocketError: check(pair.isClosed && error.errno == EBADF, "\(error)")
        default: throw error
        }
    }
}
