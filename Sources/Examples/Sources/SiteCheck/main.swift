/// Follows the links of a site, three pages at a time, and says what it found when SIGTERM comes.
import Gevent
import Glibc

let site = [
    "/": "200 /a /b /slow",
    "/a": "200 / /b /c",
    "/b": "404",
    "/c": "200 /hang /d",
    "/slow": "200 /d /e",
    "/d": "500",
]

@MainActor func serve(_ socket: Socket) throws {
    let path = try socket.receiveLine() ?? ""
    try sleep(for: ["/slow": .milliseconds(100), "/hang": .seconds(60)][path] ?? .zero)
    try socket.sendAll((site[path] ?? "404") + "\n")
}

@MainActor func fetch(_ path: String) throws -> [String] {
    let socket = try Socket.connect(to: server.address, timeout: .seconds(5))
    defer { socket.close() }
    try socket.sendAll(path + "\n")
    return try socket.receiveLine()?.split(separator: " ").map(String.init) ?? []
}

@MainActor func check(_ path: String) throws {
    busy += 1
    peak = max(peak, busy)
    var links: ArraySlice<String> = []
    defer {
        busy -= 1
        for link in links where seen.insert(link).inserted { try? pages.putNoWait(link) }
        pages.taskDone()
    }
    do {
        let words = try withTimeout(.milliseconds(500), silently: true) { try fetch(path) }
        results[path] = words?.first ?? "timeout"
        links = words?.dropFirst() ?? []
    } catch {
        try rethrowInterruption(error)
        results[path] = "\(type(of: error))"
    }
}

@MainActor func crawl() throws {
    while let path = try pages.next() {
        try pool.spawn { try check(path) }
    }
}

let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in try serve(socket) }
try server.start()
let pages = Queue<String>(), pool = Pool(size: 3), stop = Event()
var results: [String: String] = [:], seen: Set = ["/"], busy = 0, peak = 0
onSignal(SIGTERM) { stop.set() }

let crawler = spawn { try crawl() }
try pages.put("/")
print(try pages.join(timeout: .seconds(10)) ? "all seen" : "gave up")
fflush(nil)
try stop.wait()
try crawler.kill()
try server.stop()
for (path, result) in results.sorted(by: { $0.key < $1.key }) { print(path, result) }
let counts = Dictionary(grouping: results.values, by: \.self).mapValues(\.count).sorted { $0.key < $1.key }
print(counts.map { "\($0.key): \($0.value)" }.joined(separator: ", "), "at most", peak, "at a time")
