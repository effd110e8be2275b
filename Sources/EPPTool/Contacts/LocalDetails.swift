import ArgumentParser
import EPP

/// The name and address of a contact in their second form, as at the place: a contact may have both.
struct LocalDetails: ParsableArguments {
    @Option(help: "The person, or the role.")
    var locName: String?

    @Option(help: "The organisation.")
    var locOrg: String?

    @Option(help: "A line of the street; up to three.")
    var locStreet: [String] = []

    @Option(help: "The city.")
    var locCity: String?

    @Option(help: "The state or province.")
    var locSp: String?

    @Option(help: "The postal code.")
    var locPc: String?

    @Option(help: "The country by its two letters.")
    var locCc: String?

    var isEmpty: Bool {
        [locName, locOrg, locCity, locSp, locPc, locCc].allSatisfy { $0 == nil } && locStreet.isEmpty
    }

    private func address() throws -> PostalAddress? {
        try ContactDetails.address(
            street: locStreet, city: locCity, sp: locSp, pc: locPc, cc: locCc, prefix: "--loc-")
    }

    /// What a new contact has of it; nil for nothing.
    func info() throws -> PostalInfo? {
        guard !isEmpty else { return nil }
        guard let locName, let address = try address() else {
            throw UsageError("the second form of a contact has at least --loc-name, --loc-city and --loc-cc")
        }
        return PostalInfo(.local, name: locName, organization: locOrg, address: address)
    }

    /// What is to change of it; nil for nothing.
    func change() throws -> PostalChange? {
        isEmpty ? nil : PostalChange(.local, name: locName, organization: locOrg, address: try address())
    }
}
