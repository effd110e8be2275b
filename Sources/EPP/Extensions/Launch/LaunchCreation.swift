/// What a registry says of an application that it took. An extension of the answer to `CreateDomain`, RFC 8334.
public struct LaunchCreation: ResponseExtension, Hashable {
    /// The phase.
    public var phase: LaunchPhase
    /// The application's identifier.
    public var applicationID: String?

    /// An application.
    public init(_ phase: LaunchPhase, applicationID: String? = nil) {
        self.phase = phase
        self.applicationID = applicationID
    }

    /// Reads `launch:creData`.
    public static func decode(from element: XMLTree.Element) throws -> LaunchCreation? {
        guard element.isNamed("creData", in: .launch) else { return nil }
        return LaunchCreation(
            try LaunchPhase(in: element), applicationID: element.token(of: "applicationID", in: .launch))
    }

    /// Checks all values.
    public func validate() throws {
        try phase.validate()
        if let applicationID { try Validation.token(applicationID, "launch:applicationID", 1...Int.max) }
    }

    /// Writes `launch:creData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("launch:creData", .init("xmlns:launch", .launch)) { writer in
            phase.encode(to: &writer)
            writer.element("launch:applicationID", ifPresent: applicationID)
        }
    }
}
