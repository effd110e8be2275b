/// Which application of a launch a command is about. An extension of `InfoDomain`, `UpdateDomain` and `DeleteDomain`,
/// RFC 8334.
public struct LaunchApplication: CommandExtension, Hashable {
    /// The command that it extends.
    public enum Operation: Sendable, Hashable {
        /// A question; are the marks wanted?
        case info(includingMarks: Bool)
        /// A change.
        case update
        /// A withdrawal.
        case delete
    }

    /// The command that it extends.
    public var operation: Operation
    /// The phase.
    public var phase: LaunchPhase
    /// The application's identifier; only a question can do without.
    public var applicationID: String?

    /// An application.
    public init(_ operation: Operation, _ phase: LaunchPhase, applicationID: String? = nil) {
        self.operation = operation
        self.phase = phase
        self.applicationID = applicationID
    }

    /// Reads `launch:info`, `launch:update` or `launch:delete`.
    public static func decode(from element: XMLTree.Element) throws -> LaunchApplication? {
        let operation: Operation
        if element.isNamed("info", in: .launch) {
            operation = .info(includingMarks: try element.optionalFlag("includeMark") ?? false)
        } else if element.isNamed("update", in: .launch) {
            operation = .update
        } else if element.isNamed("delete", in: .launch) {
            operation = .delete
        } else {
            return nil
        }
        return LaunchApplication(
            operation, try LaunchPhase(in: element), applicationID: element.token(of: "applicationID", in: .launch))
    }

    /// Checks all values.
    public func validate() throws {
        try phase.validate()
        if let applicationID { return try Validation.token(applicationID, "launch:applicationID", 1...Int.max) }
        if case .info = operation { return }
        throw InvalidValue(field: "launch:applicationID", reason: "is missing")
    }

    /// Writes `launch:info`, `launch:update` or `launch:delete`.
    public func encode(to writer: inout XMLWriter) throws {
        let name: StaticString
        var includesMarks = false
        switch operation {
        case .info(let marks): (name, includesMarks) = ("launch:info", marks)
        case .update: name = "launch:update"
        case .delete: name = "launch:delete"
        }
        writer.element(
            name,
            attributes: [.init("xmlns:launch", .launch), .init("includeMark", ifPresent: includesMarks ? "true" : nil)]
        ) { writer in
            phase.encode(to: &writer)
            writer.element("launch:applicationID", ifPresent: applicationID)
        }
    }
}
