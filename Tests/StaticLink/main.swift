// Run by run.sh, linked with -static-stdlib: what depends on where the Swift runtime keeps a thread's state must hold
// there too, where those words lie in one block with everybody else's.
import Gevent
import Glibc

enum Local { @TaskLocal static var number = 0 }

func check(_ condition: Bool, _ what: String) {
    guard !condition else { return }
    print("failed: \(what)")
    exit(1)
}

func twoGreenlets(_ place: String) throws {
    let greenlets = (1...2).map { number in
        spawn {
            try Local.$number.withValue(number) {
                for _ in 0..<3 {
                    try yield()
                    check(Local.number == number, "\(place): a greenlet sees \(Local.number), not its own \(number)")
                }
            }
            return Local.number
        }
    }
    for greenlet in greenlets { check(try greenlet.get() == Local.number, "\(place): a binding outlived its scope") }
}

final class Box { var value = 0 }

func modify(_ value: inout Int, _ body: () throws -> Void) rethrows {
    value += 1
    try body()
}

// On a plain thread, and inside of a binding that greenlets inherit.
try twoGreenlets("plain thread")
try Local.$number.withValue(7) { try twoGreenlets("inside of a binding") }
check(Local.number == 0, "the main greenlet's binding outlived its scope")

// In a task, on a hub of its own.
let thread = HubThread()
let seen: Int = try awaitTask {
    try await Local.$number.withValue(9) {
        try await thread.run {
            try twoGreenlets("in a task")
            return Local.number
        }
    }
}
check(seen == 9, "Hub.Handle.run does not hand task-locals on")

// Accesses that are parked in the middle end in another order than they began.
let boxes = (0..<100).map { _ in Box() }
let accesses = boxes.enumerated().map { index, box in
    spawn { try modify(&box.value) { for _ in 0..<(index % 7) { try yield() } } }
}
try joinAll(accesses, raisingErrors: true)
check(boxes.allSatisfy { $0.value == 1 }, "an access was lost")
print("statically linked: task-locals and accesses are each greenlet's own")
