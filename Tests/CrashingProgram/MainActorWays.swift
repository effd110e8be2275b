import Gevent
import Glibc

/// What main.swift does with the main actor, whose thread waits in its hub meanwhile. For MainActorTests.
@MainActor
func useMainActor(_ way: String) throws -> String {
    switch way {
    case "task":
        let task = Task { 7 }
        return "\(try awaitTask { await task.value })"
    case "run":
        return "\(try awaitTask { await MainActor.run { 8 } })"
    case "both ways":
        return try awaitTask { await MainActor.run { waitInJob() } }
    case "event":
        let done = Event()
        Task { done.set() }
        return "\(try done.wait())"
    case "nested":
        let done = Event()
        Task { Task { done.set() } }
        return "\(try done.wait())"
    case "ticks":
        var ticks = 0
        let task = Task {
            while ticks < 3 {
                try await Task.sleep(for: .milliseconds(1))
                ticks += 1
            }
        }
        while ticks < 3 { try sleep(for: .milliseconds(1)) }
        try awaitTask { try await task.value }
        return "\(ticks)"
    case "virtual":
        let hours = try Hub.withVirtualTime { _ in
            let task = Task { 11 }
            try sleep(for: .seconds(3600))
            return try awaitTask { await task.value } + awaitTask { await MainActor.run { 1 } }
        }
        return "\(hours)"
    case "parks":
        let task = Task { parkInJob() }
        return try awaitTask { await task.value }
    case "dry":
        return answer(try Event().wait())
    case "destroyed":
        try sleep(for: .milliseconds(1))
        Hub.current.destroy()
        let task = Task { 13 }
        return "\(try awaitTask { await task.value })"
    case "fork":
        let task = Task { 12 }
        let child = try forkProcess()
        if child == 0 {
            try sleep(for: .milliseconds(1))
            _exit(answer(try Event().wait()) == "LoopExit" ? 3 : 4)
        }
        let status = try waitForProcess(child)
        return "\(try awaitTask { await task.value }) \(status)"
    default:
        return "no such way"
    }
}

/// Synchronous code of a job of the main actor.
@MainActor
private func parkInJob() -> String { answer(try yield()) }

@MainActor
private func waitInJob() -> String { answer(try awaitTask { 9 }) }

/// What `body` gives, or the type of what it throws.
private func answer<Value>(_ body: @autoclosure () throws -> Value) -> String {
    do { return "\(try body())" } catch { return "\(type(of: error))" }
}
