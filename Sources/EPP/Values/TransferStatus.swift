/// How far a transfer is.
public struct TransferStatus: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The word of the protocol.
    public let rawValue: String

    /// The status of this name.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The word of the protocol.
    public var description: String {
        rawValue
    }

    /// It awaits its end.
    public static let pending = TransferStatus(rawValue: "pending")
    /// The sponsor let the object go.
    public static let clientApproved = TransferStatus(rawValue: "clientApproved")
    /// The client that asked for it took the request back.
    public static let clientCancelled = TransferStatus(rawValue: "clientCancelled")
    /// The sponsor kept the object.
    public static let clientRejected = TransferStatus(rawValue: "clientRejected")
    /// The registry let the object go.
    public static let serverApproved = TransferStatus(rawValue: "serverApproved")
    /// The registry ended the request.
    public static let serverCancelled = TransferStatus(rawValue: "serverCancelled")
}
