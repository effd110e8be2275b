/// A text that shows as `***` wherever values are printed, dumped or interpolated.
struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var value: String

    init(_ value: String) {
        self.value = value
    }

    var description: String { "***" }
    var debugDescription: String { "***" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
