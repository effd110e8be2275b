/// Results as they come: `while let x = try results.next() { }`. Swift's `for` cannot throw.
public final class Results<Element> {
    private var source: ((Duration?) throws -> Element?)?
    private let onClose: () -> Void

    init(_ source: @escaping (Duration?) throws -> Element?, close: @escaping () -> Void) {
        self.source = source
        onClose = close
    }

    /// The next one, nil when there are no more. Parks the calling greenlet until it is there.
    ///
    /// Throws the error of the one whose turn it is (the iteration can go on), or a `Timeout` when `timeout` is over.
    @available(*, noasync)
    public func next(timeout: Duration? = nil) throws -> Element? { try source?(timeout) }

    /// Calls `body` with each one that is left. Parks the calling greenlet between them.
    @available(*, noasync)
    public func forEach(_ body: (Element) throws -> Void) throws {
        while let element = try next() { try body(element) }
    }

    /// Ends it early: nothing is left behind. Idempotent; never parks.
    public func close() {
        source = nil
        onClose()
    }
}

@available(*, unavailable) extension Results: Sendable {}
