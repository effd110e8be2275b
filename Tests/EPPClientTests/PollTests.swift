import EPP
import EPPClient
import Gevent
import GeventConnPool
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A registry's messages` {
    private struct Unwilling: Error {}

    private func registry() -> FakeRegistry {
        let registry = FakeRegistry()
        registry.messages = ["one", "two", "three"]
        return registry
    }

    @Test func `come one after the other, each acknowledged when the next is asked for`() throws {
        let registry = registry()
        let poll = registry.registryClient().poll()
        var seen: [String] = []
        while let message = try poll.next() {
            seen.append(message.id)
            #expect(message.text == "about \(message.id)")
            #expect(message.count == registry.messages.count)
            #expect(message.date == FakeRegistry.created)
            #expect(registry.messages.first == message.id)
        }
        #expect(seen == ["one", "two", "three"])
        #expect(registry.messages.isEmpty)
        #expect(registry.verbs.count == 7)
        // The same again, once there is more.
        registry.messages = ["four"]
        #expect(try poll.next()?.id == "four")
    }

    @Test func `stay in the queue when their body fails`() throws {
        let registry = registry()
        let client = registry.registryClient()
        #expect(throws: Unwilling.self) {
            try client.poll().forEach { message in
                if message.id == "two" { throw Unwilling() }
            }
        }
        #expect(registry.messages == ["two", "three"])
        #expect(try client.poll().next()?.id == "two")
    }

    @Test func `stay in the queue after a break, unless they are acknowledged`() throws {
        let registry = registry()
        let client = registry.registryClient()
        let poll = client.poll()
        while try poll.next() != nil { break }
        #expect(registry.messages == ["one", "two", "three"])
        try poll.acknowledge()
        #expect(registry.messages == ["two", "three"])
        try poll.acknowledge()
        #expect(registry.messages == ["two", "three"])
    }

    @Test func `are each dealt with once, though the replies to acknowledgements are lost`() throws {
        let registry = registry()
        registry.losses = 2
        var seen: [String] = []
        try registry.registryClient().poll().forEach { seen.append($0.id) }
        #expect(seen == ["one", "two", "three"])
        #expect(registry.messages.isEmpty)
    }

    @Test func `go on after an acknowledgement that could not be made`() throws {
        let registry = registry()
        let poll = registry.registryClient().poll()
        #expect(try poll.next()?.id == "one")
        registry.losses = 4
        #expect(throws: RegistryError.self) { try poll.next() }
        #expect(try poll.next()?.id == "two")
        #expect(registry.messages == ["two", "three"])
    }
}

/// For async code.
@Suite(.inTurn)
struct `A registry's messages, for async code,` {
    @Test func `are acknowledged by the loop, but for the one whose body fails`() async throws {
        struct Unwilling: Error {}
        let hub = HubThread(name: "poll")
        let registry = try await hub.run { HubBound(FakeRegistry()) }
        try await hub.run { registry.value.messages = ["one", "two", "three"] }
        let client = try await AsyncRegistryClient(on: hub) { registry.value.registryClient() }
        var seen: [String] = []
        await #expect(throws: Unwilling.self) {
            for try await message in client.poll() {
                seen.append(message.id)
                if message.id == "two" { throw Unwilling() }
            }
        }
        #expect(seen == ["one", "two"])
        #expect(try await hub.run { registry.value.messages } == ["two", "three"])
        for try await message in client.poll() { seen.append(message.id) }
        #expect(seen == ["one", "two", "two", "three"])
        #expect(try await hub.run { registry.value.messages }.isEmpty)
        #expect(try await client.checkDomains(["a.gov", "b.gov"]).map(\.name) == ["a.gov", "b.gov"])
        #expect(try await client.commandStatistics.successes > 0)
        try await client.close()
        await hub.stop()
    }

    @Test func `leave no session busy when a task that waits for one is cancelled`() async throws {
        let hub = HubThread(name: "poll")
        let registry = try await hub.run { HubBound(FakeRegistry()) }
        let client = try await AsyncRegistryClient(on: hub) { registry.value.registryClient() }
        try await client.send(Hello())
        try await hub.run { registry.value.setLatency(.seconds(600)) }
        let task = Task { try await client.send(CheckDomain("a.gov")) }
        while try await client.statistics.leased == 0 { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        #expect(try await client.commandStatistics.inFlight == 0)
        #expect(try await client.statistics.leased == 0)
        #expect(try await client.statistics.discards == 1)
        try await client.close(timeout: .zero)
        await hub.stop()
    }
}
