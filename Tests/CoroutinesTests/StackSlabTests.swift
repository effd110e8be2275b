import CCoroutine
import Coroutines
import Glibc
import Testing

// One after the other: protected guards are counted for the process.
@Suite(.serialized)
struct `A slab of stacks` {
    typealias Stack = UnsafeMutableRawPointer

    private static let page = sysconf(Int32(_SC_PAGESIZE))
    private static let guardSize = 64 * 1024

    private func take(_ slab: inout StackSlab) throws -> Stack {
        let stack = slab.take()
        return try #require(stack)
    }

    /// Runs `body` with a slab of a thread that has no other.
    private func withSlab<R>(
        stackSize: Int, guardSize: Int = guardSize, capacity: Int, strongest: StackSlab.Guard = .marker,
        _ body: (inout StackSlab) throws -> R
    ) rethrows -> R {
        let thread = UnsafeMutablePointer<cg_thread>.allocate(capacity: 1)
        thread.initialize(to: cg_thread())
        defer {
            cg_region_forget_all(thread)
            thread.deallocate()
        }
        var slab = StackSlab(
            stackSize: stackSize, guardSize: guardSize, capacity: capacity, thread: thread, strongest: strongest)
        return try body(&slab)
    }

    /// Whether a system call takes what lies there: one that is given a guarded address fails and does not fault.
    private final class Probe {
        private var ends: [Int32] = [0, 0]

        init() throws { try #require(pipe(&ends) == 0) }
        deinit { for end in ends { close(end) } }

        func isUsable(_ address: UnsafeMutableRawPointer) -> Bool {
            var byte: UInt8 = 0
            return write(ends[1], address, 1) == 1 && read(ends[0], &byte, 1) == 1
        }
    }

    @Test(arguments: [16, 48, 192, 2_048])
    func `gives stacks that do not overlap, with a guard below each at every size`(kilobytes: Int) throws {
        try withSlab(stackSize: kilobytes * 1024, capacity: 100) { slab in
            var lows: [UInt] = []
            for _ in 0..<100 {
                let low = try take(&slab)
                #expect(UInt(bitPattern: low) % UInt(Self.page) == 0 && slab.stackSize == kilobytes * 1024)
                lows.append(UInt(bitPattern: low))
                low.storeBytes(of: 1, as: UInt8.self)
                (low + slab.stackSize - 1).storeBytes(of: 1, as: UInt8.self)
            }
            lows.sort()
            for (below, above) in zip(lows, lows.dropFirst()) {
                #expect(above - below - UInt(slab.stackSize) > UInt(Self.guardSize))
            }
            #expect(slab.inUse == 100)
        }
    }

    @Test(arguments: [StackSlab.Guard.marker, .protection])
    func `guards every stack, also those that are opened together`(strongest: StackSlab.Guard) throws {
        let probe = try Probe()
        try withSlab(stackSize: 64 * 1024, capacity: 300, strongest: strongest) { slab in
            var (unguarded, unusable) = (0, 0)
            for _ in 0..<300 {
                let low = try take(&slab)
                let guarded = (low - slab.guardSize, low - slab.guardSize / 2, low - 1)
                if probe.isUsable(guarded.0) || probe.isUsable(guarded.1) || probe.isUsable(guarded.2) {
                    unguarded += 1
                }
                if !probe.isUsable(low) || !probe.isUsable(low + slab.stackSize - 1) { unusable += 1 }
            }
            #expect(unguarded == 0 && unusable == 0)
            #expect(slab.guardKind != .none && slab.guardedInUse == 300)
        }
    }

    @Test func `without guards has canaries that show what came over from the stack above`() throws {
        let probe = try Probe()
        try withSlab(stackSize: 64 * 1024, capacity: 8, strongest: .none) { slab in
            let stacks = try (0..<8).map { _ in try take(&slab) }
            #expect(slab.guardKind == .none && slab.guardedInUse == 0 && slab.inUse == 8)
            for stack in stacks {
                #expect(probe.isUsable(stack - 1))
                #expect(slab.canary(stack).map { cg_canary_holds($0) } == true)
            }
            // What comes over from above is seen by the one below whose top it hits.
            let above = stacks[3]
            (above - slab.guardSize - 8).storeBytes(of: 1, as: UInt.self)
            #expect(slab.canary(above).map { cg_canary_holds($0) } == false)
            #expect(slab.canary(stacks[4]).map { cg_canary_holds($0) } == true)
            for stack in stacks { slab.put(stack) }
            #expect(slab.guardedInUse == 0 && slab.inUse == 0)
        }
    }

    @Test func `has no more than its capacity`() throws {
        try withSlab(stackSize: 16 * 1024, capacity: 64) { slab in
            let stacks = try (0..<64).map { _ in try take(&slab) }
            let none = slab.take()
            slab.put(stacks[5])
            let freed = slab.take()
            let noneAgain = slab.take()
            #expect(none == nil && freed == stacks[5] && noneAgain == nil && slab.failure == 0)
        }
    }

    @Test func `gives the stack that was freed last`() throws {
        try withSlab(stackSize: 64 * 1024, capacity: 100) { slab in
            let stacks = try (0..<10).map { _ in try take(&slab) }
            for stack in stacks { slab.put(stack) }
            let again = try (0..<10).map { _ in try take(&slab) }
            #expect(again == stacks.reversed())
        }
    }

    @Test func `rounds its sizes to whole pages`() {
        withSlab(stackSize: 100_001, guardSize: 1, capacity: 1) { slab in
            #expect(slab.stackSize % Self.page == 0 && slab.stackSize >= 100_001)
            #expect(slab.guardSize == 2 * Self.page)
        }
    }

    @Test func `of a hundred thousand stacks in use is some mappings`() {
        withSlab(stackSize: 192 * 1024, capacity: 100_000) { slab in
            var stacks: [Stack] = []
            while let stack = slab.take() { stacks.append(stack) }
            #expect(slab.inUse == slab.capacity)
            let low = stacks.min().map { UInt(bitPattern: $0) } ?? 0
            let high = stacks.max().map { UInt(bitPattern: $0) } ?? 0
            // Markers split nothing; protected guards stop well below what the system allows.
            let most = slab.guardKind == .marker ? 64 : 33_000
            #expect(Self.mappings(low, high) < most)
            #expect(slab.guardKind == .marker ? slab.guardedInUse == slab.inUse : slab.guardedInUse < slab.inUse)
        }
    }

    // In a process of its own: the other tests take address space too.
    @Test func `takes address space as it needs it, and gives it back`() async {
        await #expect(processExitsWith: .success) {
            let thread = UnsafeMutablePointer<cg_thread>.allocate(capacity: 1)
            thread.initialize(to: cg_thread())
            let before = Self.addressSpace
            do {
                var slab = StackSlab(
                    stackSize: 2 << 20, guardSize: Self.guardSize, capacity: 1_000_000, thread: thread)
                _ = slab.take()
                guard Self.addressSpace - before < 300 << 20 else { exit(91) }
                for _ in 0..<200 { _ = slab.take() }
                guard Self.addressSpace - before < 1 << 30 else { exit(92) }
                cg_region_forget_all(thread)
            }
            exit(Self.addressSpace - before < 16 << 20 ? 0 : 93)
        }
    }

    /// The process's, as `ulimit -v` counts it.
    private static var addressSpace: Int {
        guard let file = fopen("/proc/self/statm", "re") else { return 0 }
        defer { fclose(file) }
        var line: [CChar] = Array(repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        return Int(strtol(line, nil, 10)) * page
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
        try withSlab(stackSize: 64 * 1024, capacity: 64) { slab in
            let stacks = try (0..<32).map { _ in try take(&slab) }
            for stack in stacks { slab.put(stack) }
            _ = slab.takeUnused()
            let again = try (0..<12).map { _ in try take(&slab) }
            for stack in again { slab.put(stack) }
            #expect(slab.warm == 32)
            #expect(slab.takeUnused() == 20)
            #expect(slab.takeUnused() == 32)
            slab.trim(keeping: 8, limit: 10)
            #expect(slab.takeUnused() == 22)
        }
    }

    @Test func `gives back the pages of free stacks, the longest unused first`() throws {
        try withSlab(stackSize: 64 * 1024, capacity: 64) { slab in
            let size = slab.stackSize
            let stacks = try (0..<32).map { _ in try take(&slab) }
            for stack in stacks { memset(stack, 1, size) }
            for stack in stacks { #expect(Self.residentPages(stack, size) == size / Self.page) }
            for stack in stacks { slab.put(stack) }
            #expect(slab.warm == 32)
            slab.trim(keeping: 8, limit: 10)
            #expect(slab.warm == 22)
            slab.trim(keeping: 8, limit: 1_000)
            #expect(slab.warm == 8)
            for stack in stacks.prefix(24) { #expect(Self.residentPages(stack, size) == 0) }
            for stack in stacks.suffix(8) { #expect(Self.residentPages(stack, size) > 0) }
            // The warm ones are used first, and the others are as good as new.
            let again = try (0..<32).map { _ in try take(&slab) }
            #expect(Array(again.prefix(8)) == stacks.suffix(8).reversed())
            #expect(Set(again) == Set(stacks))
            #expect(again[31].load(as: UInt8.self) == 0)
        }
    }

    private static func residentPages(_ stack: Stack, _ size: Int) -> Int {
        var pages = Array(repeating: UInt8(0), count: size / page)
        guard mincore(stack, size, &pages) == 0 else { return -1 }
        return pages.count { $0 & 1 == 1 }
    }
}
