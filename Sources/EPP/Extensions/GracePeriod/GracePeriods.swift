/// In which grace periods a domain is. An extension of the answers to `InfoDomain` and to a restore, RFC 3915.
public struct GracePeriods: ResponseExtension, Hashable {
    /// One of the periods, or a step of a restore.
    public struct Status: Sendable, Hashable {
        /// The word of the protocol: `addPeriod`, `autoRenewPeriod`, `renewPeriod`, `transferPeriod`, `pendingDelete`,
        /// `pendingRestore`, `redemptionPeriod`.
        public var value: String
        /// What the registry says about it for people, often when it ends.
        public var message: LocalizedText?

        /// A period.
        public init(_ value: String, message: LocalizedText? = nil) {
            self.value = value
            self.message = message
        }
    }

    /// The periods.
    public var statuses: [Status]
    /// Is it the answer to a restore, and not to an info?
    public var answersRestore: Bool

    /// The periods of a domain.
    public init(_ statuses: [Status], answersRestore: Bool = false) {
        self.statuses = statuses
        self.answersRestore = answersRestore
    }

    /// The words alone.
    public var values: [String] {
        statuses.map(\.value)
    }

    /// Reads `rgp:infData` or `rgp:upData`.
    public static func decode(from element: XMLTree.Element) throws -> GracePeriods? {
        let answersRestore = element.isNamed("upData", in: .gracePeriod)
        guard answersRestore || element.isNamed("infData", in: .gracePeriod) else { return nil }
        var periods = GracePeriods([], answersRestore: answersRestore)
        for child in element.children where child.isNamed("rgpStatus", in: .gracePeriod) {
            guard let value = child.tokenAttribute("s") else { throw child.error("rgpStatus has no s") }
            let message = LocalizedText(child)
            periods.statuses.append(Status(value, message: message.text.isEmpty ? nil : message))
        }
        return periods
    }

    /// Checks that there is a status, and each.
    public func validate() throws {
        guard !statuses.isEmpty else { throw InvalidValue(field: "rgp:rgpStatus", reason: "is missing") }
        for status in statuses {
            guard Self.known.contains(status.value) else {
                throw InvalidValue(field: "rgp:rgpStatus", reason: "is no grace period")
            }
            try status.message?.validate("rgp:rgpStatus")
        }
    }

    private static let known: Set<String> = [
        "addPeriod", "autoRenewPeriod", "renewPeriod", "transferPeriod", "pendingDelete", "pendingRestore",
        "redemptionPeriod",
    ]

    /// Writes `rgp:infData` or `rgp:upData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element(answersRestore ? "rgp:upData" : "rgp:infData", .init("xmlns:rgp", .gracePeriod)) { writer in
            for status in statuses {
                let language = status.message?.language ?? "en"
                writer.element(
                    "rgp:rgpStatus",
                    attributes: [
                        .init("s", status.value), .init("lang", ifPresent: language == "en" ? nil : language),
                    ],
                    text: status.message?.text ?? "")
            }
        }
    }
}
