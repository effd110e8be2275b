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

    /// Reads each element, in order; one that is not known, or not as it must be, is `other`.
    static func decodeAll(from resData: XMLTree.Element) -> [PollData] {
        var parts = XMLParts(of: resData.tree)
        var seen: Set<String> = []
        return resData.children.map { child in
            if seen.insert(child.namespaceURI + " " + child.name).inserted,
                let data = try? known(child, in: resData)
            {
                return data
            }
            return .other([(try? parts.xml(of: child)) ?? child.innerXML])
        }
    }

    private static func known(_ child: XMLTree.Element, in resData: XMLTree.Element) throws -> PollData? {
        let isDomain = child.isIn(.domain)
        switch child.name {
        case "trnData" where isDomain: return try DomainTransfer.decode(from: resData).map { .domainTransfer($0) }
        case "trnData" where child.isIn(.contact):
            return try ContactTransfer.decode(from: resData).map { .contactTransfer($0) }
        case "panData" where isDomain || child.isIn(.host) || child.isIn(.contact):
            return try PendingAction.decode(from: resData).map { .pendingAction($0) }
        case "creData" where isDomain: return try DomainCreation.decode(from: resData).map { .domainCreation($0) }
        case "creData" where child.isIn(.host): return try HostCreation.decode(from: resData).map { .hostCreation($0) }
        case "creData" where child.isIn(.contact):
            return try ContactCreation.decode(from: resData).map { .contactCreation($0) }
        case "renData" where isDomain: return try DomainRenewal.decode(from: resData).map { .domainRenewal($0) }
        case "infData" where isDomain: return try DomainInfo.decode(from: resData).map { .domain($0) }
        case "infData" where child.isIn(.host): return try HostInfo.decode(from: resData).map { .host($0) }
        case "infData" where child.isIn(.contact): return try ContactInfo.decode(from: resData).map { .contact($0) }
        default: return nil
        }
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
