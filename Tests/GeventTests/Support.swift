import Gevent
import Glibc
import Synchronization

/// An error that tests throw and know again.
final class Broken: Error {}

/// The errors that nobody caught on the current hub, kept instead of printed.
final class Reports {
    private(set) var errors: [any Error] = []
    private(set) var contexts: [UnhandledErrorContext] = []

    init() {
        Hub.current.onUnhandledError = { context, error in
            self.errors.append(error)
            self.contexts.append(context)
        }
    }
}

/// Uses up real time of the calling thread without parking.
func burn(_ duration: Duration) {
    let clock = ContinuousClock()
    let end = clock.now + duration
    while clock.now < end {}
}

/// The error that `body` throws, nil if it throws none.
func thrown(_ body: () throws -> Void) -> (any Error)? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}

/// Whether two errors are one object.
func same(_ a: (any Error)?, _ b: AnyObject) -> Bool { a.map { $0 as AnyObject === b } ?? false }

/// A value that several threads write.
final class Locked<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func change(_ body: @Sendable (inout Value) -> Void) { mutex.withLock { body(&$0) } }

    func set(_ value: Value) { mutex.withLock { $0 = value } }
}

/// Whether the address or the thread sanitizer watches: it has handlers and limits of its own.
let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
