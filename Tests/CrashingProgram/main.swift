// Crashes inside of a greenlet, several calls deep, in the way that its argument says. For CrashBacktraceTests. With
// `not` it prints 2 and ends well, for Tests/Kernels; with `main-actor` it uses that, for MainActorTests.
import Gevent
import Glibc

@inline(never)
func crashHere(_ way: String) throws {
    switch way {
    case "fault":
        // Safe: it is meant to fault.
        UnsafeMutablePointer<Int>(bitPattern: 16)?.pointee = 1
    case "parked":
        try sleep(for: .milliseconds(1))
        fatalError("after having been parked")
    case "not":
        try joinAll((0..<100).map { _ in spawn { try sleep(for: .milliseconds(1)) } })
    default:
        fatalError("on purpose")
    }
}

@inline(never)
func middle(_ way: String) throws -> Int {
    try crashHere(way)
    return 1
}

let way = CommandLine.arguments.dropFirst().first ?? "trap"
if way == "main-actor" {
    print(try useMainActor(CommandLine.arguments[2]))
    exit(0)
}
let greenlet = spawn { try middle(way) + 1 }
greenlet.name = "crashing"
print(try greenlet.get())
