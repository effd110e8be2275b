internal import EventLoop
internal import Synchronization

/// Runs async code as a task and waits for it. Parks the calling greenlet until the task ends.
///
/// Gives what the task gives, or throws what it throws. Whatever is thrown into the greenlet meanwhile (a kill, a
/// `Timeout`) cancels the task and is thrown here at once. The caller's task-locals are visible in the task.
@available(*, noasync)
public func awaitTask<Result: Sendable>(_ operation: @escaping @Sendable () async throws -> Result) throws -> Result {
    let hub = Hub.current
    let outcome = AsyncResult<Swift.Result<Result, any Error>>()
    let bound = HubBound(outcome)
    let work = hub.external.begin { outcome.set(.failure($0)) }
    let external = HubBound(hub.external)
    let task = Task {
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await operation()) } catch { result = .failure(error) }
        bound.post { $0.set(result) }
        external.post { $0.end(work) }
    }
    do {
        return try outcome.get().get()
    } catch {
        if !outcome.isReady { task.cancel() }
        throw error
    }
}
