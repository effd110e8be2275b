/// One scenario of Tests/PoolTrace/scenarios.json; times are milliseconds.
struct TraceScenario: Decodable, CustomStringConvertible, Sendable {
    /// What a hook does: how long it takes, and whether it gives a connection (`ok`, `empty`), nothing, or an error.
    struct Outcome: Decodable, Sendable {
        var takes: Int?
        var gives: String?
    }

    struct Caller: Decodable, Sendable {
        var name: String
        var at: Int?
        var does: [Step]
    }

    /// One thing that a caller does; exactly one of the first eight is there.
    struct Step: Decodable, Sendable {
        var get: [Step]?
        var sleep: Int?
        var `raise`: String?
        var request: String?
        var answer: Bool?
        var within: Int?
        var kill: String?
        var `catch`: [Step]?
        var retry: [Step]?

        var `do`: [Step]?
        var times: Int?
        var failures: Int?
        var interval: Int?
        var on: [String]?
        /// Of `raise`: only so often, counted by `id`.
        var first: Int?
        var id: Int?
    }

    /// A repair makes ours differ: which, and what happens here.
    struct Difference: Decodable, Sendable {
        var repair: String
        var ours: [String]?
    }

    var name: String
    var size: Int
    var frequency: Int?
    var keepalive: Int?
    var listed: [String]?
    /// `keep`: as the original does with a connection whose borrower was interrupted.
    var interrupted: String?
    var connects: [Outcome]?
    var keepalives: [Outcome]?
    var callers: [Caller]?
    var until: Int
    var difference: Difference?

    var description: String { name }
}
