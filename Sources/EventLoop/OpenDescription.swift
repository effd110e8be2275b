import Glibc

/// The open file description behind a descriptor. Duplicates and other processes share it, and `O_NONBLOCK` with it: a
/// shell whose terminal a program leaves non-blocking fails at its next read. So that flag is not changed where somebody
/// else may hold the description: the pipe or terminal is opened once more, and a socket is told with each call.
package enum OpenDescription {
    /// A new description of the same pipe or terminal, close-on-exec; nil for anything else, and where the system does
    /// not allow it (no `/proc`, another user's terminal).
    package static func reopen(_ descriptor: Int32, isBlocking: Bool) -> Int32? {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags != -1, let old = status(descriptor), isPipe(old) || isTerminal(descriptor, old) else { return nil }
        // Not blocking while it is opened: a FIFO would wait for its other end.
        let fresh = open("/proc/self/fd/\(descriptor)", flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard fresh >= 0 else { return nil }
        guard let new = status(fresh), new.st_dev == old.st_dev, new.st_ino == old.st_ino,
            !isBlocking || fcntl(fresh, F_SETFL, flags & ~O_NONBLOCK) != -1
        else {
            close(fresh)
            return nil
        }
        return fresh
    }

    /// A duplicate for a child, close-on-exec and above 2, whose reads and writes block; -1 and `errno` where there is
    /// none.
    ///
    /// What can neither be opened once more nor does without the flag becomes blocking for this process too. A listener
    /// stays as it is: accepting has no flag of its own.
    package static func blockingDuplicate(_ descriptor: Int32) -> Int32 {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags != -1, flags & O_NONBLOCK != 0 else { return fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
        if let fresh = reopen(descriptor, isBlocking: true) {
            defer { close(fresh) }
            return fcntl(fresh, F_DUPFD_CLOEXEC, 3)
        }
        if !isListener(descriptor) { _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) }
        return fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    }

    /// Whether it is a socket, whose calls have `MSG_DONTWAIT`.
    package static func isSocket(_ descriptor: Int32) -> Bool {
        status(descriptor).map { $0.st_mode & S_IFMT == S_IFSOCK } ?? false
    }

    /// What tells a socket, pipe, terminal or file from another one that got its number. Not so timers, events and the
    /// like of the kernel's, which share one.
    package struct Identity: Equatable {
        private let device: UInt
        private let inode: UInt

        /// nil for a number that is not open.
        package init?(_ descriptor: Int32) {
            guard let status = status(descriptor) else { return nil }
            device = UInt(status.st_dev)
            inode = UInt(status.st_ino)
        }
    }

    // MARK: Where the flag has to be changed

    private static let changed = Lock<[Int32: Int32]>([:])
    private static let restoresAtExit: Void = {
        atexit {
            OpenDescription.changed.withLock { for (descriptor, flags) in $0 { _ = fcntl(descriptor, F_SETFL, flags) } }
        }
    }()

    /// Makes it non-blocking, for all who hold it, until `restore` or the program's exit. Whether that was possible.
    package static func makeNonBlocking(_ descriptor: Int32) -> Bool {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags != -1, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != -1 else { return false }
        if flags & O_NONBLOCK == 0 {
            _ = restoresAtExit
            changed.withLock { $0[descriptor] = flags }
        }
        return true
    }

    /// Undoes `makeNonBlocking`. Nothing happens where that had nothing to do.
    package static func restore(_ descriptor: Int32) {
        if let flags = changed.withLock({ $0.removeValue(forKey: descriptor) }) {
            _ = fcntl(descriptor, F_SETFL, flags)
        }
    }

    // MARK: Kinds

    private static func status(_ descriptor: Int32) -> stat? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status : nil
    }

    private static func isPipe(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFIFO }

    /// Not the controlling side, character device 5:2: opening that makes another terminal.
    private static func isTerminal(_ descriptor: Int32, _ status: stat) -> Bool {
        status.st_mode & S_IFMT == S_IFCHR && status.st_rdev != 5 << 8 | 2 && isatty(descriptor) == 1
    }

    private static func isListener(_ descriptor: Int32) -> Bool {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0 && isListening != 0
    }
}
