internal import Glibc

/// What gevent derives from BaseException: not to be swallowed by a general `catch`.
///
/// Swift's bare `catch` takes these too, so it begins with `try rethrowInterruption(error)`.
public protocol Interruption: Error {}

/// Throws `error` again if it is an `Interruption`, else does nothing: the first line of a general `catch`.
///
/// ```swift
/// do { try work() } catch { try rethrowInterruption(error); log(error) }
/// ```
public func rethrowInterruption(_ error: any Error) throws {
    if error is any Interruption { throw error }
}

/// Ends a greenlet without counting as a failure; what `kill()` throws by default. gevent's `GreenletExit`.
open class GreenletExit: Interruption, CustomStringConvertible, @unchecked Sendable {
    // Unchecked: immutable here; a subclass answers for its own fields.

    /// Why; empty by default.
    public let message: String

    /// An exit with a message, empty by default.
    public init(_ message: String = "") { self.message = message }

    /// The message, or the class's name.
    open var description: String { message.isEmpty ? "\(type(of: self))" : message }
}

/// Thrown into what still runs when its hub is destroyed. gevent's `HubDestroyed`.
public final class HubDestroyed: GreenletExit, @unchecked Sendable {}

/// Thrown into the main greenlet when nothing is left that could ever wake a waiting greenlet. gevent's `LoopExit`.
public struct LoopExit: Error, CustomStringConvertible {
    /// The greenlets that wait for ever, one line each.
    public let blocked: [String]

    /// What happened, and who is blocked.
    public var description: String {
        (["This operation would block forever"] + blocked.map { "    " + $0 }).joined(separator: "\n")
    }
}

/// A call that parks was made where nothing may park: in a hub callback. gevent's `BlockingSwitchOutError`.
public struct BlockingSwitchOutError: Error, CustomStringConvertible {
    /// gevent's text.
    public var description: String { "Impossible to call blocking function in the event loop callback" }
}

/// A greenlet was continued by something that it does not wait for. gevent's `InvalidSwitchError`.
///
/// Nothing here throws it: there is no call that switches to a greenlet, and what wakes one that waits for something else
/// is no error. It is there for code that has a place for it.
public struct InvalidSwitchError: Error, CustomStringConvertible {
    /// What was wrong.
    public let description: String
}

/// Two greenlets did at once what only one may do. gevent's `ConcurrentObjectUseError`.
public struct ConcurrentObjectUseError: Error, CustomStringConvertible {
    /// Which object, and for what.
    public let description: String

    /// An error with its text.
    package init(description: String) { self.description = description }
}

/// Something was called on a thread, or in a greenlet, where it does not belong. gevent's `InvalidThreadUseError`.
public struct InvalidThreadUseError: Error, CustomStringConvertible {
    /// What, and where it belongs.
    public let description: String
}

/// More greenlets at once than `Hub.Configuration.maximumGreenlets`, or than the system has memory for the stacks of; the
/// error of the one that could not start.
public struct TooManyGreenlets: Error, CustomStringConvertible {
    /// How many stacks of this size the hub has.
    public let limit: Int
    /// The system's reason; 0 where it was `maximumGreenlets`.
    let errno: Int32

    /// The limit, and where it is set.
    public var description: String {
        let reason =
            errno == 0 ? "Hub.Configuration.maximumGreenlets" : "the system: \(String(cString: strerror(errno)))"
        return "no stack left for another greenlet: all \(limit) are in use (\(reason))"
    }
}

/// A hub could not be made: the system has no descriptors, memory or threads left for it.
public struct HubUnavailable: Error, CustomStringConvertible {
    /// What there was too little of, and why.
    public let description: String

    init(_ what: String, errno: Int32) {
        description = "no hub for this thread: \(what): \(String(cString: strerror(errno)))"
    }

    init(_ what: String, _ error: any Error) { description = "no hub for this thread: \(what): \(error)" }
}
