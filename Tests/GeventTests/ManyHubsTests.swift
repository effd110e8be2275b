import Gevent
import GeventTesting
import Glibc
import Testing

@Suite
struct `Hubs on many threads` {
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, 16_384)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func limit(_ resource: __rlimit_resource, _ value: Int) {
        var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
        setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }

    private static var addressSpace: Int {
        guard let file = fopen("/proc/self/statm", "re") else { return 0 }
        defer { fclose(file) }
        var line: [CChar] = Array(repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        return Int(strtol(line, nil, 10)) * Int(getpagesize())
    }

    /// Six hundred, of which each runs some greenlets. How many came to be.
    private static func start(_ wanted: Int) async throws -> Int {
        var hubs: [HubThread] = []
        for _ in 0..<wanted {
            guard let hub = try? HubThread.start() else { break }
            hubs.append(hub)
            let sum = try? await hub.run {
                try joinAll(
                    (1...4).map { number in
                        spawn {
                            try yield(); return number
                        }
                    }
                ).reduce(0) { $0 + ($1.value ?? 0) }
            }
            guard sum == 10 else { break }
        }
        for hub in hubs { await hub.stop() }
        return hubs.count
    }

    @Test(.disabled(if: isSanitized, "each thread takes too much"))
    func `may be six hundred`() async {
        await #expect(processExitsWith: .success) {
            Self.raiseDescriptorLimit()
            guard try await Self.start(600) == 600 else { fatalError("not all") }
        }
    }

    @Test(.disabled(if: isSanitized, "a shadow needs all address space"), arguments: [700, 1_500, 3_000])
    func `that find no address space are an error`(megabytes: Int) async {
        await #expect(processExitsWith: .success) { [megabytes = megabytes as Int] in
            Self.raiseDescriptorLimit()
            Self.limit(RLIMIT_AS, Self.addressSpace + megabytes << 20)
            let count = try await Self.start(600)
            guard count > 0, count < 600 else { fatalError("\(count) hubs") }
            // What there was is there again.
            guard try await Self.start(count / 2) == count / 2 else { fatalError("nothing was given back") }
        }
    }

    private static func useUpDescriptors(_ limit: Int) async -> Bool {
        var before = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
        var few = before
        few.rlim_cur = rlim_t(limit)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &few)
        var hubs: [HubThread] = []
        var failure: (any Error)?
        while hubs.count < 100, failure == nil {
            do { hubs.append(try HubThread.start()) } catch { failure = error }
        }
        let lost = HubThread()
        // libdispatch, which comes into it with `await`, stops the program where it finds none.
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
        var refusal: (any Error)?
        do { try await lost.run {} } catch { refusal = error }
        await lost.stop()
        for hub in hubs { await hub.stop() }
        guard let refusal = refusal as? HubUnavailable else { return false }
        return failure is HubUnavailable && refusal.description.contains("no event loop")
    }

    // A hub takes four: each time another one is missing.
    @Test(arguments: 16...19)
    func `that find no descriptors are an error, at the start or of each run`(limit: Int) async {
        await #expect(processExitsWith: .success) { [limit = limit as Int] in
            if await !Self.useUpDescriptors(limit) { fatalError("no error") }
        }
    }
}
