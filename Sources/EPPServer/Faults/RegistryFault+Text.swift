import EPP
import Gevent

/// A fault as text, `NAME` or `NAME=ARGUMENT`, for flags and configuration files.
extension RegistryFault: CustomStringConvertible {
    /// How a fault is written, and what it does in a few words: for the help of a program.
    public struct Form: Sendable, Hashable {
        /// The name, with the argument that it takes: `delay=TIME`.
        public let text: String
        /// What it does.
        public let summary: String

        /// The name alone.
        var name: Substring { text.prefix { $0 != "=" } }
    }

    /// All that there are.
    public static let forms = [
        Form(text: "refuse", summary: "close a new connection at once, before TLS"),
        Form(text: "close-before-greeting", summary: "close after TLS, without a greeting"),
        Form(text: "close", summary: "close instead of answering"),
        Form(text: "close-inside-body", summary: "close in the middle of an answer"),
        Form(text: "split=BYTES", summary: "send answers in pieces of so many bytes"),
        Form(text: "oversized-frame", summary: "announce a frame of a gigabyte"),
        Form(text: "garbage-frame", summary: "send a line of text instead of a frame"),
        Form(text: "garbage-document", summary: "send a frame that is no XML"),
        Form(text: "hang", summary: "send no answer and keep the connection"),
        Form(text: "wrong-transaction-id", summary: "answer with another clTRID"),
        Form(text: "result=CODE", summary: "refuse with a result code, 2000 to 2599; CODE alone does, too"),
        Form(text: "not-logged-in", summary: "forget the login: 2002"),
        Form(text: "delay=TIME", summary: "answer later: 200ms, 1.5s, 2m"),
        Form(text: "restart", summary: "cut every connection without a word"),
    ]

    private static let plain: [String: RegistryFault] = [
        "refuse": .refuse, "close-before-greeting": .closeBeforeGreeting, "close": .close,
        "close-inside-body": .closeInsideBody, "oversized-frame": .oversizedFrame, "garbage-frame": .garbageFrame,
        "garbage-document": .garbageDocument, "hang": .hang, "wrong-transaction-id": .wrongTransactionID,
        "not-logged-in": .notLoggedIn, "restart": .restart,
    ]

    /// Reads `NAME` or `NAME=ARGUMENT`; `forms` has them all. A number alone is a result code.
    ///
    /// - Throws: `InvalidFault`, which says what is wrong with it.
    public init(parsing text: String) throws(InvalidFault) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0]
        let argument = parts.count == 2 ? parts[1] : nil
        if let fault = Self.plain[name] {
            guard argument == nil else { throw InvalidFault(text, "\(name) takes no argument") }
            self = fault
            return
        }
        switch (name, argument) {
        case ("split", let argument?):
            guard let size = Int(argument), size > 0 else {
                throw InvalidFault(text, "split takes a number of bytes above 0")
            }
            self = .splitFrames(into: size)
        case ("delay", let argument?):
            guard let time = Duration(parsing: argument) else {
                throw InvalidFault(text, "delay takes a time such as 200ms, 1.5s or 2m")
            }
            self = .delay(time)
        case ("result", let argument?):
            self = try Self.result(argument, text)
        case ("split", nil), ("delay", nil), ("result", nil):
            throw InvalidFault(text, "\(name) needs an argument, \(name)=…")
        case (let number, nil) where number.utf8.count == 4 && Int(number) != nil:
            self = try Self.result(number, text)
        default:
            let names = Self.forms.map(\.name).joined(separator: ", ")
            throw InvalidFault(text, "there is no such fault; there are \(names)")
        }
    }

    private static func result(_ argument: String, _ text: String) throws(InvalidFault) -> RegistryFault {
        guard let code = Int(argument), 2000...2599 ~= code else {
            throw InvalidFault(text, "a result code of a failure is 2000 to 2599")
        }
        return .result(ResultCode(code))
    }

    /// The fault as `init(parsing:)` reads it.
    public var description: String {
        switch self {
        case .splitFrames(let size): "split=\(size)"
        case .delay(let time): "delay=\(time.faultText)"
        case .result(let code): "result=\(code.rawValue)"
        case .refuse: "refuse"
        case .closeBeforeGreeting: "close-before-greeting"
        case .close: "close"
        case .closeInsideBody: "close-inside-body"
        case .oversizedFrame: "oversized-frame"
        case .garbageFrame: "garbage-frame"
        case .garbageDocument: "garbage-document"
        case .hang: "hang"
        case .wrongTransactionID: "wrong-transaction-id"
        case .notLoggedIn: "not-logged-in"
        case .restart: "restart"
        }
    }
}

extension Duration {
    /// Reads a time with its unit: `us`, `ms`, `s` or `m`. Up to a day.
    init?(parsing text: String) {
        let unit = text.drop { $0.isNumber || $0 == "." }
        guard let number = Double(text.dropLast(unit.count)), number >= 0,
            let length = ["us": 1e-6, "ms": 1e-3, "s": 1, "m": 60][String(unit)], number * length <= 86_400
        else { return nil }
        self = .nanoseconds(Int64((number * length * 1e9).rounded()))
    }

    /// What `init(parsing:)` reads, to the microsecond.
    var faultText: String {
        let microseconds = Int64((bounded / .microseconds(1)).rounded())
        if microseconds % 1_000_000 == 0 { return "\(microseconds / 1_000_000)s" }
        return microseconds % 1000 == 0 ? "\(microseconds / 1000)ms" : "\(microseconds)us"
    }
}
