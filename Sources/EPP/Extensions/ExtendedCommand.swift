/// A command with extensions. Made by `with(_:)`:
///
///     UpdateDomain("a.gov").with(RestoreDomain())
public struct ExtendedCommand<Base: TransactionCommand>: TransactionCommand {
    /// What answers the command.
    public typealias ReplyData = Base.ReplyData
    /// The name of the command.
    public static var name: String { Base.name }
    /// Does the command change nothing?
    public var isReadOnly: Bool { base.isReadOnly }

    /// The command.
    public var base: Base
    /// The extensions, in the order in which they stand.
    public var extensions: [any CommandExtension]

    /// A command with extensions.
    public init(_ base: Base, extensions: [any CommandExtension]) {
        self.base = base
        self.extensions = extensions
    }

    /// The command with more extensions.
    public func with(_ extensions: any CommandExtension...) -> ExtendedCommand {
        ExtendedCommand(base, extensions: self.extensions + extensions)
    }

    /// Checks the command and the extensions.
    public func validate() throws {
        try base.validate()
        for item in extensions { try item.validate() }
    }

    /// Writes the command's verb.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        try base.encodeVerb(to: &writer)
    }

    /// Writes the command's own extensions and these.
    public func encodeExtensions(to writer: inout XMLWriter) throws {
        try base.encodeExtensions(to: &writer)
        for item in extensions { try item.encode(to: &writer) }
    }
}

extension TransactionCommand {
    /// The command with extensions. The login has to have named them.
    public func with(_ extensions: any CommandExtension...) -> ExtendedCommand<Self> {
        ExtendedCommand(self, extensions: extensions)
    }
}
