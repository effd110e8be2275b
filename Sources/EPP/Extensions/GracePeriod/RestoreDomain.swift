/// Asks for a deleted domain back, or reports why it was restored. An extension of an `UpdateDomain` without changes,
/// RFC 3915.
public struct RestoreDomain: CommandExtension, Hashable {
    /// The report; nil to ask for the domain.
    public var report: RestoreReport?

    /// A request, or with a report the second step.
    public init(report: RestoreReport? = nil) {
        self.report = report
    }

    /// Reads `rgp:update`.
    public static func decode(from element: XMLTree.Element) throws -> RestoreDomain? {
        guard element.isNamed("update", in: .gracePeriod) else { return nil }
        let restore = try element.requiredChild("restore", in: .gracePeriod)
        guard restore.tokenAttribute("op") == "report" else { return RestoreDomain() }
        return RestoreDomain(report: try RestoreReport(try restore.requiredChild("report", in: .gracePeriod)))
    }

    /// Checks the report.
    public func validate() throws {
        try report?.validate()
    }

    /// Writes `rgp:update`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("rgp:update", .init("xmlns:rgp", .gracePeriod)) { writer in
            writer.element("rgp:restore", .init("op", report == nil ? "request" : "report")) { writer in
                report?.encode(to: &writer)
            }
        }
    }
}
