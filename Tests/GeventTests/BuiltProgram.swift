import Glibc
import Testing

/// Tests/CrashingProgram, which is built beside these tests.
let builtProgram: String = {
    // The tests' bundle is mapped: its path is all that follows the first slash of its lines.
    let bundle = (try? output(of: "grep -m 1 '[.]xctest$' /proc/\(getpid())/maps")) ?? ""
    let path = bundle.drop { $0 != "/" }.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return path.joined(separator: "/") + "/crashing"
}()

/// What a shell command prints, on both streams.
func output(of command: String) throws -> String {
    let stream = try #require(popen("{ \(command) ; } 2>&1", "r"))
    defer { pclose(stream) }
    var text = ""
    var line: [CChar] = Array(repeating: 0, count: 4_096)
    while fgets(&line, 4_096, stream) != nil {
        text += String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return text
}
