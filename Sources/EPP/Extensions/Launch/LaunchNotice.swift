/// The notice of claims that a registrant has accepted, RFC 8334.
public struct LaunchNotice: Sendable, Hashable {
    /// The notice's identifier.
    public var id: String
    /// Who keeps the notice; nil for the Trademark Clearinghouse.
    public var validatorID: String?
    /// When it expires.
    public var notAfter: Timestamp
    /// When it was accepted.
    public var accepted: Timestamp

    /// A notice that was accepted.
    public init(id: String, validatorID: String? = nil, notAfter: Timestamp, accepted: Timestamp) {
        self.id = id
        self.validatorID = validatorID
        self.notAfter = notAfter
        self.accepted = accepted
    }
}

extension LaunchNotice {
    init(_ element: XMLTree.Element) throws(ParsingError) {
        let id = try element.requiredChild("noticeID", in: .launch)
        self.init(
            id: id.token, validatorID: id.tokenAttribute("validatorID"),
            notAfter: try element.requiredDate("notAfter", in: .launch),
            accepted: try element.requiredDate("acceptedDate", in: .launch))
    }

    func validate() throws(InvalidValue) {
        try Validation.token(id, "launch:noticeID", 1...Int.max)
        if let validatorID { try Validation.token(validatorID, "launch:noticeID validatorID", 1...Int.max) }
        try Validation.dateTime(notAfter, "launch:notAfter")
        try Validation.dateTime(accepted, "launch:acceptedDate")
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("launch:notice") { writer in
            writer.element("launch:noticeID", attributes: [.init("validatorID", ifPresent: validatorID)], text: id)
            writer.element("launch:notAfter", notAfter.text)
            writer.element("launch:acceptedDate", accepted.text)
        }
    }
}
