/// Reads typed values out of environment variables.
struct EnvironmentReader {
    private let environment: [String: String]

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    func text(_ variable: String) throws -> String {
        guard let text = value(variable) else { throw SettingsError(variable: variable, reason: "is not set") }
        return text
    }

    func integer(_ variable: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = value(variable) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw SettingsError(
                variable: variable,
                reason: "is \"\(text)\", not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func seconds(_ variable: String, allowsZero: Bool) throws -> Duration? {
        guard let text = value(variable) else { return nil }
        // Up to a day: beyond it, a number of seconds is a mistake, a number of milliseconds for one.
        guard let number = Double(text), number.isFinite, number <= 86_400, allowsZero ? number >= 0 : number > 0 else {
            let range = allowsZero ? "from 0 to 86400" : "above 0, up to 86400"
            throw SettingsError(variable: variable, reason: "is \"\(text)\", not a number of seconds \(range)")
        }
        return .seconds(number)
    }

    private func value(_ variable: String) -> String? {
        guard let text = environment[variable], !text.isEmpty else { return nil }
        return text
    }
}
