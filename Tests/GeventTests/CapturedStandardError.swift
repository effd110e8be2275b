import Gevent
import Glibc

/// For exit tests: what the process writes to standard error, read by itself.
final class CapturedStandardError {
    private let reader: Int32
    private(set) var text = ""

    init() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0, dup2(ends[1], STDERR_FILENO) >= 0 else { exit(90) }
        close(ends[1])
        reader = ends[0]
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    }

    /// Reads until the text is as wanted, calling `pause` in between; ends the process if it is not within ten minutes.
    func wait(until isWanted: (String) -> Bool, pause: () -> Void) {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(600)
        while !isWanted(text) {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = read(reader, &bytes, bytes.count)
            if count > 0 { text += String(decoding: bytes.prefix(count), as: UTF8.self) }
            if clock.now > end {
                print("captured:", text)
                exit(91)
            }
            pause()
        }
    }
}
