// Spawns and ends ten million greenlets and looks at the resident size early and late: `lives [millions]`. Ends with 1
// if the process has grown by more than a few pages of tables.
import Gevent
import Glibc

let millions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10
/// What a process may grow by: malloc's own book-keeping, not a greenlet's worth of anything.
let allowedGrowth = 2 << 20

/// Bytes of this process in memory.
func residentSize() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var fields = [CChar](repeating: 0, count: 256)
    fgets(&fields, 256, file)
    let text = String(decoding: fields.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * sysconf(Int32(_SC_PAGESIZE))
}

/// A thousand greenlets of every way to live and to end.
func generation(_ semaphore: CountingSemaphore, _ pool: Pool, _ local: GreenletLocal<[Int]>) throws -> Int {
    var ended = 0
    var all: [Greenlet<Int>] = []
    for i in 0..<1_000 {
        let greenlet: Greenlet<Int>
        switch i % 10 {
        case 0: greenlet = spawn { try semaphore.withPermit { i } }
        case 1:
            greenlet = spawn {
                try yield()
                return i
            }
        case 2: greenlet = try pool.spawn { i }
        case 3:
            greenlet = spawn { try withTimeout(.seconds(10), default: -1) { try Event().wait() ? 0 : i } }
            greenlet.killNoWait()
        case 4:
            greenlet = spawn {
                local.value.append(i)
                return local.value.count
            }
            greenlet.name = "a name \(i)"
        case 5:
            greenlet = spawn { i }
            greenlet.rawLink { _ in ended += 1 }
        case 6:
            greenlet = spawn {
                try withTimeout(.milliseconds(1), default: i) {
                    try sleep(for: .seconds(1))
                    return 0
                }
            }
        case 7: greenlet = spawn(after: .microseconds(10)) { i }
        case 8: greenlet = spawn { throw GreenletExit("of its own") }
        default: greenlet = spawn { i }
        }
        all.append(greenlet)
    }
    try joinAll(all)
    return all.count { $0.isReady }
}

let pool = Pool(size: 50)
let semaphore = CountingSemaphore(10)
let local = GreenletLocal { [Int]() }
let before = Hub.current.statistics
// A tenth to get warm: chunks of blocks, stacks, malloc's arenas.
let warm = millions * 100
var early = 0
var count = 0
let began = Hub.current.clock.now
for round in 0..<(millions * 1_000) {
    count += try generation(semaphore, pool, local)
    if round == warm { early = residentSize() }
}
let late = residentSize()
let after = Hub.current.statistics
let seconds = (Hub.current.clock.now - began) / .seconds(1)
print("\(count) greenlets in \(seconds) s")
print("resident: \(early / 1024) KiB after \(warm * 1_000) greenlets, \(late / 1024) KiB at the end")
guard count == millions * 1_000_000, early > 0 else { fatalError("not all of them ended") }
if after.greenlets != before.greenlets || after.timers != before.timers {
    print("BAD  something is left: \(after), before \(before)")
    exit(1)
}
if late - early > allowedGrowth {
    print("BAD  it has grown by \((late - early) / 1024) KiB")
    exit(1)
}
