/// The faults that are still to strike, in the order in which they were asked for.
struct FaultPlan {
    /// What strikes one answer.
    struct Strike: Equatable {
        /// Of those that change the answer, at most one.
        var fault: RegistryFault?
        var delay: Duration?
        /// In pieces of how many bytes the frame is sent.
        var pieces: Int?

        var isEmpty: Bool { fault == nil && delay == nil && pieces == nil }
    }

    private struct Entry {
        var rule: RegistryFaultRule
        /// How many answers it has seen since it last struck.
        var seen = 0
    }

    private var entries: [Entry] = []
    private var generator: SeededGenerator

    init(_ rules: [RegistryFaultRule] = [], seed: UInt64 = 0) {
        entries = rules.map { Entry(rule: $0) }
        generator = SeededGenerator(seed: seed)
    }

    mutating func add(_ rule: RegistryFaultRule) {
        entries.append(Entry(rule: rule))
    }

    mutating func removeAll() {
        entries = []
    }

    /// What strikes this answer, used up by one. Every rule that is about the answer counts it, and one that is due but
    /// finds another fault there stays due.
    mutating func next(at target: RegistryFaultPoint.Target) -> Strike {
        var strike = Strike()
        guard !entries.isEmpty else { return strike }
        for index in entries.indices where entries[index].rule.point.matches(target) {
            if entries[index].rule.after > 0 {
                entries[index].rule.after -= 1
                continue
            }
            entries[index].seen += 1
            let rule = entries[index].rule
            guard entries[index].seen >= rule.every, strike.hasRoom(for: rule.fault) else { continue }
            entries[index].seen = 0
            if rule.probability < 1, Double.random(in: 0..<1, using: &generator) >= rule.probability { continue }
            strike.take(rule.fault)
            entries[index].rule.times = rule.times.map { $0 - 1 }
        }
        entries.removeAll { $0.rule.times == 0 }
        return strike
    }
}

extension FaultPlan.Strike {
    fileprivate func hasRoom(for other: RegistryFault) -> Bool {
        switch other {
        case .delay: delay == nil
        case .splitFrames: pieces == nil
        default: fault == nil
        }
    }

    fileprivate mutating func take(_ other: RegistryFault) {
        switch other {
        case .delay(let time): delay = time
        case .splitFrames(let size): pieces = max(1, size)
        default: fault = other
        }
    }
}
