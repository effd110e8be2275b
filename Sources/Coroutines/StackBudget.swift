import Glibc
internal import Synchronization

/// What the stacks of all hubs of the process take together of what the system counts: mappings and address space.
///
/// Plain counters, so that a fork in the middle leaves no lock behind.
package enum StackBudget {
    private static let mappings = Atomic(0)
    private static let addressSpace = Atomic(0)

    /// Protected guards take mappings; with more than this share of them nobody could make threads or load libraries.
    private static let mappingLimit: Int = {
        guard let file = fopen("/proc/sys/vm/max_map_count", "re") else { return 65_530 * 45 / 100 }
        defer { fclose(file) }
        var line: [CChar] = Array(repeating: 0, count: 32)
        guard fgets(&line, 32, file) != nil else { return 65_530 * 45 / 100 }
        return Int(strtol(line, nil, 10)) * 45 / 100
    }()

    /// Half of the address space that the process may have; nil where that is not limited.
    static var addressSpaceLimit: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max) else {
            return nil
        }
        return Int(limit.rlim_cur) / 2
    }

    /// Up to `wanted` mappings, as many as are left. To be given back.
    package static func takeMappings(_ wanted: Int) -> Int { take(wanted, of: mappings, limit: mappingLimit) }

    package static func giveBackMappings(_ count: Int) { mappings.subtract(count, ordering: .relaxed) }

    /// Up to `wanted` bytes of address space, as many as are left. To be given back.
    static func takeAddressSpace(_ wanted: Int) -> Int {
        take(wanted, of: addressSpace, limit: addressSpaceLimit ?? .max)
    }

    static func giveBackAddressSpace(_ count: Int) { addressSpace.subtract(count, ordering: .relaxed) }

    private static func take(_ wanted: Int, of counter: borrowing Atomic<Int>, limit: Int) -> Int {
        var taken = counter.load(ordering: .relaxed)
        while true {
            let granted = max(min(wanted, limit - taken), 0)
            let (exchanged, current) = counter.weakCompareExchange(
                expected: taken, desired: taken + granted, ordering: .relaxed)
            if exchanged { return granted }
            taken = current
        }
    }
}
