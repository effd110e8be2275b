/// How replies are read.
public struct ReplyReading: Sendable, Hashable {
    /// How the registry spells namespaces.
    public var dialect: RegistryDialect
    /// Is what is broken in a known way read all the same, and told among the reply's `flaws`?
    ///
    /// Entities, DOCTYPEs and the limits of `XMLLimits` are refused either way.
    public var isTolerant: Bool

    /// Strictly, in the standard's spelling, unless said otherwise.
    public init(dialect: RegistryDialect = .standard, isTolerant: Bool = false) {
        self.dialect = dialect
        self.isTolerant = isTolerant
    }

    /// What is broken in a known way is read all the same: what a session does.
    public static var tolerant: ReplyReading { ReplyReading(isTolerant: true) }
}
