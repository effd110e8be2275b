public import EPP

/// A domain that an embedded registry holds. Printing it does not show the authorization.
///
/// `statuses` are those that its sponsor or the registry has set. `ok`, `inactive`, `pendingTransfer` and
/// `pendingDelete` follow from the rest and are not among them.
public struct RegisteredDomain: ObjectWithStatuses, Sendable, Hashable {
    /// A time in which what was done to a domain can be undone, RFC 3915.
    public struct GracePeriod: Sendable, Hashable {
        /// The word of the protocol: `addPeriod`, `autoRenewPeriod`, `renewPeriod`, `transferPeriod`.
        public var kind: String
        /// When it ends.
        public var end: Timestamp
        /// What is given back if the domain is deleted in it, in hundredths.
        public var fee: Int
    }

    /// The end of a domain, in steps.
    public struct Deletion: Sendable, Hashable {
        /// A step.
        public enum Phase: String, Sendable, Hashable {
            /// It can be restored.
            case redemption = "redemptionPeriod"
            /// It was restored, and the report is awaited.
            case pendingRestore
            /// It waits to be removed.
            case pendingDelete
        }

        /// The step.
        public var phase: Phase
        /// When the next step begins.
        public var end: Timestamp
        /// When the time to restore it ends.
        public var redemptionEnd: Timestamp
        /// When it was deleted.
        public var deleted: Timestamp
        /// What the client called the command that deleted it.
        public var clientTransactionID: String?
        /// What the registry called the command that deleted it.
        public var serverTransactionID: String
    }

    /// The name, in lower case.
    public let name: String
    /// The repository object identifier.
    public var roid: String
    /// The client identifier of the sponsoring registrar.
    public var sponsor: String
    /// The statuses that were set.
    public var statusDetails: [ObjectStatus] = []
    /// The contact identifier of the registrant.
    public var registrant: String?
    /// The other contacts.
    public var contacts: [DomainContact] = []
    /// The hosts that it is delegated to.
    public var delegation: [Nameserver] = []
    /// What it is signed with, nil where it is not.
    public var signedZone: SecDNSInfo?
    /// The client identifier of the registrar that created it.
    public var creator: String
    /// When it was created.
    public var created: Timestamp
    /// The client identifier of the registrar that changed it last.
    public var updater: String?
    /// When it was changed last.
    public var updated: Timestamp?
    /// When the registration ends.
    public var expiry: Timestamp
    /// When it was last transferred.
    public var transferred: Timestamp?
    /// What another registrar shows to see all of it and to take it over.
    public var authorization: Authorization?
    /// The transfer that awaits its end, or the last one.
    public var transfer: DomainTransfer?
    /// Nil unless it was deleted.
    public var deletion: Deletion?
    /// Those that it is in.
    public var gracePeriods: [GracePeriod] = []

    /// A domain whose every value follows from its name and number, so that each run of a test sees the same. The
    /// contact and the two name servers beneath it that it refers to are made up with it, where the registry has none of
    /// their names.
    ///
    /// - Parameters:
    ///   - name: The name, of at least two labels.
    ///   - sponsor: The client identifier of the sponsoring registrar.
    ///   - number: Tells the identifiers of domains apart.
    public init(_ name: String, sponsor: String, number: Int) {
        self.name = name.lowercased()
        self.sponsor = sponsor
        creator = sponsor
        roid = "\(number)-GOV"
        let contact = "registrant-\(number)"
        registrant = contact
        contacts = [.admin(contact), .tech(contact)]
        delegation = [.object("ns1.\(self.name)"), .object("ns2.\(self.name)")]
        let day = 1 + number % 28
        let month = 1 + number % 12
        let date = "\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)T12:00:00.000Z"
        created = Timestamp("\(2000 + number % 24)-\(date)")
        expiry = Timestamp("2030-\(date)")
        authorization = Authorization("auth-\(number)-\(name.count)")
    }

    init(_ name: String, roid: String, sponsor: String, created: Timestamp, expiry: Timestamp) {
        self.name = name
        self.roid = roid
        self.sponsor = sponsor
        creator = sponsor
        self.created = created
        self.expiry = expiry
    }

    /// The host names of the name servers.
    public var nameservers: [String] {
        get { delegation.map(\.name) }
        set { delegation = newValue.map { .object($0.lowercased()) } }
    }

    /// All identifiers of contacts that it refers to.
    var contactIDs: Set<String> { Set(contacts.map(\.id) + (registrant.map { [$0] } ?? [])) }

    /// The names of the hosts that are objects and that it refers to.
    var hostNames: Set<String> {
        Set(
            delegation.compactMap { server in
                if case .object(let name) = server { name } else { nil }
            })
    }

    /// Does a transfer await its end?
    var isInTransfer: Bool { transfer?.status == .pending }
}
