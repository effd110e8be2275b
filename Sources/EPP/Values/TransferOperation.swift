/// What a transfer command is to do.
public enum TransferOperation: String, Sendable, Hashable, CaseIterable {
    /// Tells the state of the transfer. Changes nothing.
    case query
    /// Asks for the object to be transferred to this client.
    case request
    /// Takes the request back.
    case cancel
    /// Lets the object go, as its sponsor.
    case approve
    /// Keeps the object, as its sponsor.
    case reject
}

extension TransferOperation {
    /// Reads the attribute `op` of a `transfer`.
    init(_ verb: XMLTree.Element) throws(CommandFault) {
        guard let word = verb.tokenAttribute("op") else { throw CommandFault(field: "op") }
        guard let operation = TransferOperation(rawValue: word) else {
            throw CommandFault(code: .unimplementedOption, field: "op", reason: "is no operation of a transfer")
        }
        self = operation
    }
}
