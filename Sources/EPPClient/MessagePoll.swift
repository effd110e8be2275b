import EPP

/// The messages of a registry's queue, one after the other, each acknowledged once it has been dealt with.
///
///     let poll = registry.poll()
///     while let message = try poll.next() {
///         try store(message)
///     }
///
/// Asking for the next message says that the last one is dealt with: `next()` acknowledges it first. So a body that
/// throws leaves its message in the queue, and it comes again. What is left by `break` stays in the queue too, unless
/// `acknowledge()` is called.
///
/// An acknowledgement whose reply was lost is sent again; that its message is gone then counts as success. Only one
/// reader makes sense for a queue: two would get the same message.
public final class MessagePoll {
    private let registry: RegistryClient
    private var unacknowledged: String?

    init(_ registry: RegistryClient) {
        self.registry = registry
    }

    /// Acknowledges the last message and gives the next; nil where the queue is empty. Can be called again then. Parks
    /// the calling greenlet.
    ///
    /// - Throws: As `RegistryClient.send` does. After a failed acknowledgement the next call begins with it again.
    @available(*, noasync)
    public func next() throws -> PolledMessage? {
        try acknowledge()
        let message = try registry.nextMessage()
        unacknowledged = message?.id
        return message
    }

    /// Acknowledges the last message, if that has not been done. Parks the calling greenlet.
    @available(*, noasync)
    public func acknowledge() throws {
        guard let id = unacknowledged else { return }
        try registry.acknowledge(id)
        unacknowledged = nil
    }

    /// Runs `body` with each message until the queue is empty, and acknowledges each when its body has ended. Parks the
    /// calling greenlet.
    ///
    /// - Throws: What `body` throws, its message being left in the queue; as `next()` does.
    @available(*, noasync)
    public func forEach(_ body: (PolledMessage) throws -> Void) throws {
        while let message = try next() { try body(message) }
    }
}

@available(*, unavailable)
extension MessagePoll: Sendable {}

extension RegistryClient {
    /// The messages of the registry's queue, one after the other.
    public func poll() -> MessagePoll { MessagePoll(self) }

    func nextMessage() throws -> PolledMessage? {
        let response = try send(Poll())
        guard response.code != .successNoMessages else { return nil }
        let message = PolledMessage(response)
        if message == nil, response.code == .successAckToDequeue {
            throw CommandFailure.unreadable("the registry has a message but does not say which", command: Poll.name)
        }
        return message
    }

    func acknowledge(_ id: String) throws {
        do {
            try send(AcknowledgeMessage(id), repeating: true)
        } catch let error as RegistryError where error.code == .objectDoesNotExist {
            // Gone: acknowledged by a call that was given up, or by somebody else.
        }
    }
}
