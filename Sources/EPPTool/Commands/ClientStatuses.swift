/// The statuses that a client may set, for completion: RFC 5731 to 5733.
enum ClientStatuses {
    static let ofHosts = prohibiting("Delete", "Update")
    static let ofContacts = prohibiting("Delete", "Transfer", "Update")
    static let ofDomains = ["clientHold"] + prohibiting("Delete", "Renew", "Transfer", "Update")

    private static func prohibiting(_ verbs: String...) -> [String] { verbs.map { "client\($0)Prohibited" } }
}
