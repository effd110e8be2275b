import Gevent

extension FaultProxy {
    /// Which way bytes go.
    public enum Direction: Sendable {
        /// From the client to the server.
        case toServer
        /// From the server to the client.
        case toClient
        /// Both ways, each counted by itself.
        case both

        func includes(_ other: Direction) -> Bool { self == .both || self == other }
    }

    /// What goes wrong with a connection. Counts are of bytes in one direction since the connection began.
    public enum Fault: Sendable {
        /// It is reset at once; the server never hears of it. (The system has accepted it by then: the client's
        /// `connect` succeeds, and what follows fails with `ECONNRESET`.)
        case refuse
        /// Both sides are closed once `after` bytes have been handed on: each reads the end of the stream.
        case close(after: Int = 0, Direction = .both)
        /// This direction ends once `after` bytes have been handed on: the receiver reads the end of the stream, and
        /// what is sent later vanishes. The other direction goes on.
        case halfClose(after: Int = 0, Direction = .both)
        /// Both sides are reset once `after` bytes have been handed on: both get `ECONNRESET`, and what they have not
        /// read yet is lost.
        case reset(after: Int = 0, Direction = .both)
        /// Nothing more is handed on after `after` bytes, until `heal()`; nobody is told. In the end the sender has to
        /// wait too, when the system's buffers are full.
        case stall(after: Int = 0, Direction = .both)
        /// Everything, also the end of the stream, arrives that much later. A latency: what is under way does not hold
        /// up what follows (up to 16 pieces of 64 KiB; then the sender has to wait). Several add up.
        case delay(Duration, Direction = .both)
        /// No more than so many bytes a second are handed on, evenly, in pieces of a tenth of a second's worth. Of
        /// several the least holds. The sender notices once the system's buffers are full.
        case throttle(bytesPerSecond: Int, Direction = .both)
        /// Bytes are handed on in pieces of `into` bytes, each written by itself. A receiver on the same hub that waits
        /// finds each by itself; another one may find some of them together.
        case split(into: Int, Direction = .both)
        /// All bits of the byte at that place, counted from zero, are turned over.
        case garble(at: Int, Direction = .both)

        /// Stops the program where a number makes no sense.
        func check() {
            switch self {
            case .refuse: break
            case .close(let after, _), .halfClose(let after, _), .reset(let after, _), .stall(let after, _):
                require(after >= 0, "a fault cannot strike after \(after) bytes")
            case .delay(let duration, _):
                require(duration >= .zero, "a delay of \(duration) is none")
            case .throttle(let rate, _):
                require(rate > 0, "a throttle lets at least one byte pass in a second, not \(rate)")
            case .split(let size, _):
                require(size > 0, "a piece has at least one byte, not \(size)")
            case .garble(let place, _):
                require(place >= 0, "there is no byte \(place) to garble")
            }
        }

        /// nil for a refusal, which is of the connection.
        var direction: Direction? {
            switch self {
            case .refuse: nil
            case .close(_, let way), .halfClose(_, let way), .reset(_, let way), .stall(_, let way),
                .delay(_, let way), .throttle(_, let way), .split(_, let way), .garble(_, let way):
                way
            }
        }
    }

    /// What a proxy has done: a snapshot.
    public struct Statistics: Sendable, Equatable {
        /// Connections that came, those included that were refused.
        public internal(set) var connections = 0
        /// Those of them that were reset at once, by ``Fault/refuse`` or since the server could not be reached.
        public internal(set) var refused = 0
        /// How many bytes servers were handed.
        public internal(set) var bytesToServer = 0
        /// How many bytes clients were handed.
        public internal(set) var bytesToClient = 0
        /// How often a close, half-close, reset or stall began, or a byte was garbled.
        public internal(set) var strikes = 0
    }
}
