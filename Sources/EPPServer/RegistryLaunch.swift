public import EPP

/// A launch at an embedded registry, RFC 8334: the phase that is on, and the claims of marks.
public struct RegistryLaunch: Sendable, Hashable {
    /// The phase that is on: a command for another is 2306.
    public var phase: LaunchPhase
    /// By name, in lower case, the key to the notice of the claim on it.
    public var claims: [String: String]
    /// Does a create make an application, on which the registry decides later, rather than a registration?
    public var takesApplications: Bool

    /// A launch.
    ///
    /// - Parameters:
    ///   - phase: The phase that is on.
    ///   - claims: By name, in lower case, the key to the notice of the claim on it; none by default.
    ///   - takesApplications: Whether a create makes an application; nil, the default, for what is customary: it does in
    ///     a sunrise and in a landrush.
    public init(_ phase: LaunchPhase, claims: [String: String] = [:], takesApplications: Bool? = nil) {
        self.phase = phase
        self.claims = claims
        self.takesApplications = takesApplications ?? [.sunrise, .landrush].contains(phase)
    }
}
