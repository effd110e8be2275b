import EPP

/// The queue of messages that each registrar has.
extension RegistryCore {
    func poll(_ call: Call) -> Reply {
        guard let queue = store.queues[call.client], let first = queue.first else { return Reply(.successNoMessages) }
        var reply = Reply(.successAckToDequeue)
        reply.queue = MessageQueue(count: queue.count, id: first.id, date: first.date, message: first.text)
        reply.data = first.data
        if let change = first.change, call.declares(.changePoll) { reply.extensions.append(change) }
        return reply
    }

    func acknowledge(_ command: AcknowledgeMessage, _ call: Call) throws -> Reply {
        try validate(command)
        var queue = store.queues[call.client] ?? []
        guard let index = queue.firstIndex(where: { $0.id.hasSameBytes(as: command.id) }) else {
            throw Refusal(.objectDoesNotExist, "msgID", "there is no message \(command.id)")
        }
        queue.remove(at: index)
        store.setQueue(queue, of: call.client)
        return Reply()
    }

    /// What any response says about the queue; nil where it is empty.
    func queue(of client: String) -> MessageQueue? {
        guard let queue = store.queues[client], let first = queue.first else { return nil }
        return MessageQueue(count: queue.count, id: first.id)
    }

    func tell(_ client: String, _ text: String, _ data: PollData?, change: ChangePoll? = nil, _ now: Double) {
        store.enqueue(
            RegisteredMessage(text, for: client, data: data, change: change), at: Timestamp(secondsSince1970: now))
    }
}
