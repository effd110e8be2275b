import EPP

/// The messages of a registry's queue for async code, each acknowledged once it has been dealt with.
///
///     for try await message in registry.poll() {
///         try await store(message)
///     }
///
/// As with `MessagePoll` the next message is asked for once the body has ended, and that acknowledges the last one; one
/// whose body throws, or breaks off, stays in the queue.
public struct AsyncMessagePoll: AsyncSequence, Sendable {
    /// A message of the queue.
    public typealias Element = PolledMessage

    let registry: AsyncRegistryClient

    /// Begins with the first message in the queue.
    public func makeAsyncIterator() -> Iterator { Iterator(registry: registry) }

    /// Goes through the queue.
    public struct Iterator: AsyncIteratorProtocol {
        let registry: AsyncRegistryClient
        private var unacknowledged: String?

        init(registry: AsyncRegistryClient) {
            self.registry = registry
        }

        /// Acknowledges the last message and gives the next; nil where the queue is empty.
        ///
        /// - Throws: As `RegistryClient.send` does.
        public mutating func next() async throws -> PolledMessage? {
            if let id = unacknowledged {
                try await registry.withClient { try $0.acknowledge(id) }
                unacknowledged = nil
            }
            let message = try await registry.withClient { try $0.nextMessage() }
            unacknowledged = message?.id
            return message
        }
    }
}

extension AsyncRegistryClient {
    /// The messages of the registry's queue, one after the other.
    public func poll() -> AsyncMessagePoll { AsyncMessagePoll(registry: self) }
}
