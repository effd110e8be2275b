internal import Gevent

/// Whether an error is of one of the types, or of a subclass of one. `(any Error).self` matches all; an `Interruption`
/// is never matched: in the original these are no `Exception`s.
func matches(_ error: any Error, _ types: [any Error.Type]) -> Bool {
    if error is any Interruption { return false }
    return types.contains { isInstance(error, of: $0) }
}

private func isInstance<E: Error>(_ error: any Error, of type: E.Type) -> Bool { error is E }
