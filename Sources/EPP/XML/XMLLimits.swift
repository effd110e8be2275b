/// How large an XML document may be before the reader refuses it. All are counted while reading, so that a hostile
/// document costs no more than what it takes to reach the limit.
public struct XMLLimits: Sendable, Hashable {
    /// The longest document, in bytes; by default 1 MiB, what a frame may hold.
    public var documentLength = Frame.defaultLimit
    /// How deep elements may nest; by default 64. A reply with extensions reaches about 12.
    public var depth = 64
    /// How many elements a document may have; by default 65,536.
    public var elementCount = 65_536
    /// How many attributes one element may have, namespace declarations included; by default 64.
    public var attributeCount = 64
    /// How many namespace declarations may be in force at one place; by default 128.
    public var namespaceCount = 128
    /// The longest name of an element or attribute, in bytes; by default 256.
    public var nameLength = 256
    /// The longest value of an attribute as it is written, in bytes; by default 16 KiB.
    public var attributeLength = 16 * 1024
    /// The longest run of text between two tags as it is written, in bytes; by default 512 KiB: signed marks carry
    /// certificates as text.
    public var textLength = 512 * 1024

    /// The default limits.
    public init() {}

    /// The default limits, changed by a closure.
    public init(_ change: (inout XMLLimits) -> Void) {
        self.init()
        change(&self)
    }

    /// No limits.
    static let none = XMLLimits {
        $0.documentLength = .max
        $0.depth = .max
        $0.elementCount = .max
        $0.attributeCount = .max
        $0.namespaceCount = .max
        $0.nameLength = .max
        $0.attributeLength = .max
        $0.textLength = .max
    }
}
