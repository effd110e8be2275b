/// What every pool has beside the port.
extension AnyConnectionPool: Furnished {
    func furnish() -> [Addition] {
        [
            Statistics(self), Outages(self), Watching(self), Watches(self), Suspension(self), ForkedChild(self),
        ]
    }
}
