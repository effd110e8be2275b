/// The faults that are still to strike, in the order in which they were asked for.
struct FaultPlan {
    private struct Entry {
        let fault: RegistryFault
        let point: RegistryFaultPoint
        /// How often it strikes yet; nil for always.
        var left: Int?
    }

    private var entries: [Entry] = []

    mutating func add(_ fault: RegistryFault, at point: RegistryFaultPoint, times: Int?) {
        precondition((times ?? 1) > 0, "a fault that strikes \(times ?? 0) times")
        entries.append(Entry(fault: fault, point: point, left: times))
    }

    mutating func removeAll() {
        entries = []
    }

    /// The first fault for this place, used up by one.
    mutating func next(at point: RegistryFaultPoint) -> RegistryFault? {
        guard let index = entries.firstIndex(where: { $0.point == point }) else { return nil }
        let fault = entries[index].fault
        if let left = entries[index].left {
            if left == 1 { entries.remove(at: index) } else { entries[index].left = left - 1 }
        }
        return fault
    }
}
