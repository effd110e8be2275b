internal import EventLoop

/// The main actor, which a hub of the process's main thread serves while it polls.
///
/// Its jobs run on the hub, where nothing parks: a job that gave way in its middle would let others of the same actor in.
/// Like a signal, a job that may come is not enough to wait for: tasks do not tell whether they will ever need the main
/// actor. `awaitTask` is what waits for a task. A job that is there already is served before a hub runs dry.
extension Hub {
    /// Whether the main queue held anything; that may have woken somebody, or wake somebody yet.
    func servesMainQueue() -> Bool {
        guard let mainQueue else { return false }
        let before = mainQueue.servings
        loop.poll(mayBlock: false)
        return mainQueue.servings != before || core.pointee.queue.count > 0 || loop.canWake
    }

    /// In a forked child, and once the hub goes: a main thread that has left for `dispatchMain` is not the queue's any more.
    func leaveMainQueue() {
        mainQueue?.close()
        mainQueue = nil
    }
}
