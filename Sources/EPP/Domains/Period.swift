/// For how long a domain is registered: 1 to 99 years or months.
public struct Period: Sendable, Hashable {
    /// The unit of a period.
    public enum Unit: String, Sendable, Hashable {
        /// Years
        case years = "y"
        /// Months
        case months = "m"
    }

    /// How many.
    public var count: Int
    /// Of what.
    public var unit: Unit

    /// A period.
    public init(_ count: Int, _ unit: Unit) {
        self.count = count
        self.unit = unit
    }

    /// So many years.
    public static func years(_ count: Int) -> Period { Period(count, .years) }
    /// So many months.
    public static func months(_ count: Int) -> Period { Period(count, .months) }
}

extension Period {
    init(_ element: XMLTree.Element) throws(ParsingError) {
        guard let count = Int(element.token) else { throw element.error("a period is no number") }
        guard let unit = element.tokenAttribute("unit").flatMap(Unit.init) else {
            throw element.error("a period has no unit, y or m")
        }
        self.init(count, unit)
    }

    func encode(as name: StaticString = "domain:period", to writer: inout XMLWriter) {
        writer.element(name, .init("unit", unit.rawValue), text: String(count))
    }

    func validate(_ field: String = "domain:period") throws(InvalidValue) {
        guard 1...99 ~= count else {
            throw InvalidValue(field: field, reason: "is \(count), but 1 to 99 are allowed")
        }
    }
}
