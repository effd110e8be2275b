import Glibc

/// The TCP connections of this process that have one end at a port, from /proc: tests run beside others, so that all of
/// the process's descriptors would say nothing.
enum OpenSockets {
    /// How many descriptors of this process are TCP sockets with this port on one side.
    static func count(port: Int) -> Int { count(of: inodes(port: port)) }

    /// How many descriptors of this process are these sockets.
    static func count(of wanted: Set<String>) -> Int {
        guard let directory = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            // Safe: the name is a C string inside the entry, which lives until the next readdir.
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var target = [CChar](repeating: 0, count: 256)
            let length = readlink("/proc/self/fd/\(name)", &target, target.count - 1)
            guard length > 0 else { continue }
            let text = String(decoding: target[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix("socket:["), wanted.contains(String(text.dropFirst(8).dropLast())) { count += 1 }
        }
        return count
    }

    /// What tells the sockets with this port on one side from all others, for as long as they are open.
    static func inodes(port: Int) -> Set<String> {
        let hex = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: 4 - hex.count) + hex
        var found: Set<String> = []
        for line in text(of: "/proc/self/net/tcp").split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[1].hasSuffix(suffix) || fields[2].hasSuffix(suffix) else { continue }
            // 0A: listening. The registry's own socket is no connection.
            if fields[3] != "0A" { found.insert(String(fields[9])) }
        }
        return found
    }

    private static func text(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece[..<count]
        }
    }
}
