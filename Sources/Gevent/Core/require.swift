/// Stops the program where `condition` does not hold, which is a mistake of the caller's, and says which one.
///
/// In release builds too: there the text of a `precondition` is gone.
@inlinable @inline(__always)
package func require(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { stop(message, file, line) }
}

@inline(never) @usableFromInline
package func stop(_ message: () -> String, _ file: StaticString, _ line: UInt) -> Never {
    fatalError(message(), file: file, line: line)
}
