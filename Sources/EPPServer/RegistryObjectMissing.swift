/// A test asked for an object that the registry does not hold.
public struct RegistryObjectMissing: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name of the object.
    public let name: String

    /// What is missing.
    public var description: String { "the registry holds no \(name)" }
}
