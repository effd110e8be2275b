import Glibc

/// A thread that has no hub.
final class BareThread: @unchecked Sendable {
    // Unchecked: the thread's number is written before it is used.
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private var thread = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        // Safe: retained here, released by the thread.
        let argument = Unmanaged.passRetained(Body(body)).toOpaque()
        let failure = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, argument)
        precondition(failure == 0)
    }

    func join() { pthread_join(thread, nil) }
}
