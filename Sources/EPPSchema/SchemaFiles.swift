import Glibc

/// The files of schemas.
enum SchemaFiles {
    /// The files of a directory whose names end in `.xsd`, in the order of their names.
    static func all(in directory: String) throws(SchemaError) -> [String] {
        // C would read the part before a zero byte.
        guard !directory.utf8.contains(0), let stream = opendir(directory) else {
            throw SchemaError(file: directory, reason: "is no directory")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            // readdir ends the name with a zero, and the entry stays as it is until the next call.
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".xsd") { names.append(name) }
        }
        guard !names.isEmpty else { throw SchemaError(file: directory, reason: "has no file that ends in .xsd") }
        return names.sorted().map { "\(directory)/\($0)" }
    }

    /// A file's name as a URI that stands by itself.
    static func location(of file: String) throws(SchemaError) -> String {
        guard !file.utf8.contains(0), let resolved = realpath(file, nil) else {
            throw SchemaError(file: file, reason: "cannot be opened")
        }
        defer { free(resolved) }
        var location = ""
        for byte in String(cString: resolved).utf8 {
            // Letters, digits and -./_
            let isPlain = 0x61...0x7A ~= byte | 0x20 || 0x2D...0x39 ~= byte || byte == UInt8(ascii: "_")
            if isPlain {
                location.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                location += byte < 16 ? "%0" : "%"
                location += String(byte, radix: 16, uppercase: true)
            }
        }
        return location
    }
}
