/// Makes the transaction identifiers of one session: 3 to 64 characters, never the same twice.
///
/// Sixty random bits tell sessions, processes and hosts apart; the number behind them tells the session's commands
/// apart and shows their order in a registry's log.
struct TransactionIDs {
    private let prefix: String
    private var count = 0

    init() {
        var generator = SystemRandomNumberGenerator()
        self.init(using: &generator)
    }

    init(using generator: inout some RandomNumberGenerator) {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        let letters = (0..<12).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] }
        prefix = String(decoding: letters, as: UTF8.self) + "-"
    }

    mutating func next() -> String {
        count += 1
        return prefix + String(count)
    }
}
