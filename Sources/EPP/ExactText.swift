/// A text that is compared and hashed by its bytes.
///
/// `String` compares by canonical equivalence: `é` as one character equals `é` as a letter and an accent, and the
/// Kelvin sign equals the letter K. In XML and in EPP they are different names, namespaces, identifiers and passwords,
/// and to find out that they are equal both have to be normalised, which costs a hundred times as much as a comparison.
/// Whatever a peer's text is looked up by or decided on goes through this type or `hasSameBytes`.
///
/// A text may be compared by `==` or `switch` with a literal: no other text is canonically equivalent to one of ASCII
/// without `K`, `;` and a grave accent, and none of the protocol's words has these.
package struct ExactText: Sendable, Hashable {
    package let string: String

    package init(_ string: String) {
        self.string = string
    }

    package static func == (one: ExactText, other: ExactText) -> Bool {
        one.string.hasSameBytes(as: other.string)
    }

    package func hash(into hasher: inout Hasher) {
        var string = string
        string.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension String {
    /// Is it the other text, byte for byte?
    package func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        var (one, two) = (self, other)
        return one.withUTF8 { bytes in two.withUTF8 { bytes.elementsEqual($0) } }
    }

    /// Is it the other text, byte for byte? One that is not there is only the same as another that is not there.
    package func hasSameBytes(as other: String?) -> Bool {
        other.map(hasSameBytes) ?? false
    }
}

extension Sequence<String> {
    /// Is the text among these, byte for byte?
    package func containsExactly(_ text: String) -> Bool {
        contains { $0.hasSameBytes(as: text) }
    }
}
