internal import CCoroutine
internal import Glibc

/// A thread as messages name it: its number, and what `ps` calls it.
struct ThreadName: CustomStringConvertible {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    /// The calling thread.
    static var current: ThreadName { ThreadName(cg_thread_id()) }

    var description: String {
        guard let file = fopen("/proc/self/task/\(number)/comm", "re") else { return "\(number)" }
        defer { fclose(file) }
        var line: [CChar] = Array(repeating: 0, count: 64)
        guard fgets(&line, 64, file) != nil else { return "\(number)" }
        let name = line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
        return "\(number) (\(String(decoding: name, as: UTF8.self)))"
    }
}
