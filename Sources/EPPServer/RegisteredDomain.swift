/// A domain that an embedded registry holds.
public struct RegisteredDomain: Sendable, Hashable {
    /// The name, in lower case.
    public let name: String
    /// The repository object identifier.
    public var roid: String
    /// The client identifier of the sponsoring registrar.
    public var sponsor: String
    /// The contact identifier of the registrant.
    public var registrant: String
    /// The statuses, `ok` by default.
    public var statuses: [String] = ["ok"]
    /// The host names of the name servers.
    public var nameservers: [String] = []
    /// When it was created, as the protocol writes it.
    public var created: String
    /// When it expires, as the protocol writes it.
    public var expires: String
    /// The password that lets another registrar see all of it.
    public var authorization: String

    /// A domain whose every value follows from its name, so that each run of a test sees the same.
    ///
    /// - Parameters:
    ///   - name: The name, in lower case.
    ///   - sponsor: The client identifier of the sponsoring registrar.
    ///   - number: Tells the identifiers of domains apart.
    public init(_ name: String, sponsor: String, number: Int) {
        self.name = name
        self.sponsor = sponsor
        roid = "\(number)-GOV"
        registrant = "registrant-\(number)"
        nameservers = ["ns1.\(name)", "ns2.\(name)"]
        let day = 1 + number % 28
        let month = 1 + number % 12
        let date = "\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)T12:00:00.000Z"
        created = "\(2000 + number % 24)-\(date)"
        expires = "2030-\(date)"
        authorization = "auth-\(number)-\(name.count)"
    }
}
