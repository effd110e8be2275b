import Glibc
import Synchronization

/// A pipe whose ends close with it.
final class Pipe {
    let reading: Int32
    let writing: Int32
    private var open: Set<Int32>

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SetUpFailed(errno: errno) }
        let moved = try ends.map(Self.withNumberOfItsOwn)
        (reading, writing) = (moved[0], moved[1])
        open = Set(moved)
    }

    /// The same under a number that nothing else in this process gets, other tests that run meanwhile included: so a
    /// number that was closed stays closed.
    private static func withNumberOfItsOwn(_ descriptor: Int32) throws -> Int32 {
        let number = fcntl(
            descriptor, F_DUPFD,
            lastNumber.withLock { number in
                number += 1
                return number
            })
        Glibc.close(descriptor)
        guard number >= 0, fcntl(number, F_SETFL, O_NONBLOCK) == 0 else { throw SetUpFailed(errno: errno) }
        return number
    }

    private static let lastNumber = Mutex<Int32>(600)

    deinit {
        for descriptor in open { Glibc.close(descriptor) }
    }

    func write() {
        var byte: UInt8 = 1
        _ = Glibc.write(writing, &byte, 1)
    }

    func read() -> Int {
        var byte: UInt8 = 0
        return Glibc.read(reading, &byte, 1)
    }

    func close(_ descriptor: Int32) {
        if open.remove(descriptor) != nil { Glibc.close(descriptor) }
    }
}

struct SetUpFailed: Error {
    let errno: Int32
}

/// Runs the body on a thread of its own.
func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    // Safe: retained here, released by the thread.
    let box = Unmanaged.passRetained(Box(body)).toOpaque()
    let result = pthread_create(
        &thread, nil,
        { argument in
            if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, box)
    precondition(result == 0)
    pthread_detach(thread)
}

/// How many descriptors this process has open.
func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
}
