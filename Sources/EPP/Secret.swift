/// A text that shows as `***` wherever values are printed, dumped or interpolated. Compared byte for byte.
struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var value: String

    init(_ value: String) {
        self.value = value
    }

    static func == (one: Secret, other: Secret) -> Bool {
        one.value.hasSameBytes(as: other.value)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(ExactText(value))
    }

    var description: String { "***" }
    var debugDescription: String { "***" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
