internal import Gevent

/// What every pool has beside the port.
extension AnyConnectionPool: Furnished {
    func furnish() -> [Addition] {
        do {
            try configuration.validate(size: size)
        } catch {
            fatalError("\(error)")
        }
        return [
            Statistics(self), Outages(self), Watching(self), Watches(self), Suspension(self), ForkedChild(self),
            Farewell(self),
        ] + furnishStreams()
    }

    func makeChooser() -> (any Chooser)? {
        let judges = additions.compactMap { $0 as? Judge }
        guard !judges.isEmpty else { return nil }
        let choosing = Choosing(self, judges)
        add(choosing)
        return choosing
    }
}
