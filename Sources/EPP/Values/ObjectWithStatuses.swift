/// What a registry tells of an object that has statuses.
public protocol ObjectWithStatuses {
    /// Its statuses, with what is said about them.
    var statusDetails: [ObjectStatus] { get set }
}

extension ObjectWithStatuses {
    /// Its statuses: `ok`, `clientTransferProhibited`, …
    public var statuses: [String] {
        get { statusDetails.map(\.value) }
        set {
            statusDetails = newValue.map { value in
                statusDetails.first { $0.value == value } ?? ObjectStatus(value)
            }
        }
    }

    /// What the registry says for people about a status, by status. What is set for a status that the object does not
    /// have is dropped.
    public var statusMessages: [String: String] {
        get {
            var messages: [String: String] = [:]
            for status in statusDetails { messages[status.value] = status.reason }
            return messages
        }
        set {
            for place in statusDetails.indices { statusDetails[place].reason = newValue[statusDetails[place].value] }
        }
    }

    /// Has it this status?
    public func hasStatus(_ status: ObjectStatus) -> Bool {
        statusDetails.contains { $0.value == status.value }
    }
}
