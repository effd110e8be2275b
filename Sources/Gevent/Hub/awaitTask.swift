/// Runs async code as a task and waits for it. Parks the calling greenlet until the task ends.
///
/// Gives what the task gives, or throws what it throws. Whatever is thrown into the greenlet meanwhile (a kill, a
/// `Timeout`) cancels the task and is thrown here at once. The caller's task-locals are visible in the task. On the main
/// thread, what needs the main actor is done meanwhile; see <doc:SwiftConcurrency>.
@available(*, noasync)
public func awaitTask<Result: Sendable>(_ operation: @escaping @Sendable () async throws -> Result) throws -> Result {
    let external = Hub.current.external
    let handOver = HandOver<Swift.Result<Result, any Error>>()
    let work = external.begin { outcome in _ = handOver.give(outcome.flatMap { $0 }) }
    let task = Task {
        do { work.finish(.success(try await operation())) } catch { work.finish(.failure(error)) }
    }
    do {
        guard let outcome = try handOver.wait(until: .never, awaitsOthers: false, .external) else {
            fatalError("a wait without a deadline ended without a result")
        }
        return try outcome.get()
    } catch {
        task.cancel()
        throw error
    }
}
