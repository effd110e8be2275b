import ArgumentParser
import EPP
import EPPClient

/// `epp check`, `epp domain check`: which names are available.
struct DomainCheckCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Ask which domain names are available.",
        discussion: """
            One line for each name: the name, "available" or "taken", and the registry's reason; with --price what \
            registering, renewing, transferring and restoring it costs.
            """)
    static let title = CheckDomain.name

    @Argument(help: "The domain names.")
    var names: [String]

    @Flag(help: "Ask for prices, too: of create, renew, transfer and restore.")
    var price = false

    @Option(
        help: "Ask for these prices: some of create, renew, transfer, restore, update and delete, with commas between.",
        transform: DomainCheckCommand.operations)
    var priceOf: [FeeCommand.Operation] = []

    @Option(help: "For how long the prices are, such as 2y (the registry's default).", transform: ArgumentValues.period)
    var period: Period?

    @Option(help: "The currency of the prices, such as EUR (the registry's).")
    var currency: String?

    @OptionGroup var launch: LaunchOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    func validate() throws {
        guard price || !priceOf.isEmpty || (period == nil && currency == nil) else {
            throw ValidationError("--period and --currency go with --price or --price-of")
        }
    }

    static func operations(_ text: String) throws -> [FeeCommand.Operation] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
            guard let operation = FeeCommand.Operation(rawValue: String(word)), operation != .custom else {
                throw ValidationError("\"\(word)\" is none of create, renew, transfer, restore, update, delete")
            }
            return operation
        }
    }

    private func extensions(for names: [String]) -> [any CommandExtension] {
        var extensions: [any CommandExtension] = []
        if price || !priceOf.isEmpty {
            let operations = priceOf.isEmpty ? [.create, .renew, .transfer, .restore] : priceOf
            var check = FeeCheck(
                operations.map { FeeCommand($0, period: $0 == .create || $0 == .renew ? period : nil) },
                currency: currency)
            check.names = names
            extensions.append(check)
        }
        if let phase = launch.launch {
            extensions.append(LaunchCheck(phase.kind == .claims ? .claims : .availability, phase: phase))
        }
        return extensions
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try CheckReport(
            command: Self.title, names: names,
            describe: {
                CheckedName(name: $0.name, isAvailable: $0.isStated ? $0.isAvailable : nil, reason: $0.reason)
            },
            validate: { _ = try CheckDomain(names: [$0]).document(dialect: sender.profile.dialect) },
            send: { try sender.send(ExtendedCommand(CheckDomain(names: $0), extensions: extensions(for: $0))) },
            extend: Self.extend
        ).perform(namesPerCheck: sender.profile.namesPerCheck, emit: emit)
    }

    private static func extend(
        _ reply: CommandResponse<[DomainAvailability]>, _ names: inout [CheckedName]
    ) throws -> [String] {
        var others: [String] = []
        func place(of name: String) -> Int {
            if let place = names.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) { return place }
            // A question for claims is answered by the extension alone.
            names.append(CheckedName(name: name, isAboutAvailability: false))
            return names.count - 1
        }
        for item in reply.extensionSources {
            if let prices = try item.decode(FeeCheckData.self) {
                for entry in prices.entries { names[place(of: entry.id)].add(entry, currency: prices.currency) }
            } else if let claims = try item.decode(LaunchCheckData.self) {
                for entry in claims.entries { names[place(of: entry.name)].add(entry) }
            } else {
                others.append(Redaction.text(of: Array(item.xml.utf8)))
            }
        }
        return others
    }
}
