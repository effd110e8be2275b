import EPP

/// What is told of one object, for people and as JSON: the order is the same.
struct Fields: Sendable {
    /// A line for people.
    struct Line: Sendable {
        let label: String
        let text: String
    }

    private(set) var lines: [Line] = []
    private(set) var members: [JSONValue.Member] = []

    var json: JSONValue { .object(members) }

    /// A text, where there is one.
    mutating func add(_ key: String, _ text: String?) {
        guard let text else { return }
        lines.append(Line(label: key, text: text))
        members.append(.init(key: key, value: .string(text)))
    }

    /// A number.
    mutating func add(_ key: String, _ number: Int?) {
        guard let number else { return }
        lines.append(Line(label: key, text: String(number)))
        members.append(.init(key: key, value: .integer(number)))
    }

    /// Yes or no.
    mutating func add(_ key: String, _ flag: Bool) {
        lines.append(Line(label: key, text: flag ? "yes" : "no"))
        members.append(.init(key: key, value: .bool(flag)))
    }

    /// A date, where there is one: some registries leave out what must be there.
    mutating func add(_ key: String, _ date: Timestamp?) { add(key, date.flatMap { $0.isEmpty ? nil : $0.text }) }

    /// Some texts, each a line with a label of its own: JSON has them all the same, as an array that may be empty.
    mutating func add(_ key: String, each label: String, _ texts: [String]) {
        add(key, texts, label: { _ in label }, text: { $0 }, json: { .string($0) })
    }

    /// Some values, each a line.
    mutating func add<Value>(
        _ key: String, _ values: [Value], label: (Value) -> String, text: (Value) -> String,
        json: (Value) -> JSONValue
    ) {
        lines += values.map { Line(label: label($0), text: text($0)) }
        members.append(.init(key: key, value: .array(values.map(json))))
    }

    /// A value whose JSON has a form of its own.
    mutating func add(_ key: String, json: JSONValue, lines: [Line]) {
        self.lines += lines
        members.append(.init(key: key, value: json))
    }
}
