/// Counts what it costs to read a document and to take values out of it: bytes that are compared, copied or looked at
/// again, and nodes, attributes and declarations that are visited. Tests hold the count against the size of the
/// document, whatever stands in it. A count depends neither on the machine nor on what else runs on it.
///
/// In release builds nothing is counted.
///
/// Unchecked: only `of` makes one, and only what its closure calls finds it, in the thread that waits for the closure.
package final class XMLCost: @unchecked Sendable {
    @TaskLocal private static var current: XMLCost?

    private var steps = 0

    /// What a closure costs.
    package static func of(_ body: () throws -> Void) rethrows -> Int {
        let cost = XMLCost()
        try $current.withValue(cost, operation: body)
        return cost.steps
    }

    /// Is anything counted in this build?
    package static var isCounted: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    @inline(__always)
    static func spend(_ steps: Int) {
        #if DEBUG
            current?.steps += steps
        #endif
    }
}
