/// Why a stream of frames cannot be read further. Where the next frame begins is unknown from then on, so the
/// connection is of no more use.
public struct FrameError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was wrong.
    public enum Kind: Sendable, Hashable {
        /// The header announces a frame without a document: a length of 4 or less.
        case tooShort(length: Int)
        /// The header announces more than the limit allows.
        case tooLong(length: Int, limit: Int)
        /// The stream ended inside a frame: `received` of `expected` bytes had come, header included. `expected` is nil
        /// where the header itself was cut.
        case truncated(received: Int, expected: Int?)
    }

    /// What was wrong.
    public let kind: Kind

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// What was wrong, in one line.
    public var description: String {
        switch kind {
        case .tooShort(let length):
            "frame of \(length) bytes: a length counts its own 4 bytes and a document, so it is above 4"
        case .tooLong(let length, let limit):
            "frame of \(length) bytes, but no more than \(limit) are allowed"
        case .truncated(let received, .some(let expected)):
            "the stream ended inside a frame, after \(received) of \(expected) bytes"
        case .truncated(let received, nil):
            "the stream ended inside a frame's header, after \(received) of \(Frame.headerLength) bytes"
        }
    }
}
