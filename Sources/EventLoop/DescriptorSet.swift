import CLibEV
import Glibc

/// The armed watches of a loop, by descriptor, and the epoll set in which the kernel keeps them.
///
///     arm, disarm ──► changed ──update()──► the kernel's set ──take()──► reports, so many at a time
///                                                 ▲
///                         libev polls the set itself, as one descriptor that is readable while there are reports
///
/// Rejected: a watcher of libev's for each descriptor. It takes all reports at once, however many, and is given them anew
/// in each poll until they are served: with 10,000 connections ready, each request was reported 13 times over. It tells
/// the kernel again, in each poll, about each connection that the peer has reset. It cannot ask for changes only (see
/// `IOWatch.arm`), and ends the process where a descriptor was closed under it.
struct DescriptorSet {
    /// The epoll set.
    let descriptor: Int32

    private struct Entry {
        /// The armed watches on it, linked by `IOWatch.next`.
        ///
        /// Safe: unretained, since a watch leaves when it is disarmed, at the latest in its deinit.
        var head: Unmanaged<IOWatch>?
        /// What the kernel was told last; 0 where it knows nothing of it.
        var events: UInt32 = 0
        /// Counts how often the kernel was told anew. A report of an earlier descriptor of this number has another one.
        var generation: UInt32 = 0
    }

    private var entries: [Entry] = []
    private var changed: [Int32] = []
    /// Armed ones that epoll refuses, since they never make anybody wait: regular files, some devices.
    private var alwaysReady: [Int32] = []
    private let room: UnsafeMutableRawPointer
    /// How many reports the last `take` got.
    private(set) var lastCount: Int32 = 0
    /// Whether the last `take` may have left some.
    var isMoreReady: Bool { lastCount == Self.batch }
    /// After so many of them each descriptor has been reported.
    var mostRounds: Int { entries.count / Int(Self.batch) + 1 }
    /// One was forgotten after the last `take`, which may have brought reports of it.
    private var hasForgotten = false
    /// The kernel reports what it was not told: somebody closed a descriptor before its watch, and it is open elsewhere
    /// still. The set is to be renewed.
    private(set) var isStale = false
    private var forks = ForkCounter.current

    /// So many reports are served before the kernel is asked for more, while what it touched for them is in the caches.
    private static let batch: Int32 = 128

    init() throws {
        descriptor = cev_epoll()
        guard descriptor >= 0 else { throw EventLoopError(call: "epoll_create1", errno: errno) }
        room = .allocate(byteCount: Int(Self.batch) * Int(CEV_REPORT_SIZE), alignment: 8)
    }

    /// The set is used no more.
    mutating func destroy() {
        entries = []
        close(descriptor)
        room.deallocate()
    }

    // MARK: What is watched

    mutating func insert(_ watch: IOWatch) {
        let index = Int(watch.descriptor)
        while entries.count <= index { entries.append(Entry()) }
        watch.next = entries[index].head
        entries[index].head = .passUnretained(watch)
        // Told anew also where it seems to be known: the number may have become another descriptor's under an older watch.
        if entries[index].events != 0 { hasForgotten = true }
        entries[index].events = 0
        changed.append(watch.descriptor)
    }

    mutating func remove(_ watch: IOWatch) {
        let index = Int(watch.descriptor)
        let rest = watch.next
        watch.next = nil
        if let head = entries[index].head?.takeUnretainedValue(), head !== watch {
            var previous = head
            while let next = previous.next?.takeUnretainedValue(), next !== watch { previous = next }
            previous.next = rest
        } else {
            entries[index].head = rest
        }
        if entries[index].head != nil {
            changed.append(watch.descriptor)
        } else if entries[index].events != 0 {
            entries[index].events = 0
            // At once, for it may be closed next. In a forked child the set is still the parent's.
            guard forks == ForkCounter.current else { return }
            hasForgotten = true
            _ = cev_epoll_tell(descriptor, Int32(CEV_DELETE), watch.descriptor, 0, 0)
        }
    }

    /// The events of a descriptor, or the way to report them, are other ones now.
    mutating func change(_ watch: IOWatch) { changed.append(watch.descriptor) }

    /// The armed watches on a descriptor.
    func watches(on descriptor: Int32) -> [IOWatch] {
        guard entries.indices.contains(Int(descriptor)) else { return [] }
        var found: [IOWatch] = []
        var watch = entries[Int(descriptor)].head?.takeUnretainedValue()
        while let current = watch {
            found.append(current)
            watch = current.next?.takeUnretainedValue()
        }
        return found
    }

    // MARK: The kernel

    /// Tells the kernel what has changed, and returns the watches whose descriptors turn out to be closed. Before each
    /// poll.
    mutating func update() -> [IOWatch] {
        guard !changed.isEmpty else { return [] }
        var closed: [IOWatch] = []
        for descriptor in changed where !tell(descriptor) { closed += watches(on: descriptor) }
        changed.removeAll(keepingCapacity: true)
        return closed
    }

    /// False if the kernel does not take it.
    private mutating func tell(_ number: Int32) -> Bool {
        let index = Int(number)
        var events: UInt32 = 0
        var isEdge = true
        var watch = entries[index].head
        while let current = watch {
            // Safe: see `Entry.head`.
            current._withUnsafeGuaranteedRef {
                events |= $0.interest
                isEdge = isEdge && $0.isEdge
                watch = $0.next
            }
        }
        guard events != 0 else { return true }
        if isEdge { events |= cev_edge | UInt32(CEV_ENDED) }
        guard events != entries[index].events else { return true }
        if entries[index].events == 0 { entries[index].generation &+= 1 }
        let data = UInt64(entries[index].generation) << 32 | UInt64(number)
        var operation = Int32(entries[index].events == 0 ? CEV_ADD : CEV_CHANGE)
        while cev_epoll_tell(descriptor, operation, number, events, data) != 0 {
            switch errno {
            case ENOENT where operation == Int32(CEV_CHANGE):
                // Closed under its watch, and the number is another one's.
                operation = Int32(CEV_ADD)
            case EEXIST where operation == Int32(CEV_ADD):
                operation = Int32(CEV_CHANGE)
            case EPERM:
                if !alwaysReady.contains(number) { alwaysReady.append(number) }
                return true
            default:
                entries[index].events = 0
                return false
            }
        }
        entries[index].events = events
        return true
    }

    /// The armed watches of which epoll says that they need not be waited for.
    mutating func watchesAlwaysReady() -> [IOWatch] {
        guard !alwaysReady.isEmpty else { return [] }
        alwaysReady.removeAll { entries[Int($0)].head == nil || entries[Int($0)].events != 0 }
        return alwaysReady.flatMap { watches(on: $0) }
    }

    /// Asks the kernel what is ready. Never waits.
    mutating func take() {
        hasForgotten = false
        lastCount = max(0, cev_epoll_take(descriptor, room, Self.batch))
    }

    /// A report of the last `take`: the watches on its descriptor, as they are now, and what has happened.
    mutating func report(_ place: Int32) -> (head: Unmanaged<IOWatch>?, events: UInt32) {
        let data = cev_epoll_data(room, place)
        let entry = entries[Int(data & 0xffff_ffff)]
        guard entry.events != 0, UInt64(entry.generation) == data >> 32 else {
            // One that was disarmed meanwhile, or one that nobody told the kernel to watch.
            if !hasForgotten { isStale = true }
            return (nil, 0)
        }
        return (entry.head, cev_epoll_events(room, place) | entry.events & cev_edge)
    }

    /// A new set under the same number: in a forked child, where the old one is the parent's, and where the old one
    /// cannot be told what to forget, since that has no number any more. Whoever polls the set polls the old one.
    mutating func renew() {
        isStale = false
        forks = ForkCounter.current
        let fresh = cev_epoll()
        // Where there is none, nothing can be waited for any longer: nothing to go on with.
        guard fresh >= 0, dup2(fresh, descriptor) >= 0 else { fatalError("no new epoll set: errno \(errno)") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        close(fresh)
        for index in entries.indices where entries[index].head != nil {
            entries[index].events = 0
            changed.append(Int32(index))
        }
    }
}
