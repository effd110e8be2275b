internal import Glibc

/// An ELF file's symbol table, mapped while it is looked at. A file that is not what it should be has no symbols.
struct SymbolFile: ~Copyable {
    private let bytes: UnsafeRawBufferPointer

    init?(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size >= 64 else { return nil }
        let size = Int(status.st_size)
        let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        let file = UnsafeRawBufferPointer(start: memory, count: size)
        // 64 bits, little endian.
        guard file.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else {
            munmap(memory, size)
            return nil
        }
        bytes = file
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

    /// The names of the functions that the addresses lie in.
    func names(_ addresses: [UInt], loadedAt base: UInt) -> [UInt: String] {
        guard let bias = bias(base) else { return [:] }
        let sorted = addresses.map { $0 &- bias }.sorted()
        var best: [(start: UInt, size: UInt, name: Int)] = Array(repeating: (0, 0, -1), count: sorted.count)
        for table in sections(ofType: 2) {
            guard let strings = section(Int(read(table.link, as: UInt32.self))) else { continue }
            for entry in stride(from: table.offset, to: table.offset + table.size - 23, by: 24) {
                // Functions that are defined here.
                guard read(entry + 4, as: UInt8.self) & 15 == 2, read(entry + 6, as: UInt16.self) != 0 else { continue }
                let start = UInt(read(entry + 8, as: UInt64.self))
                let size = max(UInt(read(entry + 16, as: UInt64.self)), 1)
                var place = Self.firstIndex(in: sorted, notBelow: start)
                while place < sorted.count, sorted[place] - start < size {
                    if best[place].name < 0 || start > best[place].start {
                        best[place] = (start, size, strings.offset + Int(read(entry, as: UInt32.self)))
                    }
                    place += 1
                }
            }
        }
        var names: [UInt: String] = [:]
        for (address, found) in zip(sorted, best) where found.name >= 0 {
            names[address &+ bias] = string(at: found.name)
        }
        return names
    }

    private static func firstIndex(in sorted: [UInt], notBelow value: UInt) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What is added to the file's addresses where it is loaded; none for a program with fixed addresses.
    private func bias(_ base: UInt) -> UInt? {
        if read(16, as: UInt16.self) == 2 { return 0 }
        let table = Int(read(32, as: UInt64.self))
        let size = Int(read(54, as: UInt16.self))
        for i in 0..<Int(read(56, as: UInt16.self)) {
            let header = table &+ i * size
            guard read(header, as: UInt32.self) == 1 else { continue }
            return base &- UInt(read(header + 16, as: UInt64.self)) & ~4095
        }
        return nil
    }

    private typealias Section = (offset: Int, size: Int, link: Int)

    private func section(_ index: Int) -> Section? {
        guard index < Int(read(60, as: UInt16.self)) else { return nil }
        let header = Int(truncatingIfNeeded: read(40, as: UInt64.self)) &+ index * 64
        let offset = Int(truncatingIfNeeded: read(header + 24, as: UInt64.self))
        let size = Int(truncatingIfNeeded: read(header + 32, as: UInt64.self))
        guard offset >= 0, size >= 0, offset <= bytes.count, size <= bytes.count - offset else { return nil }
        return (offset, size, header + 40)
    }

    private func sections(ofType type: UInt32) -> [Section] {
        (0..<Int(read(60, as: UInt16.self))).compactMap { index in
            let header = Int(truncatingIfNeeded: read(40, as: UInt64.self)) &+ index * 64
            return read(header + 4, as: UInt32.self) == type ? section(index) : nil
        }
    }

    private func string(at offset: Int) -> String? {
        guard bytes.indices.contains(offset) else { return nil }
        return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Zero outside of the file.
    @inline(__always)
    private func read<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number {
        guard offset >= 0, offset <= bytes.count - MemoryLayout<Number>.size else { return 0 }
        // Safe: within the file, checked above; a file that is cut off meanwhile would be a program's own.
        return bytes.loadUnaligned(fromByteOffset: offset, as: type)
    }
}
