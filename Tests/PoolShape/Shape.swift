@testable import GeventConnPool

/// What the traces ask of a pool beside the port, where the additions are deleted.
extension AnyConnectionPool {
    struct Gauges {
        let idle: Int
    }

    var statistics: Gauges { Gauges(idle: idle.count) }

    /// Lets go of what it has; the traces' callers are gone by then.
    func close(timeout: Duration?) throws {
        change { _ in isClosed = true }
    }
}

extension PoolConfiguration {
    enum Interrupted { case discard, keep }

    var interrupted: Interrupted {
        get { base.keepsInterrupted ? .keep : .discard }
        set { base.keepsInterrupted = newValue == .keep }
    }
}
