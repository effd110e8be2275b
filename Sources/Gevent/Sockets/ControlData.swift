internal import Glibc

/// Descriptors on their way through a Unix socket: `cmsg(3)`'s structures, whose macros Swift cannot see.
///
///     │ cmsghdr: length, level, type │ descriptor │ descriptor │ … padding to 8 │ cmsghdr …
struct ControlData {
    private static let header = MemoryLayout<cmsghdr>.size

    /// `CMSG_ALIGN`.
    private static func aligned(_ count: Int) -> Int {
        let unit = MemoryLayout<Int>.size
        return (count + unit - 1) / unit * unit
    }

    /// `CMSG_SPACE` for so many descriptors, and some more: what else the system sends along must not displace them.
    static func room(for descriptors: Int) -> Int {
        aligned(header) + aligned(descriptors * MemoryLayout<Int32>.size) + 64
    }

    /// Writes one `SCM_RIGHTS` into zeroed room and returns its length.
    static func write(_ descriptors: [Int32], into room: UnsafeMutableRawBufferPointer) -> Int {
        guard !descriptors.isEmpty else { return 0 }
        let payload = descriptors.count * MemoryLayout<Int32>.size
        let length = aligned(header) + payload
        require(length <= room.count, "descriptors do not fit into the room for them")
        // Safe: `room(for:)` bytes, aligned to 8; written within them.
        var head = cmsghdr()
        head.cmsg_len = length
        head.cmsg_level = SOL_SOCKET
        head.cmsg_type = Int32(SCM_RIGHTS)
        room.storeBytes(of: head, as: cmsghdr.self)
        descriptors.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: room[aligned(header)..<length]).copyMemory(from: $0)
        }
        return aligned(header) + aligned(payload)
    }

    /// The descriptors in what the system wrote.
    static func descriptors(in data: UnsafeRawBufferPointer) -> [Int32] {
        var found: [Int32] = []
        var offset = 0
        while offset + header <= data.count {
            // Safe: unaligned loads within the bounds just checked.
            let head = data.loadUnaligned(fromByteOffset: offset, as: cmsghdr.self)
            let end = min(offset + Int(head.cmsg_len), data.count)
            guard end >= offset + header else { break }
            if head.cmsg_level == SOL_SOCKET, head.cmsg_type == Int32(SCM_RIGHTS) {
                var place = offset + aligned(header)
                while place + MemoryLayout<Int32>.size <= end {
                    found.append(data.loadUnaligned(fromByteOffset: place, as: Int32.self))
                    place += MemoryLayout<Int32>.size
                }
            }
            offset += aligned(Int(head.cmsg_len))
        }
        return found
    }
}
