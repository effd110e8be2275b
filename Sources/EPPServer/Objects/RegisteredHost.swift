public import EPP

/// A host that an embedded registry holds.
///
/// `statuses` are those that its sponsor or the registry has set. `ok` and `linked` follow from the rest.
public struct RegisteredHost: ObjectWithStatuses, Sendable, Hashable {
    /// The name, in lower case.
    public let name: String
    /// The repository object identifier; nil for one of the registry's choice.
    public var roid: String?
    /// The client identifier of the sponsoring registrar.
    public var sponsor: String
    /// The statuses that were set.
    public var statusDetails: [ObjectStatus] = []
    /// Its addresses; a host beneath a domain of the registry has some.
    public var addresses: [HostAddress]
    /// The domain of the registry that it is beneath, nil for a host of elsewhere. Set by the registry.
    public internal(set) var superordinate: String?
    /// The client identifier of the registrar that created it.
    public var creator: String
    /// When it was created; nil for the time at which it is put in.
    public var created: Timestamp?
    /// The client identifier of the registrar that changed it last.
    public var updater: String?
    /// When it was changed last.
    public var updated: Timestamp?
    /// When it was last transferred, with its domain.
    public var transferred: Timestamp?

    /// A host.
    public init(_ name: String, sponsor: String, addresses: [HostAddress] = []) {
        self.name = name.lowercased()
        self.sponsor = sponsor
        self.addresses = addresses
        creator = sponsor
    }

    /// The same host under another name.
    func renamed(_ name: String) -> RegisteredHost {
        var host = RegisteredHost(name, sponsor: sponsor, addresses: addresses)
        host.roid = roid
        host.statusDetails = statusDetails
        host.creator = creator
        host.created = created
        host.updater = updater
        host.updated = updated
        host.transferred = transferred
        return host
    }
}
