public import EPP

/// A contact that an embedded registry holds. Printing it does not show the authorization.
///
/// `statuses` are those that its sponsor or the registry has set. `ok`, `linked` and `pendingTransfer` follow from the
/// rest.
public struct RegisteredContact: ObjectWithStatuses, Sendable, Hashable {
    /// The identifier.
    public let id: String
    /// The repository object identifier; nil for one of the registry's choice.
    public var roid: String?
    /// The client identifier of the sponsoring registrar.
    public var sponsor: String
    /// The statuses that were set.
    public var statusDetails: [ObjectStatus] = []
    /// Name and address, in one form or both.
    public var postalInfo: [PostalInfo]
    /// The telephone number.
    public var voice: PhoneNumber?
    /// The fax number.
    public var fax: PhoneNumber?
    /// The address for electronic mail.
    public var email: String
    /// The client identifier of the registrar that created it.
    public var creator: String
    /// When it was created; nil for the time at which it is put in.
    public var created: Timestamp?
    /// The client identifier of the registrar that changed it last.
    public var updater: String?
    /// When it was changed last.
    public var updated: Timestamp?
    /// When it was last transferred.
    public var transferred: Timestamp?
    /// What another registrar shows to see it and to take it over.
    public var authorization: Authorization?
    /// What of it may be shown.
    public var disclosure: Disclosure?
    /// The transfer that awaits its end, or the last one.
    public var transfer: ContactTransfer?

    /// A contact whose every value follows from its identifier.
    public init(_ id: String, sponsor: String) {
        self.id = id
        self.sponsor = sponsor
        creator = sponsor
        postalInfo = [
            PostalInfo(
                name: "Contact \(id)", organization: "Example Office",
                address: PostalAddress(
                    street: ["1 Example Street"], city: "Washington", province: "DC", postalCode: "20001",
                    countryCode: "US"))
        ]
        voice = "+1.2025550100"
        email = "\(id)@example.gov"
        authorization = Authorization("auth-\(id)")
    }

    init(_ id: String, sponsor: String, postalInfo: [PostalInfo], email: String) {
        self.id = id
        self.sponsor = sponsor
        creator = sponsor
        self.postalInfo = postalInfo
        self.email = email
    }

    /// Does a transfer await its end?
    var isInTransfer: Bool { transfer?.status == .pending }
}
