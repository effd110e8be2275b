import EPP
import EPPClient
import Gevent
import GeventConnPool

extension RegistryClient {
    /// The registry's greeting, over the first session of a new client. Parks the calling greenlet.
    ///
    /// - Parameter isPatient: Whether a session that cannot be made is tried again, as long as the settings say.
    /// - Throws: Why the first session could not be made. Without patience at once: the pool itself would go on trying, and
    ///   a caller would wait for that as long as for a session that is busy.
    func firstGreeting(isPatient: Bool = false) throws -> Greeting {
        let watch = FirstConnect()
        poolObserver = watch
        defer { poolObserver = nil }
        let question = spawn { Result { try self.send(Hello()) } }
        defer { question.killNoWait() }
        if !isPatient { watch.onFailure = { [weak question] in question?.killNoWait() } }
        let answer: Result<Greeting, any Error>
        do {
            answer = try question.get()
        } catch {
            throw watch.failure ?? error
        }
        if case .failure = answer, let failure = watch.failure { throw failure }
        return try answer.get()
    }
}

/// Tells of the first session that cannot be made.
private final class FirstConnect: PoolObserver {
    private(set) var failure: (any Error)?
    var onFailure: () -> Void = {}

    func observe(_ event: PoolEvent) {
        guard case .connectFailed(let error) = event.kind, failure == nil else { return }
        failure = error
        onFailure()
    }
}
