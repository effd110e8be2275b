import ArgumentParser

extension Duration {
    /// Reads a time as an argument or setting has it: `10`, `500ms`, `30s`, `5m`, `1h`. Nil for what is none, and for one
    /// of more than thirty years.
    init?(argument text: String) {
        let unit = text.drop { ("0"..."9").contains($0) || $0 == "." }
        guard let number = Double(text.dropLast(unit.count)), number >= 0, number < 1e9,
            let length = ["": 1.0, "ms": 0.001, "s": 1, "m": 60, "h": 3600][String(unit)], number * length < 1e9
        else { return nil }
        self = .nanoseconds(Int64((number * length * 1e9).rounded()))
    }
}

extension ArgumentValues {
    /// `10`, `500ms`, `30s`, `5m`, `1h`.
    static func duration(_ text: String) throws -> Duration {
        guard let time = Duration(argument: text) else {
            throw ValidationError("a time is a number of seconds, or has a unit: 500ms, 30s, 5m, 1h")
        }
        return time
    }
}
