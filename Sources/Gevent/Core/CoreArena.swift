internal import CCoroutine
internal import EventLoop
internal import Glibc

/// Memory for the cores of hubs, each at an address of its own.
///
/// What belongs to a hub knows it by its core's address; an object that outlives its hub must not take a later one for
/// its own. So the address space for a quarter of a million cores is reserved, at no cost, and gone through once before
/// any place is used again. A core that is gone faults where it is touched. Rejected: a number of the hub's beside the
/// address in each object, which each check would have to compare too.
enum CoreArena {
    private struct State {
        var next = 0
        /// The threads of the hubs whose memory is there; nil once the hub was destroyed.
        var taken: [Int: Int32?] = [:]
    }

    /// Under a limit on address space at most a sixteenth of it.
    private static let slots: Int = {
        let most = 1 << 18
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max) else {
            return most
        }
        return min(most, max(Int(limit.rlim_cur) / 16 / slotSize, 64))
    }()
    private static let slotSize = max(
        (MemoryLayout<HubCore>.size + Int(getpagesize()) - 1) / Int(getpagesize()) * Int(getpagesize()), 4096)
    private static let state = Lock(State())

    // Safe: set once, to memory that stays reserved for ever.
    private nonisolated(unsafe) static let base: UnsafeMutableRawPointer? = {
        let memory = mmap(nil, slots * slotSize, PROT_NONE, reserving, -1, 0)
        return memory == MAP_FAILED ? nil : memory
    }()

    private static let reserving = MAP_PRIVATE | Int32(MAP_ANONYMOUS) | Int32(MAP_NORESERVE)

    /// Memory for the calling thread's new hub, not initialised.
    static func allocate() throws(HubUnavailable) -> Core {
        guard let base else { throw HubUnavailable("no address space", errno: ENOMEM) }
        let free = state.withLock { state -> Int? in
            guard state.taken.count < slots else { return nil }
            while state.taken[state.next] != nil { state.next = (state.next + 1) % slots }
            let slot = state.next
            state.taken[slot] = .some(ThreadName.current.number)
            state.next = (slot + 1) % slots
            return slot
        }
        guard let slot = free else { throw HubUnavailable("there are \(slots)", errno: EAGAIN) }
        let memory = base + slot * slotSize
        guard mprotect(memory, slotSize, PROT_READ | PROT_WRITE) == 0 else {
            let reason = errno
            _ = state.withLock { $0.taken.removeValue(forKey: slot) }
            throw HubUnavailable("no memory", errno: reason)
        }
        cg_leak_root(memory, slotSize, true)
        // Safe: a page of its own, large enough, that nobody else has.
        return memory.bindMemory(to: HubCore.self, capacity: 1)
    }

    /// Gives the memory back, and keeps its address out of use.
    static func free(_ core: Core) {
        let memory = UnsafeMutableRawPointer(core)
        cg_leak_root(memory, slotSize, false)
        // Safe: the slot's own pages; the mapping that replaces them may not be touched.
        _ = mmap(memory, slotSize, PROT_NONE, reserving | MAP_FIXED, -1, 0)
        _ = state.withLock { $0.taken.removeValue(forKey: slot(core)) }
    }

    /// The hub was destroyed; its memory stays while anybody holds it.
    static func hubIsGone(_ core: Core) { state.withLock { $0.taken[slot(core)] = .some(nil) } }

    /// The number of the thread that a hub belongs to; nil if it is gone.
    static func threadID(_ core: Core) -> Int32? { state.withLock { $0.taken[slot(core)] ?? nil } }

    private static func slot(_ core: Core) -> Int {
        guard let base else { fatalError("a hub outside of the memory for hubs") }
        return (UnsafeMutableRawPointer(core) - base) / slotSize
    }
}
