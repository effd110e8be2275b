/// Why a loop could not be made.
package struct EventLoopError: Error, CustomStringConvertible {
    /// The function of the system or of libev that failed.
    package let call: String
    /// Its error number.
    package let errno: Int32

    package var description: String { "cannot make an event loop: \(call) failed with errno \(errno)" }
}
