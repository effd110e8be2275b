public import EPP

/// An application for a domain in a launch, at an embedded registry.
public struct RegisteredApplication: Sendable, Hashable {
    /// The identifier, which the registry gives.
    public let id: String
    /// The phase that it was made in.
    public let phase: LaunchPhase
    /// The domain as it will be if the application is allocated.
    public var domain: RegisteredDomain
    /// What proves the right to the name.
    public var marks: LaunchMarks?
    /// How far it is: `pendingAllocation`, `allocated` or `rejected`.
    public internal(set) var status = LaunchInfo.Status.Kind.pendingAllocation
    /// What the client called the command that made it.
    public let clientTransactionID: String?
    /// What the registry called the command that made it.
    public let serverTransactionID: String
}
