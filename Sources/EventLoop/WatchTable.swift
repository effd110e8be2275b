import Glibc

/// The armed watches of a loop, by descriptor.
///
/// It exists for one purpose: Debian's libev is built with assertions and ends the process where the interest in a
/// descriptor changed and that descriptor has been closed meanwhile, by whoever owns it. So the descriptors with
/// changes are looked at before each poll, which is when libev tells the kernel, and the watches on closed ones are
/// stopped. One `fcntl` a change; changes are rare, since watches are left armed.
struct WatchTable {
    /// Lists of armed watches, linked by `IOWatch.next`.
    ///
    /// Safe: unretained, since a watch leaves the table when it is disarmed, at the latest in its deinit.
    private var heads: [Unmanaged<IOWatch>?] = []
    private var changed: [Int32] = []

    mutating func insert(_ watch: IOWatch) {
        let index = Int(watch.descriptor)
        while heads.count <= index { heads.append(nil) }
        watch.next = heads[index]
        heads[index] = .passUnretained(watch)
        changed.append(watch.descriptor)
    }

    mutating func remove(_ watch: IOWatch) {
        let index = Int(watch.descriptor)
        let rest = watch.next
        watch.next = nil
        if let head = heads[index]?.takeUnretainedValue(), head !== watch {
            var previous = head
            while let next = previous.next?.takeUnretainedValue(), next !== watch { previous = next }
            previous.next = rest
        } else {
            heads[index] = rest
        }
        // Where none is left, libev tells the kernel nothing.
        if heads[index] != nil { changed.append(watch.descriptor) }
    }

    /// The watches on descriptors that changed and are closed by now.
    mutating func takeWatchesOnClosedDescriptors() -> [IOWatch] {
        var closed: [IOWatch] = []
        for descriptor in changed where heads[Int(descriptor)] != nil && fcntl(descriptor, F_GETFD) == -1 {
            closed += watches(on: descriptor)
        }
        changed.removeAll(keepingCapacity: true)
        return closed
    }

    /// The armed watches on a descriptor.
    func watches(on descriptor: Int32) -> [IOWatch] {
        guard heads.indices.contains(Int(descriptor)) else { return [] }
        var found: [IOWatch] = []
        var watch = heads[Int(descriptor)]?.takeUnretainedValue()
        while let current = watch {
            found.append(current)
            watch = current.next?.takeUnretainedValue()
        }
        return found
    }

    var hasChanges: Bool { !changed.isEmpty }
}
