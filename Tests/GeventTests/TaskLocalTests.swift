import Gevent
import GeventTesting
import Testing

@Suite(.hub)
struct `Task-locals in greenlets` {
    @TaskLocal static var tag = "none"
    @TaskLocal static var other = 0

    /// Greenlets that bind, park and unbind in every order; what each saw.
    private static func interleave() throws -> [[String]] {
        let gates = (0..<3).map { _ in Event() }
        let all = (0..<3).map { i in
            spawn {
                var seen = [tag]
                try $tag.withValue("g\(i)") {
                    try yield()
                    seen.append(tag)
                    try $other.withValue(i + 1) {
                        try gates[i].wait()
                        seen.append("\(tag)/\(other)")
                    }
                    try yield()
                    seen.append("\(tag)/\(other)")
                }
                seen.append(tag)
                return seen
            }
        }
        // Whoever bound first is not the last to unbind.
        spawn {
            for i in [1, 0, 2] {
                try sleep(for: .milliseconds(1))
                gates[i].set()
            }
        }
        return try joinAll(all).compactMap(\.value)
    }

    private static func expected(_ outer: String) -> Set<[String]> {
        Set((0..<3).map { [outer, "g\($0)", "g\($0)/\($0 + 1)", "g\($0)/0", outer] })
    }

    @Test func `parked inside withValue, each sees its own`() throws {
        #expect(try Set(Self.interleave()) == Self.expected("none"))
        #expect(Self.tag == "none")
    }

    @Test func `parked inside withValue, each sees its own in an async context`() async throws {
        await Task.yield()
        try await Self.$tag.withValue("async") {
            await Task.yield()
            let seen = try Set(interleaveHere())
            #expect(seen == Self.expected("async"))
            #expect(Self.tag == "async")
            await Task.yield()
            #expect(Self.tag == "async")
        }
        #expect(Self.tag == "none")
    }

    private func interleaveHere() throws -> [[String]] { try Self.interleave() }

    @Test func `parked inside withValue, each sees its own on a plain thread`() async throws {
        let thread = HubThread()
        let seen = Locked<Set<[String]>>([])
        await withCheckedContinuation { continuation in
            // A post runs in no task.
            thread.post {
                Greenlet {
                    seen.set(Set((try? Self.interleave()) ?? []))
                    continuation.resume()
                }.start()
            }
        }
        #expect(seen.value == Self.expected("none"))
        await thread.stop()
    }

    @Test func `are inherited from the spawner, as they were then`() throws {
        let late = Self.$tag.withValue("outer") {
            spawn {
                let first = Self.tag
                try yield()
                return try [first, Self.tag, spawn { Self.tag }.get()]
            }
        }
        #expect(Self.tag == "none")
        #expect(try late.get() == ["outer", "outer", "outer"])
        #expect(try spawn { Self.tag }.get() == "none")
    }

    @Test func `are inherited by greenlets that start later`() throws {
        let later = Self.$tag.withValue("outer") { spawn(after: .milliseconds(1)) { Self.tag } }
        // Fidelity: they are those of the moment in which it is scheduled, which for a delay is the timer's.
        #expect(try ["outer", "none"].contains(later.get()))
    }

    @Test func `are inherited through a greenlet that binds more`() throws {
        let inner = try Self.$tag.withValue("outer") {
            try spawn {
                try Self.$other.withValue(7) {
                    try yield()
                    return try spawn { "\(Self.tag)/\(Self.other)" }.get()
                }
            }.get()
        }
        #expect(inner == "outer/7")
    }

    @Test func `of the main greenlet survive while others bind`() throws {
        try Self.$tag.withValue("main") {
            let g = spawn {
                try Self.$tag.withValue("g") {
                    try yield()
                    try sleep(for: .milliseconds(1))
                }
            }
            try yield()
            #expect(Self.tag == "main")
            try Self.$other.withValue(1) {
                try yield()
                #expect(Self.tag == "main" && Self.other == 1)
            }
            try g.join()
            #expect(Self.tag == "main" && Self.other == 0)
        }
    }

    @Test func `of one that was killed inside withValue are unbound`() throws {
        var after: String?
        let g = spawn {
            _ = try? Self.$tag.withValue("inside") { try Event().wait() }
            after = Self.tag
        }
        try yield()
        try g.kill()
        #expect(after == "none")
        #expect(Self.tag == "none")
    }

    @Test func `a task made in a greenlet inherits the greenlet's`() throws {
        let seen = try spawn {
            try Self.$tag.withValue("greenlet") {
                try yield()
                return try awaitTask { Self.tag }
            }
        }.get()
        #expect(seen == "greenlet")
    }

    @Test func `of thousands at once stay apart`() throws {
        let all = (0..<2_000).map { i in
            spawn {
                try Self.$other.withValue(i) {
                    for _ in 0..<3 {
                        try yield()
                        if Self.other != i { return false }
                    }
                    return true
                }
            }
        }
        try joinAll(all)
        #expect(all.allSatisfy { $0.value == true })
        #expect(Self.other == 0)
    }
}
