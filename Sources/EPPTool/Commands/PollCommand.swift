import ArgumentParser
import EPP
import EPPClient
import Gevent

/// `epp poll`: the registry's messages.
struct PollCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "poll", abstract: "Read the registry's messages.",
        discussion: """
            By itself it shows the first message and leaves it in the queue; --ack takes that one out. --drain shows \
            and acknowledges all that there are; --follow goes on and asks again every --interval until it is \
            stopped. A message is acknowledged once it was written: where that fails it stays in the queue, and where the \
            connection breaks between the two it is shown once more.
            """)
    static let title = Poll.name

    @Option(help: "Acknowledge the message with this identifier.")
    var ack: String?

    @Flag(help: "Show and acknowledge all messages that there are.")
    var drain = false

    @Flag(help: "Show and acknowledge all messages, those to come too.")
    var follow = false

    @Option(
        help: "How long --follow waits where there is no message, such as 30, 500ms or 5m (30s).",
        transform: ArgumentValues.duration)
    var interval: Duration = .seconds(30)

    @OptionGroup(title: "Registry") var options: RegistryOptions

    var outlivesSessions: Bool { follow }

    func validate() throws {
        guard [ack != nil, drain, follow].filter({ $0 }).count <= 1 else {
            throw ValidationError("--ack, --drain and --follow are three different things: give one of them")
        }
        guard interval > .zero, interval <= .seconds(86_400) else {
            throw ValidationError("--interval is a time above 0, up to a day")
        }
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        if let ack {
            let reply = try sender.send(AcknowledgeMessage(ack))
            var report = try Report(AcknowledgeMessage.name, reply) { _, _ in }
            if let queue = reply.messageQueue { report.note(queue) }
            return try emit(report)
        }
        guard drain || follow else { return try emit(report(sender.send(Poll()))) }
        while true {
            do {
                try takeAll(sender, emit)
            } catch let error as RegistryError where follow && error.shouldRetry {
                // The registry is away: the messages wait there.
                Terminal.error("\(error); trying again in \(LoadReport.time(interval))")
            }
            guard follow else { return }
            try sleep(for: interval)
        }
    }

    private func takeAll(_ sender: any CommandSender, _ emit: (Report) throws -> Void) throws {
        while true {
            let reply = try sender.send(Poll())
            guard let queue = reply.messageQueue, !queue.id.isEmpty, reply.code == .successAckToDequeue else {
                if drain { try emit(report(reply)) }
                return
            }
            try emit(report(reply))
            // Only what was written is taken out of the queue.
            try Terminal.sync()
            _ = try sender.send(AcknowledgeMessage(queue.id))
        }
    }

    private func report(_ reply: CommandResponse<PollData>) throws -> Report {
        var fields = Fields()
        // With 1300 some registries send an empty queue all the same.
        if let queue = reply.messageQueue, reply.code != .successNoMessages {
            fields.add("id", queue.id)
            fields.add("waiting", queue.count)
            fields.add("date", queue.date)
            fields.add("message", queue.message)
        }
        fields.add(reply.elements)
        let others = try fields.addExtensions(of: reply)
        return Report(
            command: Self.title, head: ReplyHead(reply), body: fields.members.isEmpty ? .none : .fields(fields),
            extensions: others)
    }
}

extension Report {
    /// Tells what is left in the queue.
    fileprivate mutating func note(_ queue: MessageQueue) {
        var fields = Fields()
        fields.add("waiting", queue.count)
        fields.add("next", queue.id)
        body = .fields(fields)
    }
}
