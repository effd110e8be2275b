public import EPPClient
public import Gevent
public import GeventConnPool
public import ServiceLifecycle

// In a group, services are shut down in the reverse order in which they are listed: first the hub, then what lives on it,
// then what serves requests with that.

extension HubThread: Service {
    /// Lives as long as the hub thread: ends it with the group's graceful shutdown, or when it is cancelled. A second call
    /// stops the program.
    public func run() async throws {
        try await serve(isServing, "a HubThread") { _ in await self.stop() }
    }
}

extension AsyncConnectionPool: Service {
    /// Lives as long as the pool. With the group's graceful shutdown it refuses borrowers, waits for those that have a
    /// connection and retires all; cancelled, then or before, it waits for nobody. A second call stops the program.
    ///
    /// How long the graceful way may take is for the group to say: `maximumGracefulShutdownDuration`.
    public func run() async throws {
        try await serve(isServing, "an AsyncConnectionPool") { try await self.close(timeout: $0) }
    }
}

extension AsyncRegistryClient: Service {
    /// Lives as long as the client. With the group's graceful shutdown it waits for the commands under way, logs its
    /// sessions out and closes them; cancelled, then or before, it waits for nobody. A second call stops the program.
    ///
    /// How long the graceful way may take is for the group to say: `maximumGracefulShutdownDuration`.
    public func run() async throws {
        try await serve(isServing, "an AsyncRegistryClient") { try await self.close(timeout: $0) }
    }
}

/// Waits for the end, then closes: in the given time, or for as long as it takes.
private func serve(
    _ isServing: OnceFlag, _ name: String, close: @escaping @Sendable (Duration?) async throws -> Void
) async throws {
    require(isServing.raise(), "\(name) is run a second time")
    do {
        try await gracefulShutdown()
    } catch is CancellationError {
        // Not in the cancelled task, where closing would be interrupted too.
        return try await Task { try await close(.zero) }.value
    }
    let closing = Task { try await close(nil) }
    try await withTaskCancellationHandler {
        try await closing.value
    } onCancel: {
        // What it throws, the one that is under way throws as well.
        Task { try? await close(.zero) }
    }
}
