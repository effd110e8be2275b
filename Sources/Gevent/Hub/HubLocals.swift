internal import Glibc
internal import Synchronization

/// One value a hub, made on first use, freed with the hub or with this: what a global variable of a type that is not Sendable becomes.
///
/// ```swift
/// let pool = HubLocal { MyPool(20) }
/// try pool.value.get { c in try c.sendAll("x") }
/// ```
public final class HubLocal<Value>: Sendable {
    private let key = LocalKey()
    private let make: @Sendable () throws -> Value

    /// `make` is called on each hub that asks for the value, once, unless it throws.
    public init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

    /// This hub's value; throws what making it threw.
    public var value: Value {
        get throws {
            let hub = Hub.current
            if let value = hub.locals[key] as? Value { return value }
            let value = try make()
            hub.locals.set(value, for: key)
            return value
        }
    }

    /// Replaces this hub's value; with nil the next use makes a new one.
    public func set(_ value: Value?) {
        let locals = Hub.current.locals
        if let value { locals.set(value, for: key) } else { locals.remove(key.number) }
    }
}

/// A hub's object on its way through other threads.
public struct HubBound<Value>: @unchecked Sendable {
    // Unchecked: the value is only given out on its hub's thread (checked), and released there.
    private final class Box: @unchecked Sendable {
        let core: Core
        let handle: Hub.Handle
        var value: Value?

        init(_ core: Core, _ value: Value) {
            self.core = core
            handle = core.pointee.hub.takeUnretainedValue().handle
            self.value = value
        }

        deinit {
            guard HubCore.existing != core else { return }
            // The last reference went on another thread: the value is released on its own, or when that is gone.
            let carrier = Carrier(value)
            value = nil
            handle.mailbox.release { carrier.value = nil }
        }
    }

    private final class Carrier: @unchecked Sendable {
        // Unchecked: filled by the thread that drops the box, emptied on the hub's, one after the other.
        var value: Value?
        init(_ value: Value?) { self.value = value }
    }

    private let box: Box

    /// Takes a value of the calling thread's hub along.
    public init(_ value: Value) { box = Box(HubCore.current, value) }

    /// The value. On its hub's thread only: elsewhere the program stops.
    public var value: Value {
        box.core.checkThread()
        guard let value = box.value else { fatalError("a HubBound without its value") }
        return value
    }

    /// Has the value released on its hub soon, whoever has a copy of this. No use of the value may follow. From any
    /// thread; never parks.
    ///
    /// For the owner of a hub's thread, before it ends that: what the value does when it goes may need the hub.
    package func letGo() { box.handle.mailbox.release { [box] in box.value = nil } }

    /// Runs `body` with the value on its hub soon. From any thread; never parks.
    public func post(_ body: @escaping @Sendable (Value) -> Void) {
        box.handle.post { body(self.value) }
    }
}

/// One value a greenlet, made on first use, freed with the greenlet or with this. gevent's `local`. Not inherited by spawning.
public final class GreenletLocal<Value>: Sendable {
    private let key = LocalKey()
    private let make: @Sendable () -> Value

    /// `make` is called in each greenlet that asks for the value, once.
    public init(_ make: @escaping @Sendable () -> Value) { self.make = make }

    /// The calling greenlet's value.
    public var value: Value {
        get {
            let greenlet = AnyGreenlet.current
            if let value = greenlet.locals?[key] as? Value { return value }
            let value = make()
            greenlet.makeLocals().set(value, for: key)
            return value
        }
        set { AnyGreenlet.current.makeLocals().set(newValue, for: key) }
    }
}
