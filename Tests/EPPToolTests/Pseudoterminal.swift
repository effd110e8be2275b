import Gevent
import Glibc
import Testing

/// Both ends of a terminal that is none.
final class Pseudoterminal {
    /// What somebody at it types, and sees.
    let screen: DescriptorStream
    /// The program's end.
    let descriptor: Int32
    let path: String
    private var seen = ""

    init() throws {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(master >= 0)
        // unlockpt and ptsname, which Glibc does not show to Swift: TIOCSPTLCK and TIOCGPTN.
        var unlocked: Int32 = 0
        var number: UInt32 = 0
        let isMade = ioctl(master, 0x4004_5431, &unlocked) == 0 && ioctl(master, 0x8004_5430, &number) == 0
        try #require(isMade)
        path = "/dev/pts/\(number)"
        descriptor = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(descriptor >= 0)
        screen = try DescriptorStream(descriptor: master)
        screen.timeout = .seconds(600)
    }

    deinit {
        close(descriptor)
    }

    func type(_ text: String) throws { try screen.sendAll(text) }

    /// Waits until a text has been shown behind those that were waited for before.
    func wait(for text: String) throws {
        while true {
            if let range = seen.firstRange(of: text) {
                seen.removeSubrange(..<range.upperBound)
                return
            }
            let piece = try screen.receiveText(upTo: 4_096)
            guard !piece.isEmpty else { throw SocketError("the terminal was closed; it showed \(seen)") }
            seen += piece
        }
    }

    /// Whether the program's end shows what is typed.
    var echoes: Bool {
        var settings = termios()
        tcgetattr(descriptor, &settings)
        return settings.c_lflag & tcflag_t(ECHO) != 0
    }
}
