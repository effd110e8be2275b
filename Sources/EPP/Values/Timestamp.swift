/// A date and time as a registry writes it, such as `2026-03-01T22:00:00.0Z`.
///
/// The text is kept as it came, so that nothing is lost where a registry writes what is no date.
public struct Timestamp: Sendable, Hashable, CustomStringConvertible {
    /// The date as it is written in the protocol.
    public let text: String

    /// The date that this text says.
    public init(_ text: String) {
        self.text = text
    }

    /// No date: what stands where a registry leaves one out that it should give. Its text is empty.
    public static let unknown = Timestamp("")

    /// Is there no text at all?
    public var isEmpty: Bool { text.isEmpty }

    /// Does it say a time of the day and the time zone?
    package var isExact: Bool {
        let bytes = Array(text.utf8)
        guard bytes.count > 11, secondsSince1970 != nil, let last = bytes.last else { return false }
        return last | 0x20 == UInt8(ascii: "z") || bytes[11...].contains { $0 == 0x2B || $0 == 0x2D }
    }

    /// The text; nil where there is none.
    var known: String? { text.isEmpty ? nil : text }

    /// The date so many seconds after the start of 1970, in UTC, with milliseconds where it is not a whole second.
    ///
    /// - Precondition: the year is 1 to 9999.
    public init(secondsSince1970 seconds: Double) {
        // Beyond these no Int64 counts the milliseconds, or it is no number.
        guard abs(seconds) < 1e15 else { fatalError("a date \(seconds) seconds from 1970 cannot be written") }
        // Not rounded(): that is a call into libm, which a program without Foundation or Glibc does not link.
        let milliseconds = Int64(seconds * 1000 + (seconds < 0 ? -0.5 : 0.5))
        let (days, inDay) = Self.divide(milliseconds, by: 86_400_000)
        let (year, month, day) = Self.date(ofDay: days)
        guard 1...9999 ~= year else { fatalError("a date in the year \(year) cannot be written") }
        let time = inDay / 1000
        var text = "\(Self.padded(year, 4))-\(Self.padded(month))-\(Self.padded(day))T"
        text += "\(Self.padded(time / 3600)):\(Self.padded(time / 60 % 60)):\(Self.padded(time % 60))"
        if inDay % 1000 != 0 { text += ".\(Self.padded(inDay % 1000, 3))" }
        self.text = text + "Z"
    }

    /// The seconds since the start of 1970; nil where the text is no date.
    ///
    /// Reads the schemas' `dateTime` and `date`; a date without a time zone is taken for UTC, as EPP demands of all.
    public var secondsSince1970: Double? {
        var scanner = Scanner(rest: text.utf8[...])
        guard let year = scanner.number(digits: 4), scanner.take("-"), let month = scanner.number(digits: 2),
            scanner.take("-"), let day = scanner.number(digits: 2), 1...12 ~= month, year > 0,
            1...Self.length(ofMonth: month, in: year) ~= day
        else { return nil }
        var seconds = Double(Self.day(ofYear: year, month, day) * 86_400)
        if scanner.take("T") || scanner.take("t") || scanner.take(" ") {
            guard let hour = scanner.number(digits: 2), scanner.take(":"), let minute = scanner.number(digits: 2),
                scanner.take(":"), let second = scanner.number(digits: 2), hour < 24, minute < 60, second <= 60
            else { return nil }
            seconds += Double(hour * 3600 + minute * 60 + second)
            if scanner.take(".") {
                guard let fraction = scanner.fraction() else { return nil }
                seconds += fraction
            }
        }
        guard let offset = scanner.zone(), scanner.rest.isEmpty else { return nil }
        return seconds - Double(offset)
    }

    /// The date in UTC without the time, `2026-03-01`; nil where the text is no date.
    public var date: String? {
        guard let seconds = secondsSince1970 else { return nil }
        if text.utf8.count == 10 { return text }
        let midnight = Self.divide(Int64(seconds) - (Double(Int64(seconds)) > seconds ? 1 : 0), by: 86_400).quotient
        let (year, month, day) = Self.date(ofDay: midnight)
        return 1...9999 ~= year ? "\(Self.padded(year, 4))-\(Self.padded(month))-\(Self.padded(day))" : nil
    }

    /// The text.
    public var description: String {
        text
    }
}

extension Timestamp {
    /// Days since 1970 and dates in the Gregorian calendar: in years that start with March, so that the leap day is the
    /// last of a year, and eras of 400 years, which are all of one length.
    private static func date(ofDay days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = divide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * fromMarch + 2) / 5 + 1)
    }

    private static func day(ofYear year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let (era, yearOfEra) = divide(month <= 2 ? year - 1 : year, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func length(ofMonth month: Int64, in year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Int(month - 1)]
    }

    private static func divide(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = ((number % divisor) + divisor) % divisor
        return ((number - remainder) / divisor, remainder)
    }

    private static func padded(_ number: Int64, _ digits: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private struct Scanner {
        var rest: Substring.UTF8View

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(digits: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<digits {
                guard let digit = rest.first, 0x30...0x39 ~= digit else { return nil }
                value = value * 10 + Int64(digit - 0x30)
                rest.removeFirst()
            }
            return value
        }

        mutating func fraction() -> Double? {
            var unit = 0.1
            var value = 0.0
            guard let first = rest.first, 0x30...0x39 ~= first else { return nil }
            while let digit = rest.first, 0x30...0x39 ~= digit {
                value += unit * Double(digit - 0x30)
                unit /= 10
                rest.removeFirst()
            }
            return value
        }

        /// The offset from UTC in seconds.
        mutating func zone() -> Int64? {
            if rest.isEmpty || take("Z") || take("z") { return 0 }
            let isWest = rest.first == UInt8(ascii: "-")
            guard take("-") || take("+"), let hours = number(digits: 2) else { return nil }
            // ISO 8601's basic form, +0200, which the schemas do not have.
            _ = take(":")
            guard let minutes = number(digits: 2), minutes < 60, hours * 60 + minutes <= 14 * 60
            else { return nil }
            return (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
        }
    }
}
