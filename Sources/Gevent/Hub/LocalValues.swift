internal import EventLoop
internal import Synchronization

/// What a `GreenletLocal`, `HubLocal` or `SpawnTreeLocal` calls its values by. When the local goes they go with it, each on
/// its own hub's thread: not with the greenlet, tree or hub that has them, which may never end.
final class LocalKey: Sendable {
    /// Not used again, as an address would be.
    let number = lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
    private static let lastNumber = Atomic(0)
    /// The hubs on which there is a value or was one.
    private let hubs = Lock<[Hub.Handle]>([])

    fileprivate func note(_ hub: Hub.Handle) {
        hubs.withLock { hubs in
            hubs.removeAll { $0.mailbox.isOver }
            hubs.append(hub)
        }
    }

    deinit {
        for hub in hubs.withLock({ $0 }) {
            let drop = { @Sendable [number] in
                if let core = hub.coreHere { core.pointee.hub.takeUnretainedValue().dropLocal(number) }
            }
            if hub.coreHere != nil { drop() } else { hub.mailbox.release(drop) }
        }
    }
}

/// The values of locals that one greenlet, one spawn tree or one hub has. On the hub's thread.
final class LocalValues {
    private let core: Core
    // Changed in one step; what is taken out goes afterwards, for its deinit may come back here.
    private var values: [Int: Any] = [:]

    init(_ core: Core) { self.core = core }

    deinit {
        guard !values.isEmpty, HubCore.existing == core else { return }
        let hub = core.pointee.hub.takeUnretainedValue()
        for number in values.keys { hub.localStores[number]?[ObjectIdentifier(self)] = nil }
    }

    subscript(key: LocalKey) -> Any? { values[key.number] }

    func set(_ value: Any, for key: LocalKey) {
        let old = values.updateValue(value, forKey: key.number)
        guard old == nil else { return }
        let hub = core.pointee.hub.takeUnretainedValue()
        if hub.localStores[key.number] == nil { key.note(hub.handle) }
        hub.localStores[key.number, default: [:]][ObjectIdentifier(self)] = WeakLocalValues(self)
    }

    func remove(_ number: Int) { _ = values.removeValue(forKey: number) }
}

struct WeakLocalValues {
    weak var values: LocalValues?

    init(_ values: LocalValues) { self.values = values }
}

extension Hub {
    /// The local is gone.
    fileprivate func dropLocal(_ number: Int) {
        for store in (localStores.removeValue(forKey: number) ?? [:]).values { store.values?.remove(number) }
    }
}
