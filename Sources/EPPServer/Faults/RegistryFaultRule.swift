import Gevent

/// A fault, where it strikes and how often.
///
///     registry.inject(RegistryFaultRule(.result(.commandFailed), at: .verb("domain:create"), times: 2))
///     registry.inject(try RegistryFaultRule(parsing: "delay=20ms,every=3"))
///
/// Rules are independent of one another: each counts the answers that it is about. Where several are due on one answer,
/// the first of them strikes and the others stay due, but for delays and split frames, which come on top.
public struct RegistryFaultRule: Sendable, Hashable {
    /// How the registry misbehaves.
    public var fault: RegistryFault
    /// On which answers. `refuse` and `closeBeforeGreeting` strike new connections, whatever stands here.
    public var point: RegistryFaultPoint
    /// How often, after which the registry behaves again; nil for ever.
    public var times: Int?
    /// How many answers there are from one strike to the next: 1 for each, 3 for each third.
    public var every: Int
    /// How many answers are left alone at first.
    public var after: Int
    /// How probable a strike is where one is due: 0 to 1. The chances follow from the configuration's seed.
    public var probability: Double

    /// A rule.
    ///
    /// - Precondition: `times` and `every` are above 0, `after` is not below 0, `probability` is 0 to 1.
    public init(
        _ fault: RegistryFault, at point: RegistryFaultPoint = .command, times: Int? = nil, every: Int = 1,
        after: Int = 0, probability: Double = 1
    ) {
        require((times ?? 1) > 0, "a fault that strikes \(times ?? 0) times")
        require(every > 0, "a fault that strikes every \(every) answers")
        require(after >= 0, "a fault that strikes after \(after) answers")
        require(0...1 ~= probability, "a fault with the probability \(probability)")
        self.fault = fault
        self.point = fault.isAtStart ? .greeting : point
        self.times = times
        self.every = every
        self.after = after
        self.probability = probability
    }

    /// Reads `NAME[=ARGUMENT]` and what follows after commas: `on=POINT` (`greeting`, `login`, `command`, `all`, a verb
    /// such as `check`, or `domain:check`), `times=N`, `every=N`, `after=N`, `chance=P`.
    ///
    ///     close-inside-body,on=domain:create,times=1
    ///     2400,chance=0.1
    ///
    /// - Throws: `InvalidFault`, which says what is wrong with it.
    public init(parsing text: String) throws(InvalidFault) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        self.init(try RegistryFault(parsing: parts[0]))
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2 else { throw InvalidFault(text, "\(part) has no value, as in times=1") }
            switch pair[0] {
            case "on":
                guard let place = RegistryFaultPoint(pair[1]) else {
                    throw InvalidFault(text, "on takes greeting, login, command, all, check, domain:check and the like")
                }
                guard !fault.isAtStart || place == .greeting else {
                    throw InvalidFault(text, "\(fault) strikes new connections only")
                }
                point = place
            case "times": times = try Self.count(pair[1], "times", 1, text)
            case "every": every = try Self.count(pair[1], "every", 1, text)
            case "after": after = try Self.count(pair[1], "after", 0, text)
            case "chance":
                guard let value = Double(pair[1]), 0...1 ~= value else {
                    throw InvalidFault(text, "chance takes a number from 0 to 1")
                }
                probability = value
            default:
                throw InvalidFault(text, "there is no \(pair[0]); there are on, times, every, after, chance")
            }
        }
    }

    private static func count(
        _ value: String, _ name: String, _ least: Int, _ text: String
    ) throws(InvalidFault) -> Int {
        guard let number = Int(value), number >= least else {
            throw InvalidFault(text, "\(name) takes a number from \(least) on")
        }
        return number
    }
}

extension RegistryFaultRule: CustomStringConvertible {
    /// The rule as `init(parsing:)` reads it.
    public var description: String {
        var text = fault.description
        if point != .command, !fault.isAtStart { text += ",on=\(point.text)" }
        if let times { text += ",times=\(times)" }
        if every != 1 { text += ",every=\(every)" }
        if after != 0 { text += ",after=\(after)" }
        if probability != 1 { text += ",chance=\(probability)" }
        return text
    }
}
