import EPP

/// Arithmetic with dates, for terms and deadlines.
enum RegistryDate {
    /// The first moment of the year 1 and the last second of the year 9999, since 1970.
    static let first = -62_135_596_800.0
    static let last = 253_402_300_799.0

    /// The date so many years later, at the same time of day; the 28th of February where there is no 29th.
    static func adding(years: Int, to date: Timestamp) -> Timestamp {
        guard let seconds = date.secondsSince1970 else { return date }
        let text = Timestamp(secondsSince1970: seconds).text
        // Safe: a timestamp made of seconds starts with four digits.
        let year = min(9999, (Int(text.prefix(4)) ?? 0) + years)
        let padded = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let rest = text.dropFirst(4)
        return Timestamp(padded + (rest.hasPrefix("-02-29") && !isLeap ? "-02-28" + rest.dropFirst(6) : rest))
    }

    /// The date so much later; at most the last that can be written.
    static func adding(_ time: Duration, to seconds: Double) -> Timestamp {
        Timestamp(secondsSince1970: min(max(seconds + time / .seconds(1), first), last))
    }
}

extension Timestamp {
    /// For comparisons; what is no date is never reached.
    var deadline: Double { secondsSince1970 ?? .infinity }
}
