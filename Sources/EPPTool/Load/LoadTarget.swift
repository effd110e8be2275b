import EPP
import EPPClient

/// Sends the commands of a load over a pool.
final class LoadTarget {
    private let client: RegistryClient
    private let zone: String
    private let infoName: String
    /// Tells this load's names from those of other runs.
    private let mark: String
    private let registrant: String?
    /// Domains that this load created and has not deleted.
    private(set) var created: [String] = []

    init(_ client: RegistryClient, zone: String, infoName: String, mark: String, registrant: String?) {
        self.client = client
        self.zone = zone
        self.infoName = infoName
        self.mark = mark
        self.registrant = registrant
    }

    func perform(_ kind: LoadKind, _ number: Int) throws {
        let name = "load-\(mark)-\(number).\(zone)"
        switch kind {
        case .hello: _ = try client.send(Hello())
        case .check: _ = try client.send(CheckDomain(name))
        case .info: _ = try client.send(InfoDomain(infoName))
        case .poll: _ = try client.send(Poll())
        case .create: try create(name)
        case .delete:
            // Nothing to delete yet: then there is at least one for the next time.
            guard let name = created.popLast() else { return try create(name) }
            _ = try client.send(DeleteDomain(name))
        }
    }

    private func create(_ name: String) throws {
        _ = try client.send(CreateDomain(name, registrant: registrant, authorization: "Load-\(mark)"))
        created.append(name)
    }

    /// Deletes what is left of this load.
    ///
    /// - Returns: How many domains could not be deleted.
    func cleanUp() throws -> Int {
        var left = 0
        while let name = created.popLast() {
            do {
                _ = try client.send(DeleteDomain(name))
            } catch is RegistryError {
                left += 1
            }
        }
        return left
    }
}
