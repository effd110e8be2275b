import Gevent

struct Failed: Error {}

/// Runs a program as `original.py` does, step by step, and keeps what each gave.
final class Run {
    private let program: [Step]
    private(set) var lines: [String] = []
    private var greenlets: [Int: Greenlet<Int?>] = [:]
    private let events = [Event(), Event()]
    private let results = [AsyncResult<Int>(), AsyncResult<Int>()]
    private let semaphores = [CountingSemaphore(1), CountingSemaphore(1)]
    private let queues = [Queue<Int>(maxSize: 1), Queue<Int>()]
    private let groups = [Group(), Group()]
    private var links = 0
    private var isOver = false

    init(_ program: Step) { self.program = program.parts }

    private func log(_ parts: Any...) {
        if !isOver { lines.append(parts.map { "\($0)" }.joined(separator: " ")) }
    }

    private func nameOf(_ error: any Error) -> String {
        switch error {
        case is Failed: "Failed"
        case is GreenletExit: "GreenletExit"
        case is Timeout: "Timeout"
        default: "\(type(of: error))"
        }
    }

    func main() {
        let start = Hub.current.clock.now
        for step in program[0].parts {
            do { _ = try self.step(0, step) } catch { log(0, step.name, nameOf(error)) }
        }
        log(0, "end", Int((Hub.current.clock.now - start) / .milliseconds(1)))
        isOver = true
    }

    private func script(_ number: Int) throws -> Int? {
        do {
            if let value = try steps(number, program[number].parts) {
                log(number, "returns", value)
                return value
            }
        } catch {
            log(number, "ends by", nameOf(error))
            throw error
        }
        log(number, "ends")
        return nil
    }

    /// What a `return` among them gives.
    private func steps(_ number: Int, _ steps: [Step]) throws -> Int? {
        for step in steps {
            if let value = try self.step(number, step) { return value }
        }
        return nil
    }

    private func limit(_ step: Step) -> Duration? { step.number < 0 ? nil : .milliseconds(step.number) }

    private func step(_ number: Int, _ step: Step) throws -> Int? {
        switch step.name {
        case "sleep":
            try sleep(for: .milliseconds(step[1].number))
            log(number, "slept", step[1].number)
        case "spawn", "later", "gspawn": spawnNext(step)
        case "join", "get", "kill", "killnowait", "link", "linkvalue", "linkerror", "rawlink":
            guard let greenlet = greenlets[step[1].number] else {
                log(number, step.name, step[1].number, "none")
                return nil
            }
            try self.greenlet(number, step, greenlet)
        case "raise": throw Failed()
        case "return": return step[1].number
        case "set": events[step[1].number].set()
        case "clear":
            try sleep(for: .milliseconds(step[2].number))
            events[step[1].number].clear()
        case "wait":
            let isSet = try events[step[1].number].wait(timeout: limit(step[2]))
            log(number, step.name, step[1].number, isSet)
        case "setvalue", "seterror", "getresult", "waitresult": try result(number, step)
        case "acquire":
            let semaphore = semaphores[step[1].number]
            var isTaken = true
            if let limit = limit(step[2]) {
                isTaken = try semaphore.acquire(timeout: limit)
            } else {
                try semaphore.acquire()
            }
            log(number, step.name, step[1].number, isTaken)
        case "tryacquire": log(number, step.name, step[1].number, semaphores[step[1].number].acquireNoWait())
        case "release": semaphores[step[1].number].release()
        case "put", "take", "putnowait", "takenowait", "taskdone", "joinqueue": try queue(number, step)
        case "timeout", "catch", "finally": return try block(number, step)
        case "joingroup":
            let isEmpty = try groups[step[1].number].join(timeout: limit(step[2]))
            log(number, step.name, step[1].number, isEmpty)
        case "killgroup":
            try groups[step[1].number].kill(timeout: limit(step[2]))
            log(number, step.name, step[1].number)
        case "joinall", "killall": try several(number, step)
        case "waitfor":
            let objects = step[1].parts.compactMap(waitable)
            let count = step[3].number < 0 ? nil : step[3].number
            let ready = objects.isEmpty ? [] : try wait(for: objects, timeout: limit(step[2]), count: count)
            let names = ready.map { found in
                step[1].parts.first { waitable($0) === found }.map { "\($0.name)\($0[1].number)" } ?? "?"
            }
            log(([number, step.name] as [Any] + names).map { "\($0)" }.joined(separator: " "))
        default: fatalError("there is no step \(step.name)")
        }
        return nil
    }

    private func spawnNext(_ step: Step) {
        let number = step[step.name == "spawn" ? 1 : 2].number
        let body = { [self] in try script(number) }
        switch step.name {
        case "spawn": greenlets[number] = spawn(body)
        case "later": greenlets[number] = spawn(after: .milliseconds(step[1].number), body)
        default: greenlets[number] = groups[step[1].number].spawn(body)
        }
    }

    private func greenlet(_ number: Int, _ step: Step, _ greenlet: Greenlet<Int?>) throws {
        let other = step[1].number
        switch step.name {
        case "join": log(number, step.name, other, try greenlet.join(timeout: limit(step[2])))
        case "get":
            // `get` throws its timeout, its greenlet's error and what is thrown into the caller alike.
            guard try greenlet.join(timeout: limit(step[2])) else { return log(number, step.name, other, "timeout") }
            switch greenlet.error {
            case nil: log(number, step.name, other, greenlet.value.map { $0.map { "\($0)" } ?? "None" } ?? "exit")
            case is Failed: log(number, step.name, other, "failed")
            case let error?: throw error
            }
        case "kill":
            try greenlet.kill(timeout: limit(step[2]))
            log(number, step.name, other, greenlet.isDead)
        case "killnowait": greenlet.killNoWait()
        default:
            links += 1
            let place = links
            let callback = { [self] (source: Greenlet<Int?>) in
                log("link", place, "of", other, source.isSuccessful)
            }
            switch step.name {
            case "link": greenlet.link(callback)
            case "linkvalue": greenlet.linkValue(callback)
            case "linkerror": greenlet.linkError(callback)
            default: greenlet.rawLink(callback)
            }
        }
    }

    private func result(_ number: Int, _ step: Step) throws {
        let place = step[1].number
        let result = results[place]
        switch step.name {
        case "setvalue": result.set(step[2].number)
        case "seterror": result.setError(Failed())
        case "waitresult":
            let value = try result.wait(timeout: limit(step[2]))
            log(number, step.name, place, value.map { "\($0)" } ?? "None")
        default:
            // `get` does not stand behind those who wait, as `wait` does.
            if !result.isReady { _ = try result.wait(timeout: limit(step[2])) }
            guard result.isReady else { return log(number, step.name, place, "timeout") }
            log(number, step.name, place, result.value.map { "\($0)" } ?? "failed")
        }
    }

    private func queue(_ number: Int, _ step: Step) throws {
        let place = step[1].number
        let queue = queues[place]
        do {
            switch step.name {
            case "put":
                try queue.put(step[2].number, timeout: limit(step[3]))
                log(number, step.name, place, "done")
            case "putnowait":
                try queue.putNoWait(step[2].number)
                log(number, step.name, place, "done")
            case "take": log(number, step.name, place, try queue.get(timeout: limit(step[2])))
            case "takenowait": log(number, step.name, place, try queue.getNoWait())
            case "taskdone": if queue.unfinishedTasks > 0 { queue.taskDone() }
            default: log(number, step.name, place, try queue.join(timeout: limit(step[2])))
            }
        } catch is QueueFull {
            log(number, step.name, place, "full")
        } catch is QueueEmpty {
            log(number, step.name, place, "empty")
        }
    }

    private func block(_ number: Int, _ step: Step) throws -> Int? {
        switch step.name {
        case "timeout":
            let timeout = Timeout.started(after: .milliseconds(step[1].number))
            defer { timeout.close() }
            do {
                return try steps(number, step[2].parts)
            } catch let error as Timeout where error === timeout {
                log(number, "timeout", step[1].number)
            }
        case "catch":
            do {
                return try steps(number, step[1].parts)
            } catch  where error is Failed || error is GreenletExit {
                log(number, "caught", nameOf(error))
            }
        default:
            defer { log(number, "finally") }
            return try steps(number, step[1].parts)
        }
        return nil
    }

    private func several(_ number: Int, _ step: Step) throws {
        let chosen = step[1].parts.map(\.number).filter { $0 != number }.compactMap { greenlets[$0] }
        guard step.name == "killall" else {
            // Without a timeout and a count it stands in one line after the other: see MIGRATION.md, #join-all.
            let ready = try joinAll(chosen, timeout: limit(step[2]), count: chosen.count)
            return log(number, step.name, ready.count)
        }
        do {
            try killAll(chosen, timeout: limit(step[2]))
            log(number, step.name, "done")
        } catch let error as Timeout where error.delay == limit(step[2]) {
            // No two are equal: it is the call's own.
            log(number, step.name, "timeout")
        }
    }

    private func waitable(_ step: Step) -> (any Waitable)? {
        switch step.name {
        case "greenlet": greenlets[step[1].number]
        case "event": events[step[1].number]
        default: results[step[1].number]
        }
    }
}
