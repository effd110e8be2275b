/// What a load can send.
enum LoadKind: String, CaseIterable, Sendable {
    case hello
    case check
    case info
    case poll
    case create
    case delete

    /// Whether it changes what the registry holds.
    var changes: Bool { self == .create || self == .delete }
}
