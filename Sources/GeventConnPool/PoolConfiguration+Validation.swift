/// A pool configuration that cannot be: which value, and what it must be.
public struct InvalidPoolConfiguration: Error, CustomStringConvertible {
    /// Which value it is, and what it must be.
    public let description: String
}

extension PoolConfiguration {
    /// Throws `InvalidPoolConfiguration` where `ConnectionPool.init` would stop the program: for values from outside.
    public func validate(size: Int) throws {
        try require(size >= 1, "the size of a pool must be at least 1, not \(size)")
        try require(borrowTimeout, "borrowTimeout", zero: true)
        try require(connectTimeout, "connectTimeout")
        try require(maximumLifetime, "maximumLifetime")
        try require(idleLimit, "idleLimit")
        try require(trustWindow, "trustWindow", zero: true)
        try require(validationTimeout, "validationTimeout")
        try require(keepaliveTimeout, "keepaliveTimeout")
        try require(leakThreshold, "leakThreshold")
        try require(spawnFrequency, "spawnFrequency", zero: true)
        try require(settleTime, "settleTime", zero: true)
        try require(reconnectDelay, "reconnectDelay", zero: true)
        try require(retireTimeout, "retireTimeout")
        try require(maximumWaiters ?? 0 >= 0, "maximumWaiters must not be negative")
        try require(usesLimit ?? 1 >= 1, "usesLimit must be at least 1")
        try require(maximumConcurrentConnects ?? 1 >= 1, "maximumConcurrentConnects must be at least 1")
        let minimum = minimumSize ?? 0
        try require(minimum >= 0 && minimum <= size, "minimumSize must be 0 to the pool's size, which is \(size)")
        try require((0...1).contains(jitter), "jitter must be 0 to 1, not \(jitter)")
        try backOff.validate()
        try require(breaker?.openAfter, "breaker.openAfter", zero: true)
        try require(breaker?.probeEvery, "breaker.probeEvery")
    }
}

extension PoolConfiguration.BackOff {
    func validate() throws {
        try require(initial, "backOff.initial", zero: true)
        try require(limit, "backOff.limit", zero: true)
        try require(factor >= 1 && factor.isFinite, "backOff.factor must be at least 1, not \(factor)")
        try require((0...1).contains(jitter), "backOff.jitter must be 0 to 1, not \(jitter)")
    }
}

private func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    guard condition else { throw InvalidPoolConfiguration(description: text()) }
}

private func require(_ value: Duration?, _ name: String, zero: Bool = false) throws {
    guard let value else { return }
    try require(value > .zero || (zero && value == .zero), "\(name) must be \(zero ? "at least" : "over") zero")
}
