import EPP

extension Fields {
    mutating func add(statuses: [ObjectStatus]) {
        add(
            "statuses", statuses, label: { _ in "status" },
            text: { status in status.reason.map { "\(status.value) (\($0))" } ?? status.value },
            json: { .present(["value": .string($0.value), "reason": $0.reason.map { .string($0) }]) })
    }

    mutating func add(_ key: String = "addresses", addresses: [HostAddress]) {
        add(
            key, addresses, label: { _ in "address" }, text: \.text,
            json: { .present(["address": .string($0.text), "version": .string($0.version.rawValue)]) })
    }

    /// What is said about a transfer.
    mutating func add(_ transfer: DomainTransfer) {
        add("name", transfer.name)
        add(
            status: transfer.status, requester: transfer.requester, requested: transfer.requested,
            actor: transfer.actor, acted: transfer.acted)
        add("expires", transfer.expiry)
    }

    mutating func add(_ transfer: ContactTransfer) {
        add("id", transfer.id)
        add(
            status: transfer.status, requester: transfer.requester, requested: transfer.requested,
            actor: transfer.actor, acted: transfer.acted)
    }

    private mutating func add(
        status: TransferStatus, requester: String, requested: Timestamp, actor: String, acted: Timestamp
    ) {
        add("transfer", status.rawValue)
        add("requester", requester.isEmpty ? nil : requester)
        add("requested", requested)
        add("actor", actor.isEmpty ? nil : actor)
        add("acts", acted)
    }

    mutating func add(_ creation: DomainCreation) {
        add("name", creation.name)
        add("created", creation.created)
        add("expires", creation.expiry)
    }

    mutating func add(_ creation: HostCreation) {
        add("name", creation.name)
        add("created", creation.created)
    }

    mutating func add(_ creation: ContactCreation) {
        add("id", creation.id)
        add("created", creation.created)
    }

    mutating func add(_ renewal: DomainRenewal) {
        add("name", renewal.name)
        add("expires", renewal.expiry)
    }

    /// How a command that was accepted with 1001 ended.
    mutating func add(_ action: PendingAction) {
        switch action.object {
        case .domain(let name): add("domain", name)
        case .host(let name): add("host", name)
        case .contact(let id): add("contact", id)
        }
        add("done", action.isDone)
        add("pendingClTRID", action.clientTransactionID)
        add("pendingSvTRID", action.serverTransactionID)
        add("decided", action.date)
    }

    /// What a message is about: which kind of thing, and what it says.
    mutating func add(_ elements: [PollData]) {
        let all = elements.map(Self.fields)
        guard let (kind, first) = all.first else { return }
        add("about", kind)
        add("object", json: first.json, lines: first.lines)
        // A message is about one thing, and at some registries about another.
        guard all.count > 1 else { return }
        let more = all.dropFirst().map { JSONValue.present(["about": .string($0.kind), "object": $0.fields.json]) }
        add(
            "more", json: .array(more),
            lines: all.dropFirst().flatMap { [Line(label: "about", text: $0.kind)] + $0.fields.lines })
    }

    private static func fields(_ data: PollData) -> (kind: String, fields: Fields) {
        var inner = Fields()
        let kind: String
        switch data {
        case .domainTransfer(let value): (kind, _) = ("domainTransfer", inner.add(value))
        case .contactTransfer(let value): (kind, _) = ("contactTransfer", inner.add(value))
        case .pendingAction(let value): (kind, _) = ("pendingAction", inner.add(value))
        case .domainCreation(let value): (kind, _) = ("domainCreation", inner.add(value))
        case .hostCreation(let value): (kind, _) = ("hostCreation", inner.add(value))
        case .contactCreation(let value): (kind, _) = ("contactCreation", inner.add(value))
        case .domainRenewal(let value): (kind, _) = ("domainRenewal", inner.add(value))
        case .domain(let value): (kind, _) = ("domain", inner.add(value))
        case .host(let value): (kind, _) = ("host", inner.add(value))
        case .contact(let value): (kind, _) = ("contact", inner.add(value))
        case .other(let elements):
            let shown = elements.map { Redaction.text(of: Array($0.utf8)) }
            kind = "other"
            inner.add("xml", each: "xml", shown)
        }
        return (kind, inner)
    }

    /// What extensions of the reply say that have a form here.
    ///
    /// - Returns: The others, as XML without passwords.
    mutating func addExtensions<Data>(of reply: CommandResponse<Data>) throws -> [String] {
        var others: [String] = []
        for item in reply.extensionSources {
            if let value = try item.decode(SecDNSInfo.self) {
                add(value)
            } else if let value = try item.decode(GracePeriods.self) {
                add("gracePeriods", each: "grace", value.values)
            } else if let value = try item.decode(ChangePoll.self) {
                add(value)
            } else if let value = try item.decode(FeeResult.self) {
                add(value)
            } else if let value = try item.decode(LaunchCreation.self) {
                add(value)
            } else if let value = try item.decode(LaunchInfo.self) {
                add(value)
            } else {
                others.append(Redaction.text(of: Array(item.xml.utf8)))
            }
        }
        return others
    }

    private mutating func add(_ security: SecDNSInfo) {
        switch security.data {
        case .signers(let records):
            add(
                "ds", records, label: { _ in "ds" },
                text: { "\($0.keyTag) \($0.algorithm) \($0.digestType) \($0.digest)" },
                json: {
                    .present([
                        "keyTag": .integer($0.keyTag), "algorithm": .integer($0.algorithm),
                        "digestType": .integer($0.digestType), "digest": .string($0.digest),
                    ])
                })
        case .keys(let keys):
            add(
                "dnskey", keys, label: { _ in "dnskey" },
                text: { "\($0.flags) \($0.protocol) \($0.algorithm) \($0.publicKey)" },
                json: {
                    .present([
                        "flags": .integer($0.flags), "protocol": .integer($0.protocol),
                        "algorithm": .integer($0.algorithm), "publicKey": .string($0.publicKey),
                    ])
                })
        }
        add("maxSigLife", security.maximumSignatureLife)
    }

    private mutating func add(_ change: ChangePoll) {
        var inner = Fields()
        inner.add("operation", change.operation.rawValue)
        inner.add("operationName", change.operationName)
        inner.add("state", change.isBefore ? "before" : "after")
        inner.add("date", change.date)
        inner.add("svTRID", change.serverTransactionID)
        inner.add("who", change.who)
        inner.add("case", change.caseID.map { "\($0.kind.rawValue) \($0.id)" })
        inner.add("reason", change.reason?.text)
        add("change", json: inner.json, lines: inner.lines)
    }
}
