import EPP

/// All that a registry holds, and what refers to what. A transaction is wholly done or not at all: every change notes
/// what was there before, and `rollBack` puts that back.
struct RegistryStore {
    private enum Change {
        case domain(String, RegisteredDomain?)
        case host(String, RegisteredHost?)
        case contact(String, RegisteredContact?)
        case application(String, RegisteredApplication?)
        case queue(String, [RegisteredMessage]?)
        case balance(String, Int?)
        case counters(objects: Int, messages: Int)
    }

    private(set) var domains: [String: RegisteredDomain] = [:]
    private(set) var hosts: [String: RegisteredHost] = [:]
    private(set) var contacts: [String: RegisteredContact] = [:]
    private(set) var applications: [String: RegisteredApplication] = [:]
    private(set) var queues: [String: [RegisteredMessage]] = [:]
    private(set) var balances: [String: Int] = [:]
    /// No domain and no contact has anything to happen before it, in seconds since 1970; it may be too early.
    private(set) var nextDeadline = Double.infinity

    /// By contact, the domains that refer to it.
    private var contactLinks: [String: Set<String>] = [:]
    /// By host, the domains that are delegated to it.
    private var hostLinks: [String: Set<String>] = [:]
    /// By domain, the hosts beneath it.
    private var subordinates: [String: Set<String>] = [:]
    private var objects = 0
    private var messages = 0
    private var journal: [Change] = []
    private var isRollingBack = false

    /// From here on changes can be taken back.
    mutating func begin() { journal.removeAll(keepingCapacity: true) }

    /// Takes back every change since `begin`.
    mutating func rollBack() {
        isRollingBack = true
        for change in journal.reversed() {
            switch change {
            case .domain(let name, let domain): set(domain, name)
            case .host(let name, let host): set(host, name)
            case .contact(let id, let contact): set(contact, id)
            case .application(let id, let application): applications[id] = application
            case .queue(let client, let queue): queues[client] = queue
            case .balance(let client, let balance): balances[client] = balance
            case .counters(let objects, let messages): (self.objects, self.messages) = (objects, messages)
            }
        }
        isRollingBack = false
        journal.removeAll(keepingCapacity: true)
    }

    private mutating func note(_ change: Change) {
        if !isRollingBack { journal.append(change) }
    }

    mutating func put(_ domain: RegisteredDomain) { set(domain, domain.name) }
    mutating func put(_ host: RegisteredHost) { set(host, host.name) }
    mutating func put(_ contact: RegisteredContact) { set(contact, contact.id) }
    mutating func put(_ application: RegisteredApplication) { set(application, application.id) }
    mutating func remove(application id: String) { set(RegisteredApplication?.none, id) }
    mutating func remove(domain name: String) { set(RegisteredDomain?.none, name) }
    mutating func remove(host name: String) { set(RegisteredHost?.none, name) }
    mutating func remove(contact id: String) { set(RegisteredContact?.none, id) }

    private mutating func set(_ domain: RegisteredDomain?, _ name: String) {
        let old = domains[name]
        note(.domain(name, old))
        domains[name] = domain
        Self.relink(&contactLinks, name, from: old?.contactIDs ?? [], to: domain?.contactIDs ?? [])
        Self.relink(&hostLinks, name, from: old?.hostNames ?? [], to: domain?.hostNames ?? [])
        if let domain { nextDeadline = min(nextDeadline, Self.deadline(of: domain)) }
    }

    private mutating func set(_ host: RegisteredHost?, _ name: String) {
        let old = hosts[name]
        note(.host(name, old))
        hosts[name] = host
        Self.relink(
            &subordinates, name, from: Set([old?.superordinate].compactMap { $0 }),
            to: Set([host?.superordinate].compactMap { $0 }))
    }

    private mutating func set(_ contact: RegisteredContact?, _ id: String) {
        note(.contact(id, contacts[id]))
        contacts[id] = contact
        if let contact { nextDeadline = min(nextDeadline, Self.deadline(of: contact)) }
    }

    private mutating func set(_ application: RegisteredApplication?, _ id: String) {
        note(.application(id, applications[id]))
        applications[id] = application
    }

    private static func relink(
        _ links: inout [String: Set<String>], _ name: String, from old: Set<String>, to new: Set<String>
    ) {
        guard old != new else { return }
        for key in old.subtracting(new) {
            links[key]?.remove(name)
            if links[key]?.isEmpty == true { links[key] = nil }
        }
        for key in new.subtracting(old) { links[key, default: []].insert(name) }
    }

    mutating func setBalance(_ balance: Int, of client: String) {
        note(.balance(client, balances[client]))
        balances[client] = balance
    }

    /// A repository identifier that no object has had.
    mutating func nextROID(_ kind: String) -> String {
        note(.counters(objects: objects, messages: messages))
        objects += 1
        return "\(kind)\(objects)-EPP"
    }

    mutating func enqueue(_ message: RegisteredMessage, at date: Timestamp) {
        note(.counters(objects: objects, messages: messages))
        messages += 1
        var message = message
        message.id = String(messages)
        message.date = date
        setQueue((queues[message.recipient] ?? []) + [message], of: message.recipient)
    }

    mutating func setQueue(_ queue: [RegisteredMessage], of client: String) {
        note(.queue(client, queues[client]))
        queues[client] = queue.isEmpty ? nil : queue
    }

    func domains(referringTo contact: String) -> Set<String> { contactLinks[contact] ?? [] }
    func domains(delegatedTo host: String) -> Set<String> { hostLinks[host] ?? [] }
    func hosts(beneath domain: String) -> Set<String> { subordinates[domain] ?? [] }

    var snapshot: RegistrySnapshot {
        RegistrySnapshot(domains: domains, hosts: hosts, contacts: contacts, messages: queues, balances: balances)
    }

    /// When something happens to a domain by itself, in seconds since 1970.
    static func deadline(of domain: RegisteredDomain) -> Double {
        var deadline = domain.deletion?.end.deadline ?? domain.expiry.deadline
        if let transfer = domain.transfer, domain.isInTransfer { deadline = min(deadline, transfer.acted.deadline) }
        for period in domain.gracePeriods { deadline = min(deadline, period.end.deadline) }
        return deadline
    }

    /// When something happens to a contact by itself, in seconds since 1970.
    static func deadline(of contact: RegisteredContact) -> Double {
        contact.isInTransfer ? contact.transfer?.acted.deadline ?? .infinity : .infinity
    }

    /// Looks at everything for the next deadline.
    mutating func findNextDeadline() {
        nextDeadline = min(
            domains.values.lazy.map(Self.deadline).min() ?? .infinity,
            contacts.values.lazy.map(Self.deadline).min() ?? .infinity)
    }
}
