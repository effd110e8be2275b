internal import Gevent

/// One operation's waiting: repeats an engine's step, parking in between, until it is done or the time is up.
///
/// The time limit is for the operation as a whole, however many waits it takes.
struct TLSWait {
    enum Operation: String {
        case handshake, read, write
        case shutDown = "shutdown"
    }

    /// When the operation is over.
    enum Limit {
        /// So much time after its first wait began.
        case timeout(Duration?)
        case until(Deadline)
    }

    private let socket: Socket
    private let engine: Engine
    private let operation: Operation
    /// A timeout is turned into a loop time at the first wait: most operations need none.
    private var limit: Limit

    init(_ socket: Socket, _ engine: Engine, _ operation: Operation, _ limit: Limit? = nil) {
        self.socket = socket
        self.engine = engine
        self.operation = operation
        self.limit = limit ?? .timeout(socket.timeout)
    }

    /// Repeats a step until it is done, and returns its count, or nil where the peer has ended the stream.
    ///
    /// First gives way if the greenlet's time slice is used up: before the step, because an interruption that arrives
    /// there must not take with it bytes that have been received already.
    mutating func until(_ step: () -> Engine.Step) throws -> Int? {
        try socket.giveWay()
        // With no time to wait nothing else would tell the wire that it may ask the kernel again.
        if neverWaits { engine.becameReadable() }
        while true {
            // Not only at the start: it may have been closed while this greenlet was parked, and its number be another's.
            guard !socket.isClosed else { throw SocketError(errno: Wire.closedNumber) }
            switch step() {
            case .done(let count): return count
            case .ended: return nil
            case .failed(let error): throw error
            case .wantsRead:
                try park { try $0.waitReadable(until: $1) }
                engine.becameReadable()
            case .wantsWrite:
                try park { try $0.waitWritable(until: $1) }
            case .wantsTurn:
                try park { socket, deadline in
                    if socket.isPast(deadline) { throw SocketTimeout("timed out") }
                    try socket.giveWay(isLong: true)
                }
            }
        }
    }

    /// Waits for the greenlet that sends what is outgoing, so that not two of them wait for the descriptor.
    mutating func forFlush(by flusher: AnyGreenlet) throws {
        if neverWaits { return }
        try park { _, deadline in
            guard try flusher.join(until: deadline) else { throw SocketTimeout("timed out") }
        }
    }

    /// What sending finds when the stream is over.
    var endedWhileSending: TLSError {
        TLSError(.protocolError, "\(engine.peer) has ended the connection")
    }

    private var neverWaits: Bool {
        switch limit {
        case .timeout(let timeout): timeout == .zero
        case .until(let deadline): deadline == .noWait
        }
    }

    private mutating func park(_ wait: (Socket, Deadline) throws -> Void) throws {
        let deadline: Deadline
        switch limit {
        case .until(let given): deadline = given
        case .timeout(let timeout):
            deadline = socket.deadline(after: timeout)
            limit = .until(deadline)
        }
        do {
            try wait(socket, deadline)
        } catch is SocketTimeout {
            // gevent's texts.
            throw SocketTimeout("The \(operation.rawValue) operation timed out")
        }
    }
}
