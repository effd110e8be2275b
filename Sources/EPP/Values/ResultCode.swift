/// A result code of RFC 5730, section 3; 0 for what never reached the registry.
public struct ResultCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number.
    public let rawValue: Int

    /// The code of this number; any number will do, registries add their own.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// The code of this number.
    public init(_ rawValue: Int) {
        self.rawValue = rawValue
    }

    /// Did the registry do, or accept to do, what was asked: 1000 to 1999?
    public var isSuccess: Bool {
        1000..<2000 ~= rawValue
    }

    /// Does the registry close the connection behind the response: 1500 and 2500 to 2502, and what else has the 5 of
    /// "connection management" in the second place?
    public var endsSession: Bool {
        1500..<1600 ~= rawValue || 2500..<2600 ~= rawValue
    }

    /// What RFC 5730 says in English for this code; nil for one that it does not have.
    public var standardMessage: String? {
        Self.messages[rawValue]
    }

    /// The number and, where there is one, the RFC's message.
    public var description: String {
        standardMessage.map { "\(rawValue) \($0)" } ?? "\(rawValue)"
    }

    /// The codes that RFC 5730 has, in order.
    public static var all: [ResultCode] {
        messages.keys.filter { $0 > 0 }.sorted().map { ResultCode($0) }
    }

    private static let messages: [Int: String] = [
        0: "Transport error",
        1000: "Command completed successfully",
        1001: "Command completed successfully; action pending",
        1300: "Command completed successfully; no messages",
        1301: "Command completed successfully; ack to dequeue",
        1500: "Command completed successfully; ending session",
        2000: "Unknown command",
        2001: "Command syntax error",
        2002: "Command use error",
        2003: "Required parameter missing",
        2004: "Parameter value range error",
        2005: "Parameter value syntax error",
        2100: "Unimplemented protocol version",
        2101: "Unimplemented command",
        2102: "Unimplemented option",
        2103: "Unimplemented extension",
        2104: "Billing failure",
        2105: "Object is not eligible for renewal",
        2106: "Object is not eligible for transfer",
        2200: "Authentication error",
        2201: "Authorization error",
        2202: "Invalid authorization information",
        2300: "Object pending transfer",
        2301: "Object not pending transfer",
        2302: "Object exists",
        2303: "Object does not exist",
        2304: "Object status prohibits operation",
        2305: "Object association prohibits operation",
        2306: "Parameter value policy error",
        2307: "Unimplemented object service",
        2308: "Data management policy violation",
        2400: "Command failed",
        2500: "Command failed; server closing connection",
        2501: "Authentication error; server closing connection",
        2502: "Session limit exceeded; server closing connection",
    ]
}
