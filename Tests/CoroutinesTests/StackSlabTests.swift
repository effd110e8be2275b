import Coroutines
import Glibc
import Testing

@Suite
struct `A slab of stacks` {
    private func take(_ slab: inout StackSlab) throws -> Int32 {
        let slot = slab.take()
        return try #require(slot)
    }

    @Test func `gives stacks that do not overlap, with a guard below each`() throws {
        var slab = StackSlab(slotSize: 64 * 1024, capacity: 100)
        var bounds: [(low: UInt, high: UInt)] = []
        for _ in 0..<100 {
            let slot = try take(&slab)
            let (low, size) = slab.bounds(slot)
            #expect(UInt(bitPattern: low) % 4096 == 0 && size % 4096 == 0)
            bounds.append((UInt(bitPattern: low), UInt(bitPattern: low) + UInt(size)))
            low.storeBytes(of: 1, as: UInt8.self)
            (low + size - 1).storeBytes(of: 1, as: UInt8.self)
        }
        bounds.sort { $0.low < $1.low }
        for (below, above) in zip(bounds, bounds.dropFirst()) {
            #expect(above.low - below.high >= UInt(slab.guardSize))
        }
        #expect(slab.inUse == 100)
    }

    @Test func `guards every stack, also those that are guarded together`() throws {
        var slab = StackSlab(slotSize: 128 * 1024, capacity: 150)
        try #require(slab.guardKind != .none)
        // A system call that is given a guarded address fails and does not fault.
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let input = ends[1]
        func isUsable(_ address: UnsafeMutableRawPointer) -> Bool { write(input, address, 1) == 1 }
        var unguarded = 0
        for _ in 0..<150 {
            let slot = try take(&slab)
            let (low, size) = slab.bounds(slot)
            if isUsable(low - slab.guardSize) || isUsable(low - 1) { unguarded += 1 }
            #expect(isUsable(low) && isUsable(low + size - 1))
        }
        #expect(unguarded == 0)
    }

    @Test func `has no more than its capacity`() {
        var slab = StackSlab(slotSize: 16 * 1024, capacity: 64)
        for _ in 0..<64 { #expect(throws: Never.self) { _ = try take(&slab) } }
        let none = slab.take()
        slab.put(5)
        let freed = slab.take()
        let noneAgain = slab.take()
        #expect(none == nil && freed == 5 && noneAgain == nil)
    }

    @Test func `gives the stack that was freed last`() throws {
        var slab = StackSlab(slotSize: 64 * 1024, capacity: 100)
        let slots = try (0..<10).map { _ in try take(&slab) }
        for slot in slots { slab.put(slot) }
        let again = try (0..<10).map { _ in try take(&slab) }
        #expect(again == slots.reversed())
    }

    @Test func `rounds its sizes to whole pages`() {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let slab = StackSlab(slotSize: 100_001, capacity: 64)
        #expect(slab.slotSize % page == 0 && slab.slotSize >= 100_001)
        let small = StackSlab(slotSize: 1, capacity: 64)
        #expect(small.slotSize == 4 * page)
    }

    @Test func `of a hundred thousand stacks in use is one mapping`() throws {
        var slab = StackSlab(slotSize: 256 * 1024, capacity: 100_000)
        // Under a sanitizer, and where the kernel has no guard markers, there is less to show.
        try #require(slab.guardKind == .marker || slab.capacity < 100_000)
        while slab.take() != nil {}
        #expect(slab.inUse == slab.capacity)
        let low = UInt(bitPattern: slab.base)
        let high = low + UInt(slab.capacity * slab.slotSize)
        if slab.guardKind == .marker { #expect(Self.mappings(low, high) <= 2) }
    }

    /// How many mappings of this process begin in [low, high).
    private static func mappings(_ low: UInt, _ high: UInt) -> Int {
        guard let file = fopen("/proc/self/maps", "re") else { return .max }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var count = 0
        while getline(&line, &capacity, file) > 0, let text = line {
            let (start, end) = (strtoul(text, nil, 16), strtoul(text + (strcspn(text, "-") + 1), nil, 16))
            // A neighbour with the same properties may have been merged with it.
            if start < high && end > low { count += 1 }
        }
        return count
    }

    @Test func `knows how many stacks were free all the time`() throws {
        var slab = StackSlab(slotSize: 64 * 1024, capacity: 64)
        let slots = try (0..<32).map { _ in try take(&slab) }
        for slot in slots { slab.put(slot) }
        _ = slab.takeUnused()
        let again = try (0..<12).map { _ in try take(&slab) }
        for slot in again { slab.put(slot) }
        #expect(slab.warm == 32)
        #expect(slab.takeUnused() == 20)
        #expect(slab.takeUnused() == 32)
        slab.trim(keeping: 8, limit: 10)
        #expect(slab.takeUnused() == 22)
    }

    @Test func `gives back the pages of free stacks, the longest unused first`() throws {
        var slab = StackSlab(slotSize: 64 * 1024, capacity: 64)
        let slots = try (0..<32).map { _ in try take(&slab) }
        for slot in slots {
            let (low, size) = slab.bounds(slot)
            memset(low, 1, size)
        }
        for slot in slots { #expect(Self.residentPages(slab, slot) == slab.bounds(slot).size / 4096) }
        for slot in slots { slab.put(slot) }
        #expect(slab.warm == 32)
        slab.trim(keeping: 8, limit: 10)
        #expect(slab.warm == 22)
        slab.trim(keeping: 8, limit: 1_000)
        #expect(slab.warm == 8)
        for slot in slots.prefix(24) { #expect(Self.residentPages(slab, slot) == 0) }
        for slot in slots.suffix(8) { #expect(Self.residentPages(slab, slot) > 0) }
        // The warm ones are used first, and the others are as good as new.
        let again = try (0..<32).map { _ in try take(&slab) }
        #expect(Array(again.prefix(8)) == slots.suffix(8).reversed())
        #expect(Set(again) == Set(slots))
        let (low, _) = slab.bounds(again[31])
        #expect(low.load(as: UInt8.self) == 0)
    }

    private static func residentPages(_ slab: borrowing StackSlab, _ slot: Int32) -> Int {
        let (low, size) = slab.bounds(slot)
        var pages = Array(repeating: UInt8(0), count: size / 4096)
        guard mincore(low, size, &pages) == 0 else { return -1 }
        return pages.count { $0 & 1 == 1 }
    }

    private static func passLimit() {
        let rig = Rig(
            way: .limits, stackSize: 128 * 1024,
            [
                {
                    Rig.suspend()
                    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1_000) { _ in Rig.suspend() }
                }
            ])
        rig.resume(0)
        rig.shorten(0, by: 111 * 1024)
        rig.resume(0)
    }

    @Test func `one without a guard is found overflowed at the next switch`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.passLimit()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("stack overflow in a greenlet: its stack of 112 KiB is used up"), "\(text)")
    }

    private static func touchGuard() {
        var slab = StackSlab(slotSize: 256 * 1024, capacity: 64)
        for _ in 0..<3 { _ = slab.take() }
        let (low, _) = slab.bounds(1)
        low.storeBytes(of: 1, as: UInt8.self)
        (low - 1).storeBytes(of: 1, as: UInt8.self)
    }

    @Test func `a touch below a stack ends the process`() async {
        await #expect(processExitsWith: .failure) { Self.touchGuard() }
    }
}
