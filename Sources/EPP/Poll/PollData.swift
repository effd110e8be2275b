/// What a message in the queue is about.
public enum PollData: Sendable, Hashable {
    /// A domain's transfer was asked for, or ended.
    case domainTransfer(DomainTransfer)
    /// A contact's transfer was asked for, or ended.
    case contactTransfer(ContactTransfer)
    /// A command that was accepted with 1001 ended.
    case pendingAction(PendingAction)
    /// A domain was registered.
    case domainCreation(DomainCreation)
    /// A host was created.
    case hostCreation(HostCreation)
    /// A contact was created.
    case contactCreation(ContactCreation)
    /// A domain's registration was extended.
    case domainRenewal(DomainRenewal)
    /// A domain, as after or before a change: RFC 8590's `ChangePoll` among the extensions says which.
    case domain(DomainInfo)
    /// A host, likewise.
    case host(HostInfo)
    /// A contact, likewise.
    case contact(ContactInfo)
    /// Something else: each element as XML that stands by itself.
    case other([String])
}

extension PollData: ResponseData {
    /// Reads whatever stands there; the first that is known.
    public static func decode(from resData: XMLTree.Element) throws -> PollData? {
        if let data = try DomainTransfer.decode(from: resData) { return .domainTransfer(data) }
        if let data = try ContactTransfer.decode(from: resData) { return .contactTransfer(data) }
        if let data = try PendingAction.decode(from: resData) { return .pendingAction(data) }
        if let data = try DomainCreation.decode(from: resData) { return .domainCreation(data) }
        if let data = try HostCreation.decode(from: resData) { return .hostCreation(data) }
        if let data = try ContactCreation.decode(from: resData) { return .contactCreation(data) }
        if let data = try DomainRenewal.decode(from: resData) { return .domainRenewal(data) }
        if let data = try DomainInfo.decode(from: resData) { return .domain(data) }
        if let data = try HostInfo.decode(from: resData) { return .host(data) }
        if let data = try ContactInfo.decode(from: resData) { return .contact(data) }
        var parts = XMLParts(of: resData.tree)
        let others = try parts.children(of: resData)
        return others.isEmpty ? nil : .other(others)
    }

    /// Writes the data.
    public func encode(to writer: inout XMLWriter) throws {
        switch self {
        case .domainTransfer(let data): try data.encode(to: &writer)
        case .contactTransfer(let data): try data.encode(to: &writer)
        case .pendingAction(let data): try data.encode(to: &writer)
        case .domainCreation(let data): try data.encode(to: &writer)
        case .hostCreation(let data): try data.encode(to: &writer)
        case .contactCreation(let data): try data.encode(to: &writer)
        case .domainRenewal(let data): try data.encode(to: &writer)
        case .domain(let data): try data.encode(to: &writer)
        case .host(let data): try data.encode(to: &writer)
        case .contact(let data): try data.encode(to: &writer)
        case .other(let elements): for xml in elements { try writer.raw(xml) }
        }
    }
}
