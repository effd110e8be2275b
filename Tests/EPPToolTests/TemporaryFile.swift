import Glibc
import Testing

/// Runs a closure with the path of a new file, for its owner alone, that holds a text.
func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    try withDirectory { directory in
        let path = "\(directory)/file"
        try write(text, to: path)
        try body(path)
    }
}

/// Writes a new file, for its owner alone.
func write(_ text: String, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
}

/// Runs a closure with a new directory, which is removed with its files.
func withDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/epp-tool-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { remove(path) }
    try body(path)
}

private func remove(_ path: String) {
    if let directory = opendir(path) {
        while let entry = readdir(directory) {
            // Safe: the name is a C string inside the entry, which lives until the next readdir.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { remove("\(path)/\(name)") }
        }
        closedir(directory)
        rmdir(path)
    } else {
        unlink(path)
    }
}
